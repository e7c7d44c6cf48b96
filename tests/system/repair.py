#!/usr/bin/env python3
"""Damages a run, repairs it with `viltree repair`, goes on, and compares what it delivers.

usage: repair.py VILTREE CONFIG [--set a.b=c ...]

`verify` must name the damaged file, `repair --dry-run` must change nothing, and after `repair` the run must be sound and
`generate` must deliver the bytes of the undamaged run.
"""

import argparse
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile


def files_of(run):
    return {str(f.relative_to(run)): hashlib.sha256(f.read_bytes()).hexdigest() for f in run.rglob("*") if f.is_file()}


def delivered(run):
    return {name: sha for name, sha in files_of(run).items() if name.split("/")[0] in ("shards", "trees", "kernel.json")}


def call(viltree, *arguments, code=0):
    done = subprocess.run([viltree, *map(str, arguments)], capture_output=True, text=True, timeout=300)
    if done.returncode != code:
        sys.exit(f"viltree {' '.join(map(str, arguments))}: exit code {done.returncode}, {code} expected\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


def check(viltree, config, sets, whole, damaged_names, folder):
    run = folder / "-".join(name.replace("/", "_") for name in damaged_names)
    shutil.copytree(whole, run)
    for name in damaged_names:
        flip(run / name)
    report = call(viltree, "verify", run, code=1)
    for name in damaged_names:
        if name.split("/")[-1] not in report:
            sys.exit(f"verify does not name {name}:\n{report}")
    before = files_of(run)
    plan = call(viltree, "repair", run, "--dry-run", code=1)
    if files_of(run) != before:
        sys.exit("a dry run has changed files")
    told = call(viltree, "repair", run)
    if plan.splitlines()[:-1] != told.splitlines()[:-1]:
        sys.exit(f"the dry run told something else:\n{plan}\n{told}")
    call(viltree, "verify", run)
    call(viltree, "generate", config, "--run", run, *sets)
    call(viltree, "verify", run)
    if delivered(run) != delivered(whole):
        sys.exit(f"{damaged_names}: other bytes are delivered after the repair")
    if call(viltree, "repair", run).strip() != "nothing to repair":
        sys.exit("a sound run is repaired")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("config")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    sets = [part for override in arguments.set for part in ("--set", override)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        whole = folder / "whole"
        call(arguments.viltree, "generate", arguments.config, "--run", whole, *sets)
        call(arguments.viltree, "verify", whole)
        image = next(str(f.relative_to(whole)) for f in sorted(whole.glob("images/*/*.png")))
        for damaged in (["shards/train-000001.jsonl.zst"], ["trees/unit-000000.jsonl.zst", "journal/000001.jsonl.zst"],
                        ["manifest.json"], ["kernel.json"], [image]):
            check(arguments.viltree, arguments.config, sets, whole, damaged, folder)
    print("all repaired to the same bytes")


if __name__ == "__main__":
    main()
