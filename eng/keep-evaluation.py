#!/usr/bin/env python3
"""Makes a small copy of an evaluation document for docs/evaluations: numbers rounded to five digits, a case a line.

    eng/keep-evaluation.py evaluation.json docs/evaluations/NAME.json
    eng/keep-evaluation.py confidence.cases.csv docs/evaluations/NAME.csv

Of a calibration's cases only the columns are kept that figures are made of, a file per set (NAME-held-out-patients.csv, NAME-a.csv ...).
"""
import csv
import json
import sys

DIGITS = 5
COLUMNS = ["set", "image", "phrase", "truth", "probability", "region"]


def rounded(value):
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return value


def text(value, depth=0):
    """Objects and lists of the outer levels over several lines, cases and figures on one."""
    line = json.dumps(value, ensure_ascii=False)
    if depth >= 4 or len(line) <= 140 or not isinstance(value, (list, dict)):
        return line
    begin, end = ("[", "]") if isinstance(value, list) else ("{", "}")
    items = value if isinstance(value, list) else value.items()
    parts = [
        text(item, depth + 1) if isinstance(value, list) else f"{json.dumps(item[0])}: {text(item[1], depth + 1)}" for item in items
    ]
    return begin + "\n" + ",\n".join(parts) + "\n" + end


def main():
    source, target = sys.argv[1:]
    if source.endswith(".csv"):
        with open(source, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for name in dict.fromkeys(row["set"] for row in rows):
            path = target.removesuffix(".csv") + "-" + name.replace(" ", "-") + ".csv"
            with open(path, "w", encoding="utf-8", newline="") as kept:
                writer = csv.DictWriter(kept, COLUMNS, extrasaction="ignore", lineterminator="\n")
                writer.writeheader()
                for row in rows:
                    if row["set"] == name:
                        writer.writerow({**row, "probability": f"{float(row['probability']):.{DIGITS}f}"})
        return
    with open(source, encoding="utf-8") as file:
        document = rounded(json.load(file))
    with open(target, "w", encoding="utf-8") as kept:
        kept.write(text(document) + "\n")


main()
