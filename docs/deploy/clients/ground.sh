#!/usr/bin/env bash
# ground.sh IMAGE PHRASE: prints the result document (jq .phrases[].boxes picks the boxes). CXR_URL and CXR_KEY say where and who.
set -euo pipefail
curl --silent --show-error --fail-with-body \
  --header "Authorization: Bearer ${CXR_KEY:-}" \
  --form "image=@$1;filename=image" \
  --form "phrases=$2" \
  "${CXR_URL:-http://127.0.0.1:8080}/v1/ground"
echo
