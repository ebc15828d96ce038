#!/usr/bin/env bash
# Writes the PublicAPI.Unshipped.txt of the packaged libraries anew from what the compiler sees. Run it after a change of public names and look
# at the difference: it is what users will notice. At a release the lines move to PublicAPI.Shipped.txt, by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

libraries=$(git ls-files --cached --others --exclude-standard -- '*PublicAPI.Shipped.txt' | xargs -n 1 dirname)
for library in $libraries; do printf '#nullable enable\n' > "$library/PublicAPI.Unshipped.txt"; done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Evaluation and Exporter together refer to all of them. RS0016 names every symbol that no list holds.
for project in runtime/Evaluation exporter; do
  dotnet build "$project" --no-incremental -m:1 -p:TreatWarningsAsErrors=false -p:MSBuildTreatWarningsAsErrors=false \
    -p:EnforceCodeStyleInBuild=false -clp:NoSummary >> "$log" || { tail -n 20 "$log"; exit 1; }
done

for library in $libraries; do
  project=$(basename "$(ls "$library"/*.csproj)")
  { printf '#nullable enable\n'
    grep -F "/$project]" "$log" | sed -nE "s/.*RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u
  } > "$library/PublicAPI.Unshipped.txt"
  echo "$library: $(($(wc -l < "$library/PublicAPI.Unshipped.txt") - 1)) symbols"
done
