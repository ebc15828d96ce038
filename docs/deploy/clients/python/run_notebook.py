"""run_notebook.py NOTEBOOK: runs the code cells of a notebook one after the other, where Jupyter is not installed."""

import json
import os
import pathlib
import sys

path = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(pathlib.Path(__file__).parent))
os.chdir(path.parent)
names: dict[str, object] = {"__name__": "__main__"}
for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
    if cell["cell_type"] == "code":
        exec(compile("".join(cell["source"]), f"{path.name} cell {number}", "exec"), names)
