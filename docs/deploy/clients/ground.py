"""ground.py IMAGE PHRASE...: prints the boxes of phrases; needs requests. CXR_URL and CXR_KEY say where and who."""
import os, sys, requests

answer = requests.post(
    os.environ.get("CXR_URL", "http://127.0.0.1:8080") + "/v1/ground",
    headers={"Authorization": "Bearer " + os.environ.get("CXR_KEY", "")},
    files={"image": ("image", open(sys.argv[1], "rb"))},
    data={"phrases": sys.argv[2:]},
    timeout=120)
answer.raise_for_status()
for phrase in answer.json()["phrases"]:
    print(phrase["phrase"], phrase["boxes"], phrase["peak"])
