#!/usr/bin/env python3
"""Makes a small copy of an evaluation document for docs/evaluations: numbers (but the scores of regions)
rounded to five digits, a case a line.

    eng/keep-evaluation.py evaluation.json docs/evaluations/NAME.json
"""
import json
import sys

DIGITS = 5


def rounded(value):
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        # Rounded scores of regions would be equal to others, and equal scores are one point of a curve.
        return {key: item if key == "answers" else rounded(item) for key, item in value.items()}
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
    with open(source, encoding="utf-8") as file:
        document = rounded(json.load(file))
    with open(target, "w", encoding="utf-8") as kept:
        kept.write(text(document) + "\n")


main()
