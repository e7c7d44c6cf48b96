#!/usr/bin/env python3
"""Lets `viltree generate` run out of memory at its n-th allocation, and resumes the crawl with memory.

usage: allocations.py VILTREE CONFIG [--most N] [--seed S] [--http] [--faults LIBRARY] [--set a.b=c ...]

An undisturbed crawl counts the allocations of all threads from its first storage call on (faults/faults.c). The seed draws the one that
fails, whether all behind it fail, too, and whether the crawl begins or resumes one that was killed at a drawn storage call. The program
must end with exit code 3 and a last line that says that memory ran out, or do without that allocation. What had been in the journal must
still be there, the same command must then finish with the files of an undisturbed crawl, and no answer may be in the journal twice:
one that was there was not asked for again.
With --http the policy is `viltree simulate`, whose request log must show the same, and no more questions twice than can have been in
flight. The server has memory.
"""

import collections
import random
import sys
import time

sys.dont_write_bytecode = True
from harness import (STORAGE, Crawl, Expected, Simulator, answers, counted, default_faults, faults, journalled, questions,  # noqa: E402
                     run_test, said, tree_seeds)


class Test:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.library = arguments.faults or default_faults(arguments.viltree)
        self.folder, self.runs = folder, folder / "runs"
        self.runs.mkdir()
        self.random = random.Random(arguments.seed)
        self.simulator = Simulator(arguments.viltree, folder / "requests.jsonl") if arguments.http else None
        sets = arguments.set + ["output.keep_journal=true"]
        self.crawl = Crawl(arguments.viltree, arguments.config, sets, self.simulator)
        self.results = collections.Counter()
        self.cases = self.resumed = self.checked = self.twice = 0

    def undisturbed(self):
        run, log, memory = self.runs / "undisturbed", self.folder / "calls", self.folder / "memory"
        self.crawl.undisturbed(run, faults(self.library, self.runs, log=log, memory_log=memory))
        self.calls = len(counted(log))
        self.allocations = int(memory.read_text())
        self.expected = Expected(self.arguments.viltree, run)
        self.seeds = tree_seeds(run)

    def fail(self, what):
        sys.exit(f"{self.case}: {what}")

    def killed(self, run):
        """A session that ends too early at a storage call, for the next one to resume."""
        self.crawl.run(run, env=faults(self.library, self.runs, at=self.random.randint(1, self.calls), do="kill-after"))
        self.resumed += 1

    def session(self, run, at, lasts):
        """The one whose memory runs out. How it ended."""
        memory = self.folder / "memory"
        memory.unlink(missing_ok=True)
        done = self.crawl.run(run, env=faults(self.library, self.runs, memory=at, lasts=lasts, memory_log=memory))
        if done.returncode == 0:
            return "passed over" if memory.read_text().startswith("failed") else "not reached"
        last = said(done)[-1] if said(done) else ""
        if done.returncode != STORAGE or "memory" not in last:
            self.fail(f"exit code {done.returncode}, and said\n{done.stderr}")
        return "exit code 3"

    def check_money(self, start, before, after, sessions):
        """`before` and `after`: requests and answers of the journal when the memory ran out, and behind it."""
        if lost := before[1] - after[1]:
            self.fail(f"{len(lost)} answers of the journal are lost")
        if not self.simulator:
            return
        for at, known in (before, after):
            answered = questions(self.seeds, known)
            self.checked += len(answered)
            if again := sum(question in answered for question in self.simulator.asked(at)):
                self.fail(f"{again} questions asked again although their answers were in the journal")
        asked = self.simulator.asked(start)
        twice = len(asked) - len(set(asked))
        if twice > sessions * Crawl.IN_FLIGHT:
            self.fail(f"{twice} questions were asked twice after {sessions} sessions with at most {Crawl.IN_FLIGHT} in flight")
        self.twice += twice

    def known(self, run):
        return len(self.simulator.lines()) if self.simulator else 0, journalled(run)

    def one(self):
        lasts = self.random.choice(("once", "ever"))
        at = self.random.randint(1, self.random.choice((self.allocations, self.allocations // 8)))
        resumes = self.random.random() < 0.5
        self.case = f"seed {self.arguments.seed}, case {self.cases}, {lasts} from allocation {at}{', resumed' if resumes else ''}"
        run = self.runs / f"run-{self.cases}"
        start = self.known(run)[0]
        if resumes:
            self.killed(run)
        before = self.known(run)
        self.results[self.session(run, at, lasts)] += 1
        after = self.known(run)
        self.crawl.undisturbed(run)
        if wrong := self.expected.differences(run):
            self.fail("\n".join(wrong))
        if twice := [one for one, count in collections.Counter(answers(run)).items() if count > 1]:
            self.fail(f"in the journal twice: {twice}")
        self.check_money(start, before, after, 1 + resumes)
        self.cases += 1

    def go(self):
        self.undisturbed()
        began = time.monotonic()
        while self.cases < self.arguments.most:
            self.one()
        print(f"seed {self.arguments.seed}: {self.cases} crawls without memory at one of {self.allocations} allocations or from it on, "
              f"{self.resumed} of them resumed, {time.monotonic() - began:.0f} s: " +
              ", ".join(f"{count} {what}" for what, count in self.results.most_common()))
        print("each crawl delivered the files of the undisturbed one, at the latest with memory; no answer of the journal was lost or "
              "asked for again")
        if self.simulator:
            print(f"checked {self.checked} answers; questions asked again because they were in flight: {self.twice}")


if __name__ == "__main__":
    run_test(Test, "--most", 300, "cases")
