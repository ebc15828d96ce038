#!/usr/bin/env bash
# eng/publish.sh RID: artifacts/cxr-VERSION-RID.tar.gz, a folder with cxr, the .NET it needs, the small bundle and the samples.
# RIDs: linux-x64, linux-arm64, osx-arm64, win-x64, win-arm64. Needs that platform's runtime packages from the NuGet feed.
set -euo pipefail
cd "$(dirname "$0")/.."
rid=${1:?"usage: eng/publish.sh RID, for example linux-x64"}

version=$(dotnet msbuild runtime/Cli -restore -t:MinVer -getProperty:Version -p:Configuration=Release)
name="cxr-$version-$rid"
stage=artifacts/publish/$name
rm -rf "$stage"
dotnet publish runtime/Cli -c Release -r "$rid" --self-contained -p:PublishReadyToRun=true -p:DebugType=none -o "$stage"
# Names in order and no owner, so that the same files make the same archive.
tar --sort=name --owner=0 --group=0 --numeric-owner -C artifacts/publish -czf "artifacts/$name.tar.gz" "$name"
ls -l "artifacts/$name.tar.gz"
