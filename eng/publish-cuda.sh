#!/usr/bin/env bash
# eng/publish-cuda.sh [--arch NN[,NN]] [--pieces MIB]: artifacts/cxr-VERSION-linux-x64-cuda.tar.xz, one folder with cxr and cxr-lab built for
# CUDA, the .NET they need, the small bundle, samples, model configurations and the script for a GPU machine (tests/Gpu/run.sh).
#   --arch 90     keeps only the machine code of these GPUs in ONNX Runtime's provider (90 = H100 and H200): a fifth of the size, for carrying
#                 a build to one machine, never for shipping
#   --pieces 38   also splits the archive into pieces of so many MiB: cat *.tar.xz.part-* | tar -xJ
# NVIDIA's libraries and libtorch are not inside; docs/gpu.md says where they come from.
set -euo pipefail
cd "$(dirname "$0")/.."
arch="" pieces=""
while [ $# -gt 0 ]; do
  case "$1" in
    --arch) arch=$2; shift 2 ;;
    --pieces) pieces=$2; shift 2 ;;
    *) echo "unknown argument '$1'; usage: eng/publish-cuda.sh [--arch NN] [--pieces MIB]" >&2; exit 2 ;;
  esac
done

rid=linux-x64
version=$(dotnet msbuild runtime/Cli -restore -t:MinVer -getProperty:Version -p:Configuration=Release -p:Accelerator=cuda)
name="cxr-$version-$rid-cuda"
stage=artifacts/publish/$name
rm -rf "$stage" "artifacts/$name".tar.xz*
# cxr last: it is compiled ahead, and both share libraries.
dotnet publish pipelines/Lab -c Release -r $rid --self-contained -p:Accelerator=cuda -p:DebugType=none -o "$stage" -v quiet
dotnet publish runtime/Cli -c Release -r $rid --self-contained -p:Accelerator=cuda -p:PublishReadyToRun=true -p:DebugType=none -o "$stage" -v quiet
rm -f "$stage"/*.xml
mkdir -p "$stage/models" "$stage/pipelines"
cp models/*.yaml "$stage/models/"
cp -r models/tokenizer "$stage/models/"
cp -r pipelines/settings "$stage/pipelines/"
cp -r tests/Gpu "$stage/gpu"
rm -rf "$stage"/gpu/*.csproj "$stage"/gpu/*.cs "$stage"/gpu/bin "$stage"/gpu/obj
if [ -n "$arch" ]; then
  python3 eng/thin-provider.py "$stage/libonnxruntime_providers_cuda.so" "$arch"
fi

# Names in order and no owner, so that the same files make the same archive.
tar --sort=name --owner=0 --group=0 --numeric-owner -C artifacts/publish -c "$name" | xz -T0 "-${XZ_LEVEL:-2}" > "artifacts/$name.tar.xz"
if [ -n "$pieces" ]; then
  split -b "${pieces}M" "artifacts/$name.tar.xz" "artifacts/$name.tar.xz.part-"
fi
ls -l "artifacts/$name".tar.xz*
