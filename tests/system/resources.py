#!/usr/bin/env python3
"""Crawls where something runs out or misbehaves: the disk, its inodes, descriptors, locks, the clock, other processes.

usage: resources.py VILTREE CONFIG [--only CASE] [--faults LIBRARY] [--show] [--set a.b=c ...]

  a full disk      by a budget of bytes: it ends with exit code 3 and pays for nothing more than was in flight
  a small disk     a real one, and one with few inodes (as root, where tmpfs can be mounted)
  read-only        a run directory that cannot be written; who only reads it is not troubled
  descriptors      low limits: an error that says so, or fewer connections
  clock            jumps by days between any two looks at it, also while servers ask to come back at a certain hour
  no locks         a file system without them: what to do about it
  two writers      one is refused
  readers          every reading command, again and again, while the run is being written

After each, the same command without the trouble delivers the files of an undisturbed crawl.
"""

import argparse
import atexit
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from harness import STORAGE, Crawl, Expected, Simulator, default_faults, faults, journalled  # noqa: E402

DAYS = 10 * 86400


class Place:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.viltree = arguments.viltree
        self.library = arguments.faults or default_faults(arguments.viltree)
        self.folder, self.runs = folder, folder / "runs"
        self.runs.mkdir()
        self.crawl = Crawl(self.viltree, arguments.config, arguments.set)
        self.expected = self.undisturbed("undisturbed", self.crawl)
        crawl = self.crawl_over_http()
        self.expected_over_http = self.undisturbed("undisturbed-http", crawl)
        crawl.simulator.stop()
        self.failed = 0

    def undisturbed(self, name, crawl):
        run = self.runs / name
        crawl.undisturbed(run)
        return Expected(self.viltree, run)

    def crawl_over_http(self, *options, **more):
        simulator = Simulator(self.viltree, self.folder / f"requests-{os.urandom(4).hex()}.jsonl", *options)
        atexit.register(simulator.process.kill)  # a test that fails leaves nobody waiting for requests
        return Crawl(self.viltree, self.arguments.config, self.arguments.set, simulator, **more)

    def tell(self, what, wrong, said=""):
        self.failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {what}" + (f": {wrong}" if wrong else ""), flush=True)
        if wrong or self.arguments.show:
            print("       " + "\n       ".join(line for line in said.replace("\r", "\n").splitlines() if not line.startswith("[")))

    def ended(self, what, done, code, parts):
        """The end of a session: its exit code, and what it must have said."""
        missing = [part for part in parts if part not in done.stderr]
        wrong = f"exit code {done.returncode}, not {code}" if done.returncode != code else ""
        self.tell(what, wrong or (f"does not say {missing}" if missing else ""), done.stderr)

    def finishes(self, run, crawl=None):
        done = (crawl or self.crawl).run(run)
        expected = self.expected_over_http if crawl else self.expected
        wrong = expected.differences(run) if done.returncode == 0 else [f"exit code {done.returncode}"]
        self.tell("  and the same command ends it", "\n".join(wrong), done.stderr)


def full_disk(place):
    crawl = place.crawl_over_http()
    for budget in (12000, 30000):
        run = place.runs / f"full-{budget}"
        start = len(crawl.simulator.asked())
        done = crawl.run(run, env=faults(place.library, place.runs, bytes=budget))
        place.ended(f"a disk that is full after {budget} bytes", done, STORAGE, ["No space left on device", "free space", str(run)])
        paid, kept = len(crawl.simulator.asked(start)), len(journalled(run))
        lost = paid - kept
        place.tell(f"  {paid} questions were asked, {kept} answers are kept", f"{lost} were lost" if lost > Crawl.IN_FLIGHT else "")
        place.finishes(run, crawl)
    crawl.simulator.stop()


def mounted(folder, options):
    folder.mkdir()
    return os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], stderr=subprocess.DEVNULL,
                                                check=False).returncode == 0


def small_disk(place):
    for what, few, enough in (("bytes", "size=80k", "size=64m"), ("inodes", "nr_inodes=24", "nr_inodes=4096")):
        disk = place.folder / f"disk-{what}"
        if not mounted(disk, few):
            print(f"     a real disk with few {what}: not tried, for it cannot be mounted")
            continue
        try:
            run = disk / "run"
            place.ended(f"a real disk with few {what}", place.crawl.run(run), STORAGE, ["No space left on device", str(run)])
            subprocess.run(["mount", "-o", f"remount,{enough}", disk], check=True)
            place.finishes(run)
        finally:
            subprocess.run(["umount", disk], check=True)
    run = place.runs / "inodes"
    done = place.crawl.run(run, env=faults(place.library, place.runs, at=20, do="ENOSPC", lasts="ever", kinds="open,mkdir"))
    place.ended("a disk without inodes", done, STORAGE, ["No space left on device", str(run)])
    place.finishes(run)


def reading(run, out):
    return [["status", run], ["status", run, "--json"], ["stats", run], ["verify", run], ["inspect", run], ["kernel", run],
            ["export", run, "--format", "trl", "--out", out]]


def read_only(place):
    fresh = place.runs / "read-only"
    frozen = faults(place.library, place.runs, at=1, do="EROFS", lasts="ever")
    place.ended("a read-only disk", place.crawl.run(fresh, env=frozen), STORAGE, ["Read-only file system", str(fresh)])
    place.finishes(fresh)
    for command in reading(fresh, place.folder / "frozen-export"):
        done = subprocess.run([place.viltree, *map(str, command)], capture_output=True, text=True, env=frozen, check=False)
        place.ended(f"  {command[0]} of a run on it", done, 0, [])


def descriptors(place):
    crawl = place.crawl_over_http(in_flight=64)
    for limit in (8, 16, 48):
        run = place.runs / f"descriptors-{limit}"
        done = subprocess.run(crawl.command(run), capture_output=True, text=True, check=False,
                              preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n)))
        told = "open files" in done.stderr and done.returncode in (2, 3, 4)
        place.tell(f"{limit} descriptors: exit code {done.returncode}", "" if done.returncode == 0 or told else "no clear message", done.stderr)
        place.finishes(run, crawl)
    crawl.simulator.stop()


def clock(place):
    jumping = faults(place.library, place.runs, clock=DAYS)
    run = place.runs / "clock"
    place.ended("a clock that jumps by days", place.crawl.run(run, env=jumping), 0, [])
    place.finishes(run)
    crawl = place.crawl_over_http("--faults", "429:0.1,503:0.1")
    run = place.runs / "clock-http"
    place.ended("  while servers say when to come back", crawl.run(run, env=jumping), 0, [])
    place.finishes(run, crawl)
    crawl.simulator.stop()


def no_locks(place):
    for error, reason in (("ENOLCK", "No locks available"), ("EOPNOTSUPP", "Operation not supported")):
        run = place.runs / error
        done = place.crawl.run(run, env=faults(place.library, place.runs, at=1, do=error, lasts="ever", kinds="lock"))
        place.ended(f"a file system without locks ({error})", done, STORAGE, [reason, str(run / "lock"), "put the run directory"])
        place.finishes(run)
        done = subprocess.run([place.viltree, "status", run], capture_output=True, text=True, check=False,
                              env=faults(place.library, place.runs, at=1, do=error, lasts="ever", kinds="lock"))
        place.ended("  status of a run on it", done, 0, [])


def two_writers(place):
    run = place.runs / "two"
    both = [subprocess.Popen(place.crawl.command(run), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    codes = sorted(process.returncode for process in both)
    refused = [text for process, text in zip(both, said) if process.returncode == STORAGE]
    # Who has only just taken it has not yet written down who it is.
    named = all("in use by another process" in text or
                ("in use by process" in text and any(str(process.pid) in text for process in both)) for text in refused)
    place.tell(f"two writers at once: exit codes {codes}", "" if codes in ([0, 0], [0, STORAGE]) and named else "not refused", "\n".join(said))
    place.finishes(run)


def readers(place):
    """Fast enough to be read often, slow enough to be read at every stage."""
    crawl = place.crawl_over_http("--slots", "8", "--token-rate", "1000")
    run = place.runs / "readers"
    with open(place.folder / "writer.log", "w+", encoding="utf-8") as log:
        writer = subprocess.Popen(crawl.command(run), stdout=subprocess.DEVNULL, stderr=log)
        while not (run / "manifest.json").exists() and writer.poll() is None:
            pass
        counts, wrong, rounds = {}, [], 0
        while writer.poll() is None:
            rounds += 1
            commands = reading(run, place.folder / f"export-{rounds}") + [["inspect", run, "demo-bars-000001", "--format", "dot"]]
            for command in commands:
                done = subprocess.run([place.viltree, *map(str, command)], capture_output=True, text=True, check=False)
                counts[command[0]] = counts.get(command[0], 0) + 1
                nothing_yet = "has finished nothing yet" in done.stderr or "no tree of problem" in done.stderr
                if done.returncode != 0 and not nothing_yet:
                    wrong.append(f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stderr}")
        log.seek(0)
        if writer.returncode != 0:
            wrong.append(f"the writer: exit code {writer.returncode}: {log.read()}")
    place.tell(f"readers while it is written: {counts}", "\n".join(wrong))
    place.finishes(run, crawl)
    crawl.simulator.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("config")
    parser.add_argument("--faults", type=pathlib.Path)
    parser.add_argument("--show", action="store_true", help="print what the program said")
    parser.add_argument("--only", action="append", help="a case, by the name of its function")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-resources-") as folder:
        place = Place(arguments, pathlib.Path(folder).resolve())
        for case in (full_disk, small_disk, read_only, descriptors, clock, no_locks, two_writers, readers):
            if not arguments.only or case.__name__ in arguments.only:
                case(place)
    if place.failed:
        sys.exit(f"{place.failed} failed")


if __name__ == "__main__":
    main()
