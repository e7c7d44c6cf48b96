#!/usr/bin/env python3
"""The answer checker on published data sets, by hand.

usage: datasets.py VILTREE DATA [--show N]

  DATA/gsm8k/test.jsonl            each worked solution against its own final number is right, and wrong where that number is changed
  DATA/mathvision/testmini.jsonl   each answer in every surface form is right; letter against the option's text and back; another
                                   option, or a changed digit, is wrong

Prints the number of cases and of failures for each; exit code 1 where there is one.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

FORMS = {
    "box": "So we get $\\boxed{%s}$.",
    "phrase": "We look at it.\n\nThe answer is %s.",
    "colon": "We look at it.\n\n**Answer:** %s",
    "hash": "We look at it.\n#### %s",
    "bold": "We look at it.\n\nIn all we get **%s**.",
    "tag": "<think>Perhaps 7?</think>We look at it. <answer>%s</answer>",
    "title": "We look at it.\n\n### Final Answer\n\n$$\n%s\n$$\n",
    "chinese": "\u6240\u4ee5\u7b54\u6848\u662f %s\u3002",
    "remark": "So we get $\\boxed{%s}$.\n\nLet me know whether you have any questions about this answer!",
}
LETTERS = ["%s", "(%s)", "%s.", "**%s**", "\\text{(%s)}", "option %s"]
LETTER_FORMS = ["So %s is correct.", "The correct choice is (%s).", "Hence option %s is right.", "which is (%s)"]


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def changed(number):
    """Another last digit."""
    at = max(i for i, c in enumerate(number) if c.isdigit())
    return number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1:]


def gsm8k(path):
    for problem in read(path):
        solution = problem["answer"]
        worked, gold = (part.strip() for part in solution.rsplit("####", 1))
        yield "own number", "right", {"gold": gold, "response": solution, "type": "number"}
        yield "changed number", "wrong", {"gold": gold, "response": f"{worked}\n#### {changed(gold)}", "type": "number"}


def mathvision(path):
    for problem in read(path):
        options, answer = problem["options"], problem["answer"]
        if not options:
            for name, form in FORMS.items():
                yield name, "right", {"gold": answer, "response": form % answer}
                if any(c.isdigit() for c in answer):
                    yield f"{name}, changed", "wrong", {"gold": answer, "response": form % changed(answer)}
            continue
        index = ord(answer) - ord("A")
        other = (index + 1) % len(options)
        if chr(ord("A") + other) == options[index]:  # "E" is the text of option D
            other = (other + 1) % len(options)
        for name, form in FORMS.items():
            for letter in LETTERS:
                if name == "bold" and "*" in letter:
                    continue
                yield f"letter, {name}", "right", choice(options, answer, form % (letter % answer))
                yield f"other letter, {name}", "wrong", choice(options, answer, form % (letter % chr(ord("A") + other)))
        for form in LETTER_FORMS:
            yield "letter in a line", "right", choice(options, answer, form % answer)
            yield "other letter in a line", "wrong", choice(options, answer, form % chr(ord("A") + other))
        if options == [chr(ord("A") + i) for i in range(len(options))]:
            continue
        for name, form in FORMS.items():
            yield f"text, {name}", "right", choice(options, answer, form % options[index])
            yield f"letter for text, {name}", "right", choice(options, options[index], form % answer)
            yield f"letter and text, {name}", "right", choice(options, answer, form % f"({answer}) {options[index]}")
            if options[other] != options[index]:
                yield f"other text, {name}", "wrong", choice(options, answer, form % options[other])


def choice(options, gold, response):
    return {"gold": gold, "choices": options, "response": response, "type": "choice"}


def check(viltree, cases):
    lines = "".join(json.dumps(dict(case, id=i)) + "\n" for i, (_, _, case) in enumerate(cases))
    done = subprocess.run([viltree, "check", "-"], input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    sys.stderr.write(done.stderr.decode())
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["id"] for result in results] == list(range(len(cases))), "the order of the input"
    return results


def run(viltree, name, cases, show):
    failures = collections.Counter()
    shown = 0
    for (what, wanted, case), result in zip(cases, check(viltree, cases)):
        if result.get("verdict") == wanted:
            continue
        failures[what] += 1
        if shown < show:
            shown += 1
            print(f"  {what}: wanted {wanted}: {json.dumps(case)} -> {json.dumps(result)}")
    print(f"{name}: {len(cases)} cases, {sum(failures.values())} failures {dict(failures) if failures else ''}")
    return not failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("viltree")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=10, help="failures to print of each data set")
    arguments = parser.parse_args()
    good = [run(arguments.viltree, "GSM8K", list(gsm8k(arguments.data / "gsm8k" / "test.jsonl")), arguments.show),
            run(arguments.viltree, "MATH-Vision", list(mathvision(arguments.data / "mathvision" / "testmini.jsonl")),
                arguments.show)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
