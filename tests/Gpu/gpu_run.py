"""The parts of run.sh: runs them one by one, each with a time of its own, and writes results.json and results.md after every one."""

import glob
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time

TUNED_SAMPLES = 200
PUBLISHED_SAMPLES = 6480
LEAST_SECONDS = 8


def write(path, text):
    """A whole file or none: what was measured survives whatever happens next."""
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"


class Session:
    """Where things are, how much time is left, and what was found so far."""

    def __init__(self, folder, out):
        self.folder, self.out = folder, out
        self.cuda = os.environ.get("PROVIDER", "cuda") != "cpu"
        self.provider = "cuda" if self.cuda else "cpu"
        self.limit = float(os.environ.get("SECONDS_IN_ALL", "480"))
        self.start = time.monotonic()
        self.work = os.path.join(out, "work")
        self.parts = []
        self.machine = {}
        self.environment = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1", DOTNET_CLI_TELEMETRY_OPTOUT="1")
        # Tiny tensors gain nothing from a second thread, and lose much on a busy machine.
        self.threads = 0 if self.cuda else 1
        if not self.cuda:
            self.environment["OMP_NUM_THREADS"] = "1"
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)

    @property
    def left(self):
        return self.limit - (time.monotonic() - self.start)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def scratch(self, *names):
        return os.path.join(self.work, *names)

    def add(self, name, status, seconds, why="", figures=None, command=""):
        self.parts.append(
            {"name": name, "status": status, "seconds": round(seconds, 2), "why": why, "figures": figures or {}, "command": command}
        )
        print(f"{name}: {status} in {seconds:.1f} s{'; ' + why if why else ''}", flush=True)
        self.save()

    def run(self, name, command, timeout, figures=None, needs=()):
        """Runs one part. figures(stdout, stderr) gives what it measured. Returns whether it went well."""
        words = [str(word) for word in command]
        shown = " ".join(os.path.basename(words[0]) if i == 0 else word for i, word in enumerate(words))
        if not re.search(os.environ.get("PARTS", ""), name):
            return False
        missing = [path for path in needs if not os.path.exists(path)]
        if missing:
            self.add(name, "skipped", 0, f"an earlier part did not leave {os.path.basename(missing[0])}", command=shown)
            return False
        # A dry run may be on a busy machine.
        allowed = min(timeout if self.cuda else 3 * timeout, self.left - 2)
        if allowed < LEAST_SECONDS:
            self.add(name, "skipped", 0, f"no time left of the {self.limit:.0f} s", command=shown)
            return False
        log = os.path.join(self.out, "logs", re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"))
        os.makedirs(os.path.dirname(log), exist_ok=True)
        begin = time.monotonic()
        with open(log + ".out", "w+b") as stdout, open(log + ".err", "w+b") as stderr:
            try:
                # A group of its own: what a command starts ends with it.
                process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=self.folder, env=self.environment,
                    start_new_session=True,
                )
            except OSError as error:
                self.add(name, "failed", 0, str(error), command=shown)
                return False
            try:
                code = process.wait(allowed)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                code = None
            seconds = time.monotonic() - begin
            stdout.seek(0)
            stderr.seek(0)
            text, errors = stdout.read().decode("utf-8", "replace"), stderr.read().decode("utf-8", "replace")
        found, why = {}, ""
        if figures is not None:
            try:
                found = figures(text, errors) or {}
            except Exception as error:  # whatever a broken document throws: the part is told, the rest goes on
                why = f"its output could not be read: {type(error).__name__}: {error}"
        if code is None:
            status, why = "timeout", f"stopped after {allowed:.0f} s"
        elif code != 0:
            status, why = "failed", f"exit {code}: {last_line(errors or text)}"
        else:
            status = "failed" if why else "ok"
        self.add(name, status, seconds, why, found, shown)
        return status == "ok"

    def save(self):
        document = {
            "provider": self.provider,
            "machine": self.machine,
            "seconds": round(time.monotonic() - self.start, 1),
            "limit_seconds": self.limit,
            "parts": self.parts,
        }
        write(os.path.join(self.out, "results.json"), json.dumps(document, indent=2) + "\n")
        lines = [
            f"# {'GPU' if self.cuda else 'CPU (dry run at tiny sizes)'}: {self.machine.get('gpu') or self.machine.get('processor', '')}",
            "",
            ", ".join(f"{key} {value}" for key, value in self.machine.items() if value),
            "",
            "| part | | seconds | figures, or why not |",
            "| --- | --- | ---: | --- |",
        ]
        for part in self.parts:
            figures = "; ".join(f"{key} {value}" for key, value in part["figures"].items())
            text = "; ".join(item for item in (part["why"], figures) if item).replace("|", "/")
            lines.append(f"| {part['name']} | {part['status']} | {part['seconds']:.1f} | {text} |")
        write(os.path.join(self.out, "results.md"), "\n".join(lines) + "\n")


def has_option(session, program, words, option):
    """Whether a command knows an option: older builds know fewer."""
    try:
        done = subprocess.run(
            [session.path(program), *words, "--help"], capture_output=True, text=True, timeout=20, env=session.environment, check=False
        )
        return option in done.stdout
    except (OSError, subprocess.TimeoutExpired):
        return False


def describe_machine(session):
    """What it ran on; what cannot be found out stays empty."""
    smi = ""
    try:
        smi = subprocess.run(
            ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=False,
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        pass
    processor = ""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            processor = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    session.machine = {
        "gpu": smi.replace("\n", " + "),
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def add_libraries(session):
    """NVIDIA's wheels and PyTorch bring what ONNX Runtime and libtorch need; the loader has to be told."""
    folders = []
    for packages in sys.path:
        folders += sorted(glob.glob(os.path.join(packages, "nvidia", "**", "lib"), recursive=True))
        folders += glob.glob(os.path.join(packages, "torch", "lib"))
    old = session.environment.get("LD_LIBRARY_PATH")
    session.environment["LD_LIBRARY_PATH"] = ":".join(folders + ([old] if old else []))
    session.machine["library folders of Python"] = len(folders)


def read_doctor(text, _):
    checks = json.loads(text)["checks"]
    return {check["name"]: f"{check['outcome']} ({check['detail'][:120]})" for check in checks if check["outcome"] != "pass"} or {
        "checks": f"{len(checks)} passed"
    }


def read_verify(text, _):
    found = re.findall(r"(\d+)\s*(?:of|/)\s*(\d+)", text)
    return {"cases": f"{found[-1][0]} of {found[-1][1]}"} if found else {"said": last_line(text)}


def read_bench(text, _):
    document = json.loads(text[text.index("{"):])
    figures = {
        f"{row['preset']}, {row['phrases']} phrase{'s' if row['phrases'] > 1 else ''}": f"{row['seconds']['p50']:.3f} s"
        for row in document["rows"]
    }
    figures["peaks"] = ", ".join(f"{name} {rate:.0f}" for name, rate in document["peak_gflops"].items()) + " GFLOP/s"
    for cold in document.get("cold_starts", []):
        figures[f"cold start, {cold['preset']}"] = f"{cold['seconds']:.2f} s"
    device = document.get("device") or {}
    for key in ("memory_bytes", "launches", "device_seconds", "host_seconds"):
        if device.get(key) is not None:
            figures[key] = device[key]
    return figures


def read_certificate(text, _):
    document = json.loads(text[text.index("{"):])
    return {
        f"{row['provider']} {row['math']} {row['preset']}":
            f"least correlation {row['least_correlation']:.5f}, max-abs {row['max_abs']:.1e}, {row['seconds']:.3f} s"
        for row in document["runs"][-1]["rows"]
    }


def read_reference(text, _):
    document = json.loads(text[text.index("{"):])
    figures = {"reference on": document["device"] + (" TF32" if document.get("tf32") else "")}
    for row in document["rows"]:
        figures[f"{row['system']}, {row['phrases']}"] = f"{row['seconds']:.3f} s ({row['ratio']:.1f}x)"
    return figures


def read_training(stage):
    def read(_, errors):
        lines = re.findall(rf"^{stage} (\d+)/(\d+) \(([\d.]+) it/s\) (.*)$", errors, re.M)
        figures = {"device": next(iter(re.findall(r"^device (\S+?):", errors, re.M)), "unknown")}
        if lines:
            figures |= {"steps": lines[-1][0], "it/s, last line": lines[-1][2], "end": re.sub(r" memory_mb=\S+", "", lines[-1][3])[:160]}
        return figures

    return read


def read_tuning(text, errors):
    figures = read_training("tuning")(text, errors)
    rates = [float(rate) for rate in re.findall(r"^tuning \d+/\d+ \(([\d.]+) it/s\)", errors, re.M)]
    if len(rates) > 1:
        # The first line also pays for what is made once.
        steady = sum(1 / rate for rate in rates[1:]) / len(rates[1:])
        figures["ms a sample"] = f"{1000 * steady:.1f}"
        figures[f"{PUBLISHED_SAMPLES} samples at that pace"] = f"{PUBLISHED_SAMPLES * steady / 60:.1f} min, trajectories not counted"
    return figures


def verify_and_bench(session, name, bundle, maths, bench_seconds):
    for math in maths:
        option = ["--math", math] if math else []
        label = f"{name}{', ' + math if math else ''}"
        session.run(
            f"verify {label}", [session.path("cxr"), "verify", bundle, "--provider", session.provider, *option], 45, read_verify, [bundle]
        )
        session.run(
            f"bench {label}",
            [session.path("cxr"), "bench", "--bundle", bundle, "--provider", session.provider, "--json", *option,
             *(["--runs", 3] if session.cuda else ["--preset", "turbo", "--prompts", 1, "--runs", 1, "--warm-up", 0])],
            bench_seconds, read_bench, [bundle],
        )


def support(session, bundle, maths):
    """Confidence and evidence of a real image: the CPU's answers are what the provider's are compared with."""
    image = session.path("models", "samples", "left-lower-pneumonia.png")
    answers = {}

    def read(label):
        def figures(text, _):
            answers[label] = json.loads(text[text.index("{"):])["phrases"]
            pairs = list(zip(answers["cpu"], answers[label], strict=True))
            confidence = max(abs(cpu["confidence"] - other["confidence"]) for cpu, other in pairs)
            score = max(abs(cpu["evidence"]["score"] - other["evidence"]["score"]) for cpu, other in pairs)
            return {
                "confidence": ", ".join(f"{other['confidence']:.4f}" for _, other in pairs),
                "evidence's score": ", ".join(f"{other['evidence']['score']:.4f}" for _, other in pairs),
                "largest differences from the CPU's": f"confidence {confidence:.1e}, score {score:.1e}",
            }

        return figures

    sides = [("cpu", "cpu", [])]
    for math in maths if session.cuda else []:
        sides.append((f"{session.provider}{', ' + math if math else ''}", session.provider, ["--math", math] if math else []))
    for label, provider, option in sides:
        session.run(
            f"confidence and evidence on {label}",
            [session.path("cxr"), "ground", image, "left lower pneumonia", "right lower pneumonia", "--bundle", bundle, "--preset", "evidence",
             "--provider", provider, *option, "--json", "--out", session.scratch(f"support-{label.replace(', ', '-')}")],
            45, read(label), [bundle, image],
        )


def published(session, maths):
    """Random weights of the published size; tiny ones in a dry run."""
    config = session.path("models", "cxr-ldm.yaml") if session.cuda else session.path("pipelines", "settings", "smoke-model.yaml")
    weights, bundle = session.scratch("weights"), session.scratch("bundle")
    lab, device = session.path("cxr-lab"), session.provider
    checkpoints = [
        "--config", config, "--unet", f"{weights}/diffusion_model.pth", "--vae", f"{weights}/autoencoder.pth",
        "--text-encoder", f"{weights}/text_encoder/model.safetensors",
    ]
    tokenizer = ["--tokenizer", session.path("models", "tokenizer")]
    session.run("random weights", [lab, "init", "--config", config, "--out", weights], 60)
    golden = session.scratch("golden.safetensors")
    session.run("golden cases", [lab, "golden", *checkpoints, *tokenizer, "--device", device, "--out", golden], 60, None, [weights])
    graphs = ["--cuda"] if session.cuda and has_option(session, "cxr-lab", ["export"], "--cuda") else []
    cases = ["--golden", golden] if os.path.exists(golden) else []
    session.run("export", [lab, "export", *checkpoints, *tokenizer, *cases, *graphs, "--out", bundle], 90, None, [weights])
    verify_and_bench(session, "published size", bundle, maths, 60)
    for option in [[], ["--tf32"]] if session.cuda else [[]]:
        session.run(
            f"reference beside it{', TF32' if option else ''}",
            [lab, "bench-reference", *checkpoints, "--bundle", bundle, "--device", device, "--steps", 5, "--rounds", 2, "--json", *option],
            60, read_reference, [bundle],
        )
    return checkpoints, tokenizer


def tuning(session, checkpoints, tokenizer):
    lab, phantom, tuning_set = session.path("cxr-lab"), session.scratch("phantom"), session.scratch("tuning-set")
    session.run("tuning images", [lab, "phantom", "--out", phantom, "--count", 48, "--size", "128x160", "--hospital", "a"], 30)
    session.run(
        "tuning atlas",
        [lab, "atlas", "--boxes", f"{phantom}/chest-imagenome.csv", "--images", f"{phantom}/images", "--out", session.scratch("atlas.yaml")],
        20, None, [phantom],
    )
    session.run("tuning set", [lab, "curate", "--reports", f"{phantom}/reports", "--images", phantom, "--out", tuning_set], 20, None, [phantom])
    settings = session.scratch("tuning.yaml")
    steps = "step_range: [30, 60]" if session.cuda else "step_range: [6, 12]\n  steps_per_sample: 2"
    write(
        settings,
        f"threads: {session.threads}\ntuning:\n  {steps}\n  learning_rate: {{ peak: 0.0001, warm_up_steps: 1, total_steps: {TUNED_SAMPLES}, decay_start: 1 }}\n"
        "  trajectory_batch: 16\n  log_every: 50\n  checkpoint_every: 1000\n",
    )
    session.run(
        f"prompt tuning, {TUNED_SAMPLES} samples",
        [lab, "tune", *checkpoints, *tokenizer, "--settings", settings, "--data", f"{tuning_set}/tuning-set.jsonl", "--images", phantom,
         "--atlas", session.scratch("atlas.yaml"), "--device", session.provider, "--out", session.scratch("tuned")],
        120, read_tuning, [tuning_set, session.scratch("atlas.yaml"), session.scratch("weights")],
    )


def pretraining(session):
    """300 steps of the small model on the CPU and on the device, from the same autoencoder; then the device's run goes on on the CPU."""
    lab, config = session.path("cxr-lab"), session.path("models", "cxr-phantom.yaml")
    steps, early = (300, 60) if session.cuda else (30, 20)
    settings, longer = session.scratch("pretraining.yaml"), session.scratch("pretraining-longer.yaml")
    for path, total in ((settings, steps), (longer, steps + 10)):
        write(
            path,
            f"threads: {session.threads}\n"
            "data: { preset: hospital-a, seed: 1, training_images: 256, validation_images: 16 }\n"
            f"vae:\n  batch_size: 8\n  learning_rate: {{ peak: 0.002, warm_up_steps: 10, total_steps: {early} }}\n  whole_image_steps: 10\n"
            "  log_every: 30\n  checkpoint_every: 1000\n"
            f"text:\n  learning_rate: {{ peak: 0.001, warm_up_steps: 10, total_steps: {early} }}\n  log_every: 30\n"
            "diffusion:\n  batch_size: 16\n  b_float16: false\n  frozen_text_encoder: true\n"
            f"  learning_rate: {{ peak: 0.001, warm_up_steps: 20, total_steps: {total} }}\n"
            f"  log_every: {max(10, steps // 6)}\n  validate_every: 100000\n  validation_images: 16\n  checkpoint_every: 100000\n",
        )
    base = session.scratch("small")
    common = ["--config", config, "--tokenizer", session.path("models", "tokenizer")]

    def stage(name, label, folder, device, timeout, file=settings, needs=()):
        return session.run(
            label, [lab, "pretrain", name, *common, "--settings", file, "--device", device, "--out", folder], timeout,
            read_training(name), needs,
        )

    stage("vae", f"pre-training, autoencoder, {early} steps", base, session.provider, 40)
    stage("text", f"pre-training, text encoder, {early} steps", base, session.provider, 30)
    needed = [f"{base}/autoencoder.safetensors", f"{base}/text/model.safetensors"]
    for device in dict.fromkeys(["cpu", session.provider]):
        folder = session.scratch(f"small-{device}")
        if all(os.path.exists(path) for path in needed):
            shutil.copytree(base, folder, dirs_exist_ok=True)
        stage("diffusion", f"pre-training, {steps} steps on {device}", folder, device, 100, needs=needed)
    folder = session.scratch(f"small-{session.provider}")
    stage(
        "diffusion", f"pre-training, the {session.provider} run goes on on the CPU", folder, "cpu", 40, longer,
        [f"{folder}/diffusion.state.safetensors"],
    )


def main():
    session = Session(*sys.argv[1:3])
    describe_machine(session)
    add_libraries(session)
    session.save()
    session.run("doctor", [session.path("cxr"), "doctor", "--provider", session.provider, "--json"], 30, read_doctor)
    session.run("doctor of training", [session.path("cxr-lab"), "doctor", "--device", session.provider, "--json"], 40, read_doctor)
    known = os.environ.get("MATHS", "fp32 tf32 fp16" if session.cuda else "fp32").split()
    maths = known if has_option(session, "cxr", ["verify"], "--math") and has_option(session, "cxr", ["bench"], "--math") else [None]
    shipped = session.path("models", "cxr-phantom")
    if has_option(session, "cxr-lab", ["cuda-set"], "--bundle"):
        sets = session.scratch("shipped")
        session.run("graph sets of the shipped bundle", [session.path("cxr-lab"), "cuda-set", "--bundle", shipped, "--out", sets], 40)
        # Without them a part would measure the plain graphs and say nothing: it is skipped instead.
        shipped = sets
    verify_and_bench(session, "shipped bundle", shipped, maths, 45)
    if has_option(session, "cxr", ["bench"], "--certify") and shipped.startswith(session.work):
        session.run(
            "how close to exact fp32 on the CPU, shipped bundle",
            [session.path("cxr"), "bench", "--certify", "--bundle", shipped, "--provider", session.provider, "--prompts", 5, "--json"],
            60, read_certificate, [shipped],
        )
    support(session, shipped, maths)
    checkpoints, tokenizer = published(session, maths)
    tuning(session, checkpoints, tokenizer)
    pretraining(session)
    shutil.rmtree(session.work, ignore_errors=True)
    session.save()
    with open(os.path.join(session.out, "results.md"), encoding="utf-8") as file:
        print(file.read())
    if not session.parts:
        print(f"no part's name matches PARTS={os.environ.get('PARTS', '')}", file=sys.stderr)
        sys.exit(2)
    bad = [part for part in session.parts if part["status"] != "ok"]
    print(f"{len(session.parts) - len(bad)} of {len(session.parts)} parts went well; {session.out}/results.json and results.md")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
