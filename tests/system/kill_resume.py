#!/usr/bin/env python3
"""Kills `viltree generate` with SIGKILL at random moments, resumes it each time, and compares what it delivers.

usage: kill_resume.py VILTREE CONFIG [--kills N] [--seed S] [--http] [--set a.b=c ...]

The shards, tree archives and the kernel must be the bytes of an undisturbed run, whatever crawl.workers and
crawl.open_trees are, and an export must give the values of the shards.
With --http the policy is `viltree simulate`, and its request log must show no question again whose answer was in the
journal when a process was killed.
"""

import json
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from harness import Simulator, delivered, journalled, questions, run_test, text_of, tree_seeds  # noqa: E402


def shard_values(run):
    """(solution so far, value) of every row."""
    values = []
    for shard in sorted(run.glob("shards/*.zst")):
        rows = [json.loads(line) for line in text_of(shard).splitlines()]
        values += [(row["process"], row["value"]) for row in rows]
    return values


def journal_bytes(run):
    total = 0
    for segment in run.glob("journal/*.zst"):
        try:
            total += segment.stat().st_size
        except FileNotFoundError:
            pass
    return total


class Test:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.random = random.Random(arguments.seed)
        self.kills = 0
        self.runs = 0
        self.moments = []  # (run, lines in the log, answers in the journal) at each kill
        self.simulator = Simulator(arguments.viltree, folder / "requests.jsonl") if arguments.http else None

    def command(self, run, *extra):
        sets = list(self.arguments.set) + list(extra)
        if self.simulator:
            sets += ["policy.kind=openai", f"policy.endpoints=[{{url: '{self.simulator.url}'}}]"]
        command = [self.arguments.viltree, "generate", self.arguments.config, "--run", str(run)]
        for item in sets:
            command += ["--set", item]
        return command

    def undisturbed(self):
        run = self.folder / "undisturbed"
        subprocess.run(self.command(run), check=True, capture_output=True)
        return run

    def exported_values(self, run):
        out = self.folder / f"export-{run.name}"
        subprocess.run([self.arguments.viltree, "export", run, "--format", "vilreward", "--out", out], check=True,
                       capture_output=True)
        rows = [row for file in out.glob("*.json") for row in json.loads(file.read_text())]
        return [(row["process"], row["value"]) for row in rows]

    def kill_once(self, run, most_bytes):
        """One session that is killed, early or when the journal has grown by some bytes. False: it ended first."""
        workers, trees = self.random.choice([1, 2, 3]), self.random.choice([3, 17, 200])
        with open(self.folder / "session.log", "wb") as log:
            process = subprocess.Popen(self.command(run, f"crawl.workers={workers}", f"crawl.open_trees={trees}"),
                                       stdout=log, stderr=log)
        at_bytes = journal_bytes(run) + self.random.randrange(most_bytes)
        at_time = time.monotonic() + self.random.uniform(0, 0.3) if self.random.random() < 0.3 else None
        while process.poll() is None:
            if journal_bytes(run) >= at_bytes or (at_time and time.monotonic() >= at_time):
                process.send_signal(signal.SIGKILL)
                process.wait()
                self.kills += 1
                lines = len(self.simulator.lines()) if self.simulator else 0
                self.moments.append((run, lines, journalled(run) if self.simulator else set()))
                return True
            time.sleep(0.001)
        if process.returncode != 0:
            sys.exit(f"exit code {process.returncode}:\n{(self.folder / 'session.log').read_text()}")
        return False

    def disturbed(self, most_bytes):
        run = self.folder / f"killed-{self.runs}"
        self.runs += 1
        while self.kills < self.arguments.kills and self.kill_once(run, most_bytes):
            pass
        subprocess.run(self.command(run), check=True, capture_output=True)
        subprocess.run([self.arguments.viltree, "verify", run], check=True, capture_output=True)
        return run

    def asked_again(self):
        """Requests after a kill whose answer was in the journal at that kill; and requests beyond the first of a run."""
        lines = [json.loads(line) for line in self.simulator.lines()]
        lines = [line for line in lines if line.get("seed") is not None and line.get("images")]
        forbidden = twice = 0
        start = self.first_line
        for run in dict.fromkeys(moment[0] for moment in self.moments):
            moments = [moment for moment in self.moments if moment[0] == run]
            end = self.ends[run]
            seeds = tree_seeds(run)
            pictures = {picture for _, picture in seeds.values()}
            asked = [(line["seed"], line["images"][0]) for line in lines
                     if start < line["n"] <= end and line["images"][0] in pictures]
            twice += len(asked) - len(set(asked))
            for _, at, answers in moments:
                known = questions(seeds, answers)
                forbidden += sum(1 for line in lines
                                 if at < line["n"] <= end and (line["seed"], line["images"][0]) in known)
            start = end
        return forbidden, twice

    def go(self):
        reference = self.undisturbed()
        expected = delivered(reference)
        if self.exported_values(reference) != shard_values(reference):
            sys.exit("an export gives other values than the shards")
        most_bytes = max(2, journal_bytes(reference) // 12)
        self.first_line = len(self.simulator.lines()) if self.simulator else 0
        self.ends = {}
        while self.kills < self.arguments.kills:
            run = self.disturbed(most_bytes)
            self.ends[run] = len(self.simulator.lines()) if self.simulator else 0
            if delivered(run) != expected:
                sys.exit(f"seed {self.arguments.seed}: {run.name} delivers other bytes than the undisturbed run")
        print(f"seed {self.arguments.seed}: {self.kills} kills in {self.runs} runs, {len(expected)} files identical")
        if self.simulator:
            forbidden, twice = self.asked_again()
            answers = sum(len(moment[2]) for moment in self.moments)
            print(f"questions asked again although their answer was in the journal: {forbidden} "
                  f"(checked {answers} answers at {len(self.moments)} kills)")
            print(f"questions asked again because they were in flight when a process was killed: {twice}")
            if forbidden:
                sys.exit(1)


if __name__ == "__main__":
    run_test(Test, "--kills", 50, "how often the crawl is killed")
