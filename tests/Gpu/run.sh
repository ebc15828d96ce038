#!/usr/bin/env bash
# What a GPU machine shows, in eight minutes: doctor, verify, bench, confidence and evidence, the reference beside it, prompt tuning, pre-training.
# Usage: run.sh FOLDER [OUT]
#   FOLDER   a published folder with cxr and cxr-lab (eng/publish-cuda.sh makes one); neither .NET nor network is needed
#   OUT      receives results.json, results.md and a log per part (default: $OUT, else ./gpu-results)
# PROVIDER=cpu: the same on the CPU at tiny sizes, to try the script itself. SECONDS_IN_ALL (default 480) and MATHS ("fp32 tf32 fp16") can be set,
# and PARTS, a regular expression: only the parts whose names it finds are run (those that need a part which was left out are skipped).
# A part that fails or takes too long is a row that says so; the exit code is 1 then, and 0 otherwise.
set -euo pipefail
if [ $# -lt 1 ] || [ ! -x "$1/cxr" ]; then
  echo "usage: $0 FOLDER [OUT], FOLDER with the programs cxr and cxr-lab; '${1:-}' has no program cxr" >&2
  exit 2
fi
command -v python3 >/dev/null || { echo "$0 needs python3 (its standard library is enough)" >&2; exit 2; }
exec python3 -B "$(dirname "$(realpath "$0")")/gpu_run.py" "$(realpath "$1")" "$(realpath -m "${2:-${OUT:-gpu-results}}")"
