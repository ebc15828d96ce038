#!/usr/bin/env bash
# Reads many damaged files of every kind (DICOM, TIFF, PNG, JPEG, .pth, safetensors, YAML, CSV, JSON, reports) and says how many, how long
# and with how much memory. The tests run the same with fewer files. FACTOR: how many times as many.
set -euo pipefail
cd "$(dirname "$0")/.."
factor=${1:-5}
export CXRONNX_FUZZ=$factor
for project in Core Runtime Exporter; do
    dotnet build "tests/$project" -v q --nologo >/dev/null
done

failed=0
run() {
    local project=$1 class=$2
    local log
    log=$(mktemp)
    local start=$SECONDS
    if ! /usr/bin/time -f '%M' -o "$log.memory" "tests/$project/bin/Debug/net10.0/CxrOnnx.$project.Tests" -noColor -showLiveOutput -class "$class" >"$log" 2>&1; then
        failed=1
        grep -A12 '\[FAIL\]' "$log" || tail -20 "$log"
    fi
    grep -h 'OUTPUT. fuzz:' "$log" | sed 's/.*fuzz: /  /' || true
    printf '%s: %s s, %s MB\n' "${class##*.}" "$((SECONDS - start))" "$(($(tail -1 "$log.memory") / 1024))"
    rm -f "$log" "$log.memory"
}

run Runtime CxrOnnx.Runtime.Tests.Imaging.ReaderFuzzTests
run Runtime CxrOnnx.Runtime.Tests.Evaluation.TableFuzzTests
run Exporter CxrOnnx.Exporter.Tests.Checkpoints.CheckpointFuzzTests
run Core CxrOnnx.Core.Tests.Configuration.ModelConfigurationFuzzTests
run Core CxrOnnx.Core.Tests.Prompts.ReportFuzzTests
exit $failed
