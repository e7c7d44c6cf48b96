#!/usr/bin/env python3
"""Crawls the same problems over every dialect of the simulator, and compares what comes out.

usage: dialects.py VILTREE [--problems N] [--storm P] [--dialect NAME ...] [--seed S] [--small]

Every crawl must deliver the same shards, byte for byte, streamed or not, and also where a storm of all faults hits a
share P of the requests. Where a server does not count the tokens of each sibling, the rows' `tokens` are null and are
left out of the comparison; the rows of the dialect that is reprompted say so.
"""

import argparse
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

DIALECTS = ["vllm", "sglang", "llama-server", "lmdeploy", "ollama", "tgi", "openai", "llama-cpp-python"]
RAW = {"tgi", "llama-cpp-python"}
TEXT_ALONE = {"llama-cpp-python"}


def said_otherwise(dialect, stream):
    """Fields of a row that this kind of server makes differ."""
    fields = []
    if dialect in ("sglang", "openai") or (dialect == "llama-cpp-python" and stream):
        fields.append("tokens")  # only the sum over the siblings is counted, or nothing at all
    if dialect == "openai":
        fields += ["continuation", "config_hash"]  # it is reprompted
    return fields


def write_text_problems(path, count, seed):
    """Questions without images, which the built-in policy guesses at."""
    draw = random.Random(seed)
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            a, b = draw.randint(2, 9), draw.randint(2, 9)
            question = f"Anna has {a} boxes with {b} apples each, and gives {a} apples away. How many has she left? ({i})"
            out.write(json.dumps({"id": f"apples-{i}", "question": question, "answer": str(a * b - a)}) + "\n")


class Simulator:
    def __init__(self, viltree, dialect, faults, seed):
        command = [viltree, "simulate", "--port", "0", "--dialect", dialect, "--seed", str(seed), "--threads", "2"]
        if dialect == "llama-server":
            command += ["--slots", "16"]
        if faults:
            command += ["--faults", faults]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def crawl(arguments, folder, name, dataset, dialect, stream, faults):
    simulator = Simulator(arguments.viltree, dialect, faults, arguments.seed)
    template = ", chat_template: chatml" if dialect in RAW else ""
    sets = dataset + [
        "search.strategy=visualprm", "search.solutions=3", "search.rollouts=8", "output.unit_size=16",
        f"policy.endpoints=[{{url: '{simulator.url}', dialect: auto{template}}}]",
        f"policy.stream={'true' if stream else 'false'}", 'policy.stop=["\\n\\n\\n"]', "policy.limits.stall_s=0.1",
        "policy.limits.timeout_s=30", f"policy.continuation={'reprompt' if dialect == 'openai' else 'exact'}"]
    run = folder / name
    command = [arguments.viltree, "generate", str(folder / "empty.yaml"), "--run", str(run)]
    for item in sets:
        command += ["--set", item]
    started = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    simulator.stop()
    if result.returncode != 0:
        sys.exit(f"{name}: exit code {result.returncode}\n{result.stderr}")
    status = json.loads(subprocess.run([arguments.viltree, "status", str(run), "--json"], capture_output=True,
                                       check=True).stdout)
    return run, status, time.monotonic() - started


def shards(run, but=()):
    """SHA-256 over the rows, without the named fields."""
    digest = hashlib.sha256()
    for shard in sorted(run.glob("shards/*.zst")):
        if not but:
            digest.update(shard.read_bytes())
            continue
        rows = subprocess.run(["zstd", "-dc", shard], capture_output=True, check=True).stdout
        for line in rows.splitlines():
            row = json.loads(line)
            for field in but:
                row.pop(field)
            digest.update(json.dumps(row).encode())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--problems", type=int, default=48)
    parser.add_argument("--storm", type=float, default=0.2)
    parser.add_argument("--dialect", action="append", choices=DIALECTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="each dialect once: streams and storms by turns")
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="viltree-dialects-") as name:
        folder = pathlib.Path(name)
        (folder / "empty.yaml").write_text("policy: {kind: openai}\n")
        write_text_problems(folder / "apples.jsonl", arguments.problems, arguments.seed)
        datasets = {
            "pictures": ["dataset.kind=demo", f"dataset.limit={arguments.problems}"],
            "texts": ["dataset.kind=jsonl", f"dataset.path={folder / 'apples.jsonl'}"],
        }
        for data, dataset in datasets.items():
            first = expected_verdicts = None
            cases = 0
            for dialect in arguments.dialect or DIALECTS:
                if data == "pictures" and dialect in TEXT_ALONE:
                    continue
                variants = [(stream, faults) for faults in ("", f"storm:{arguments.storm}") for stream in (False, True)]
                if arguments.small:
                    variants = [variants[cases % 4]]
                for stream, faults in variants:
                    cases += 1
                    label = f"{data}-{dialect}{'-stream' if stream else ''}{'-storm' if faults else ''}"
                    run, status, seconds = crawl(arguments, folder, label, dataset, dialect, stream, faults)
                    verdicts = status["totals"]["verdicts"]
                    fields = said_otherwise(dialect, stream)
                    if first is None:
                        first, expected_verdicts, same = run, verdicts, "the first"
                    elif shards(run, fields) == shards(first, fields) and verdicts == expected_verdicts:
                        same = "same bytes" if not fields else "same but " + ", ".join(fields)
                    else:
                        same = "OTHER"
                    failed += same == "OTHER"
                    print(f"{label:36} {same:38} verdicts {json.dumps(verdicts)}, failures "
                          f"{status.get('failures')}, {seconds:.1f} s", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
