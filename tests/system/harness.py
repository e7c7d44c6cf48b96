"""What the tests that end or disturb a crawl share: the program, its simulated server, faults at chosen calls, and what must stay."""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MASK64 = (1 << 64) - 1
SERVER_SEED = (1 << 30) - 1  # the bits of a seed that servers get
STORAGE = 3  # the exit code
MOST_SECONDS = 300  # of a small crawl, on a busy machine


def mix64(a, b):
    """As core::mix64: the seed of a ticket from the seed of its tree."""
    z = (a + 0x9E3779B97F4A7C15 * (b + 1)) & MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
    return z ^ (z >> 31)


def text_of(path):
    return subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout


def delivered(run):
    files = sorted(run.glob("shards/*.zst")) + sorted(run.glob("trees/*.zst")) + sorted(run.glob("kernel.json"))
    return {str(f.relative_to(run)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def whole_frames(segment):
    """What the whole frames of a journal segment hold, whose last one may be torn."""
    data = segment.read_bytes()
    while data:
        result = subprocess.run(["zstd", "-dc"], input=data, capture_output=True, check=False)
        if result.returncode == 0:
            return result.stdout
        data = data[:data.rfind(b"\x28\xb5\x2f\xfd")] if data.rfind(b"\x28\xb5\x2f\xfd") > 0 else b""
    return b""


def answers(run):
    """(problem id, ticket) of every answer in whole frames of the journal, in its order."""
    found = []
    for segment in sorted(run.glob("journal/*.zst")):
        for line in whole_frames(segment).splitlines():
            if not line.startswith(b'{"frame":'):
                record = json.loads(line)
                found.append((record["id"], record["ticket"]))
    return found


def journalled(run):
    return set(answers(run))


def tree_seeds(run):
    """The seed and the picture of each problem's tree."""
    seeds = {}
    for archive in run.glob("trees/*.zst"):
        for line in text_of(archive).splitlines():
            tree = json.loads(line)
            seeds[tree["problem"]["id"]] = (tree["seed"], tree["problem"]["images"][0]["sha256"])
    return seeds


def questions(seeds, answers):
    """What a server was asked, (seed, picture), for each (problem id, ticket)."""
    return {(mix64(seeds[problem][0], ticket) & SERVER_SEED, seeds[problem][1]) for problem, ticket in answers}


class Simulator:
    """`viltree simulate`, which logs each request before its answer is sent."""

    def __init__(self, viltree, log, *options):
        self.log = log
        self.process = subprocess.Popen([viltree, "simulate", "--port", "0", "--log", log, *options],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def lines(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def asked(self, start=0):
        """(seed, picture) of the requests from the start-th on."""
        requests = [json.loads(line) for line in self.lines()[start:]]
        return [(request["seed"], request["images"][0]) for request in requests
                if request.get("seed") is not None and request.get("images")]

    def stop(self):
        self.process.terminate()
        self.process.wait()


def faults(library, below, **what):
    """The environment in which faults/faults.c strikes: at=3, do="EIO", lasts="ever", kinds="write,sync", log=FILE …"""
    environment = {**os.environ, "LD_PRELOAD": str(library), "VILTREE_FAULTS_BELOW": str(below)}
    for name, value in what.items():
        environment["VILTREE_FAULTS_" + name.upper()] = str(value)
    return environment


def default_faults(viltree):
    """Where the build puts the library."""
    return pathlib.Path(viltree).resolve().parent / "tests" / "system" / "viltree_faults.so"


def said(done):
    """The lines on standard error, without the progress and the run directory."""
    lines = done.stderr.replace("\r", "\n").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("[", "viltree: writing to", "viltree: going on with"))]


def counted(log):
    """(kind, path) of each call that the faults' log tells of."""
    return [tuple(line.split(" ", 2)[1:]) for line in log.read_text().splitlines()]


class Crawl:
    """The command that is given again and again, to the built-in policy or to a simulated server."""

    IN_FLIGHT = 8

    def __init__(self, viltree, config, sets=(), simulator=None, in_flight=IN_FLIGHT):
        self.viltree, self.config, self.sets, self.simulator = viltree, config, list(sets), simulator
        if simulator:
            self.sets += ["policy.kind=openai", f"policy.limits.in_flight={in_flight}", "policy.probe=false",
                          f"policy.endpoints=[{{url: '{simulator.url}', model: viltree-simulated, dialect: vllm}}]"]

    def command(self, run, *extra):
        command = [self.viltree, "generate", self.config, "--run", str(run)]
        for item in self.sets + list(extra):
            command += ["--set", item]
        return command

    def run(self, run, *extra, env=None):
        return subprocess.run(self.command(run, *extra), capture_output=True, text=True, env=env, check=False, timeout=MOST_SECONDS)

    def undisturbed(self, run, env=None):
        done = self.run(run, env=env)
        if done.returncode != 0:
            sys.exit(f"{run.name}: exit code {done.returncode}\n{done.stderr}")
        return done


class Expected:
    """What every disturbed crawl must deliver in the end."""

    def __init__(self, viltree, run):
        self.viltree = viltree
        self.files = delivered(run)
        self.manifest = self.manifest_of(run)

    @staticmethod
    def manifest_of(run):
        manifest = json.loads((run / "manifest.json").read_text())
        manifest.pop("journal_from")  # each session begins a segment
        manifest.pop("checksum")  # of all keys
        return manifest

    def differences(self, run):
        """What is wrong with the finished run, as text; empty: nothing."""
        wrong = []
        files = delivered(run)
        wrong += [f"{name} differs or is missing" for name in self.files if files.get(name) != self.files[name]]
        wrong += [f"{name} is too many" for name in files.keys() - self.files.keys()]
        if self.manifest_of(run) != self.manifest:
            wrong.append("the manifest differs")
        wrong += [f"{path} is left over" for path in run.rglob("*.tmp")]
        for line in (run / "events.jsonl").read_text().splitlines():
            if line.count('{"time"') > 1:
                wrong.append(f"an event was written behind half of another: {line}")
        verified = subprocess.run([self.viltree, "verify", run], capture_output=True, text=True, check=False)
        if verified.returncode != 0:
            wrong.append(verified.stdout + verified.stderr)
        return wrong


def run_test(make, what, default, help_text):
    """A test of the command line: VILTREE CONFIG, its own number of cases (`what`), a seed, whether over HTTP, the library of faults, and
    settings. `make` takes these and a folder that is removed afterwards; its simulator is stopped whatever happens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("config")
    parser.add_argument(what, type=int, default=default, help=help_text)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--http", action="store_true")
    parser.add_argument("--faults", type=pathlib.Path)
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-test-") as folder:
        test = make(arguments, pathlib.Path(folder).resolve())
        try:
            test.go()
        finally:
            if test.simulator:
                test.simulator.stop()
