#!/usr/bin/env python3
"""Makes the storage calls of `viltree generate` fail, one after the other, and resumes the crawl without the fault.

usage: fault_errors.py VILTREE CONFIG [--most N] [--seed S] [--faults LIBRARY] [--set a.b=c ...]

EIO, ENOSPC, EDQUOT, EMFILE, EROFS at each call that writes below the run directory, once and from then on (faults/faults.c): the
program must end with exit code 3 and one line that has the system's reason and the path, and the same command must then finish with
the files of an undisturbed crawl. It may pass over a fault where nothing depends on the call: the note of who holds the lock, the log of
events for people, and the sync of a folder that was there. EINTR and short writes must not be noticed at all.
With --most, so many of the cases, drawn by the seed.
"""

import argparse
import collections
import errno
import os
import pathlib
import random
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import STORAGE, Crawl, Expected, counted, default_faults, faults, said  # noqa: E402

FATAL = ("EIO", "ENOSPC", "EDQUOT", "EMFILE", "EROFS")
UNNOTICED = ("EINTR", "short")
INTERRUPTIBLE = "open,write,sync,truncate,lock"  # what a signal can interrupt


class Test:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.library = arguments.faults or default_faults(arguments.viltree)
        self.folder, self.runs = folder, folder / "runs"
        self.runs.mkdir()
        self.crawl = Crawl(arguments.viltree, arguments.config, arguments.set)
        self.results = collections.Counter()
        self.cases = 0

    def undisturbed(self):
        run, log = self.runs / "undisturbed", self.folder / "calls"
        self.usual = said(self.crawl.undisturbed(run, faults(self.library, self.runs, log=log)))
        self.calls = counted(log)
        self.expected = Expected(self.arguments.viltree, run)

    def fail(self, case, what):
        sys.exit(f"{case}: {what}")

    def finished(self, case, run):
        if wrong := self.expected.differences(run):
            self.fail(case, "\n".join(wrong))

    def passes_over(self, case, run, log, at):
        """A fault that changed nothing must have struck what nothing depends on."""
        struck = counted(log)[at - 1:]
        kind, path = struck[0] if struck else (None, None)
        if struck and not (pathlib.Path(path).name in ("lock", "events.jsonl") or (kind == "sync" and pathlib.Path(path).is_dir())):
            self.fail(case, f"went on although {kind} of {path} failed")
        self.finished(case, run)
        self.results["passed over" if struck else "not reached"] += 1

    def ends(self, case, done, deed):
        reason = os.strerror(getattr(errno, deed))
        last = said(done)[-1] if said(done) else ""
        if done.returncode != STORAGE or reason not in last or str(self.runs) not in last:
            self.fail(case, f"exit code {done.returncode}, and said\n{done.stderr}")
        self.results["exit code 3"] += 1

    def case(self, deed, lasts, at):
        case = f"seed {self.arguments.seed}, {deed} {lasts} from call {at}"
        run, log = self.runs / f"run-{self.cases}", self.folder / "calls"
        self.cases += 1
        log.unlink(missing_ok=True)
        kinds = {"kinds": INTERRUPTIBLE} if deed == "EINTR" else {}
        done = self.crawl.run(run, env=faults(self.library, self.runs, at=at, do=deed, lasts=lasts, log=log, **kinds))
        if deed in UNNOTICED:
            if done.returncode != 0 or said(done) != self.usual:
                self.fail(case, f"exit code {done.returncode}, and said\n{done.stderr}")
            self.results["not noticed"] += 1
            return self.finished(case, run)
        if done.returncode == 0:
            return self.passes_over(case, run, log, at)
        self.ends(case, done, deed)
        self.crawl.undisturbed(run)
        self.finished(case, run)

    def go(self):
        self.undisturbed()
        cases = [(deed, lasts, at + 1) for deed in FATAL + UNNOTICED for lasts in ("once", "ever") for at in range(len(self.calls))]
        draw = random.Random(self.arguments.seed)
        draw.shuffle(cases)
        for case in cases[:self.arguments.most or len(cases)]:
            self.case(*case)
        print(f"seed {self.arguments.seed}: {self.cases} faults at {len(self.calls)} calls: " +
              ", ".join(f"{count} {what}" for what, count in self.results.most_common()))
        print("each crawl delivered the files of the undisturbed one, at the latest without the fault")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("config")
    parser.add_argument("--most", type=int, default=0, help="cases; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=pathlib.Path)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-errors-") as folder:
        Test(arguments, pathlib.Path(folder).resolve()).go()


if __name__ == "__main__":
    main()
