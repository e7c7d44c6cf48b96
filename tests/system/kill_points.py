#!/usr/bin/env python3
"""Kills `viltree generate` at its storage calls, one after the other, and resumes it each time.

usage: kill_points.py VILTREE CONFIG [--kills N] [--seed S] [--http] [--faults LIBRARY] [--set a.b=c ...]

An undisturbed crawl counts the calls that write below the run directory: opens for writing, writes, syncs, renames, removals,
truncations, folders, locks (faults/faults.c). Then, in an order drawn by the seed, a crawl is killed at each of them in each of three ways:
before the call, after it, and amid it (half of the bytes of that write, or of the next). The same command resumes it, and is killed
again at a drawn call, up to three times in all, and then ends. What it delivers, and its manifest, must be those of the undisturbed
crawl, whatever crawl.workers and crawl.open_trees are, `viltree verify` must find nothing, and no temporary file may be left.
With --kills it ends after so many kills, and begins again with other draws where that is more than one round.
With --http the policy is `viltree simulate`. Its request log must show no question again whose answer was in the journal at a
kill, and no more questions twice than can have been in flight at the kills.
"""

import collections
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
from harness import Crawl, Expected, Simulator, counted, default_faults, faults, journalled, questions, run_test, tree_seeds  # noqa: E402

WAYS = ("kill-before", "kill-amid", "kill-after")
MOST_KILLS = 3  # of one crawl


class Test:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.library = arguments.faults or default_faults(arguments.viltree)
        self.folder = folder
        self.runs = folder / "runs"
        self.runs.mkdir()
        self.random = random.Random(arguments.seed)
        self.simulator = Simulator(arguments.viltree, folder / "requests.jsonl") if arguments.http else None
        self.crawl = Crawl(arguments.viltree, arguments.config, arguments.set, self.simulator)
        self.kills = collections.Counter()  # by what was struck
        self.recoveries = self.crawls = self.checked = self.again = self.twice = 0

    def undisturbed(self):
        run = self.runs / "undisturbed"
        log = self.folder / "calls"
        self.crawl.undisturbed(run, faults(self.library, self.runs, log=log))
        self.calls = counted(log)
        self.expected = Expected(self.arguments.viltree, run)
        self.seeds = tree_seeds(run)

    def fail(self, what):
        sys.exit(f"seed {self.arguments.seed}, crawl {self.crawls}: {what}")

    def session(self, run, at, way):
        """One that is killed at a call. False: it was done before."""
        log = self.folder / "calls"
        log.unlink(missing_ok=True)
        extra = (f"crawl.workers={self.random.choice([1, 2, 3])}", f"crawl.open_trees={self.random.choice([3, 7, 200])}")
        done = self.crawl.run(run, *extra, env=faults(self.library, self.runs, at=at, do=way, log=log))
        if done.returncode == -signal.SIGKILL:
            self.kills[counted(log)[-1][0], way] += 1
            return True
        if done.returncode != 0:
            self.fail(f"exit code {done.returncode} where {way} {at} was asked for\n{done.stderr}")
        return False

    def draw(self):
        """A call of a session that resumes: one of its first, or any."""
        return self.random.randint(1, self.random.choice([12, len(self.calls)]))

    def disturbed(self, at, way):
        run = self.runs / f"killed-{self.crawls}"
        depth = self.random.randint(1, MOST_KILLS)
        known = []  # (requests at a kill, what was in the journal by then)
        start = len(self.simulator.lines()) if self.simulator else 0
        for kill in range(depth):
            if not self.session(run, at, way):
                break
            self.recoveries += kill > 0
            if self.simulator:
                known.append((len(self.simulator.lines()), questions(self.seeds, journalled(run))))
            at, way = self.draw(), self.random.choice(WAYS)
        self.crawl.undisturbed(run)
        if wrong := self.expected.differences(run):
            self.fail("\n".join(wrong))
        if self.simulator:
            self.check_money(start, known)
        self.crawls += 1

    def check_money(self, start, known):
        asked = self.simulator.asked(start)
        twice = len(asked) - len(set(asked))
        if twice > len(known) * Crawl.IN_FLIGHT:
            self.fail(f"{twice} questions were asked twice after {len(known)} kills with at most {Crawl.IN_FLIGHT} in flight")
        for at, answers in known:
            self.checked += len(answers)
            again = sum(question in answers for question in self.simulator.asked(at))
            if again:
                self.fail(f"{again} questions asked again although their answers were in the journal")
        self.twice += twice

    def go(self):
        self.undisturbed()
        began = time.monotonic()
        while True:
            points = [(at + 1, way) for at in range(len(self.calls)) for way in WAYS]
            self.random.shuffle(points)
            for at, way in points:
                self.disturbed(at, way)
                if 0 < self.arguments.kills <= self.kills.total():
                    return self.report(time.monotonic() - began)
            if self.arguments.kills == 0:
                return self.report(time.monotonic() - began)

    def report(self, seconds):
        kinds = collections.Counter(kind for kind, _ in self.calls)
        print(f"seed {self.arguments.seed}: the undisturbed crawl makes {len(self.calls)} calls: " +
              ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
        print(f"{self.kills.total()} kills in {self.crawls} crawls, {self.recoveries} of them of a session that resumed, {seconds:.0f} s: " +
              ", ".join(f"{sum(n for (_, w), n in self.kills.items() if w == way)} {way}" for way in WAYS))
        by_kind = collections.Counter()
        for (kind, _), count in self.kills.items():
            by_kind[kind] += count
        print("struck: " + ", ".join(f"{count} {kind}" for kind, count in by_kind.most_common()))
        print(f"{len(self.expected.files)} files and the manifest identical after each")
        if self.simulator:
            print(f"questions asked again although their answer was in the journal: 0 (checked {self.checked} answers)")
            print(f"questions asked again because they were in flight: {self.twice}")


if __name__ == "__main__":
    run_test(Test, "--kills", 0, "0: each call in each way once")
