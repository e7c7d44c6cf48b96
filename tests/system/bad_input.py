#!/usr/bin/env python3
"""Everything that a user may get wrong, and a server or a disk may do, against the real program: exit code and message.

usage: bad_input.py VILTREE [--show]
"""

import json
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile

VILTREE = str(pathlib.Path(sys.argv[1]).resolve())
SHOW = "--show" in sys.argv
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
DEMO = """
dataset: {kind: demo, limit: 8}
policy: {kind: simulated}
search: {strategy: math-shepherd, solutions: 2, rollouts: 2}
output: {unit_size: 4}
"""



class Place:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.failed = 0

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, *arguments, limit=None):
        prepare = None
        if limit is not None:
            def prepare():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        done = subprocess.run([VILTREE, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder,
                              preexec_fn=prepare, check=False)
        return done.returncode, done.stderr + done.stdout

    def expect(self, what, code, parts, result):
        found, text = result
        good = found == code and all(part in text for part in parts)
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {what}: exit {found}")
        if SHOW or not good:
            shown = [line for line in text.splitlines() if not re.match(r"\[[#.]+\]", line)]
            print("       " + "\n       ".join(shown[:12]))
        if not good:
            print(f"       expected exit {code} and {parts}")

    def generate(self, config, *extra, run=None, limit=None):
        run = run or self.folder / f"run-{config.stem}"
        return self.run("generate", config, "--run", run, *extra, limit=limit)


def jsonl_config(lines, more=""):
    return (f"dataset: {{kind: jsonl, path: {lines}, fields: {{images: image}}}}\n"
            "policy: {kind: simulated}\nsearch: {strategy: math-shepherd, solutions: 1, rollouts: 1}\n" + more)


def configuration(place):
    bad = place.write("key.yaml", DEMO.replace("solutions", "solutoins"))
    place.expect("unknown key", 2, ["key.yaml:4", "solutoins", "solutions"], place.run("config", "check", bad))
    bad = place.write("type.yaml", DEMO.replace("unit_size: 4", "unit_size: many"))
    place.expect("wrong type", 2, ["type.yaml:5", "output.unit_size"], place.run("config", "check", bad))
    place.expect("no such configuration", 2, ["nowhere.yaml"], place.run("generate", "nowhere.yaml"))
    bad = place.write("strategy.yaml", DEMO.replace("math-shepherd", "clever"))
    place.expect("a strategy that is not there", 2, ["available: adaptive, "],
                 place.run("config", "check", bad))
    missing = place.write("missing.yaml", jsonl_config("nowhere.jsonl"))
    place.expect("no such data set", 2, ["nowhere.jsonl"], place.generate(missing))


def data(place):
    place.write("notimage.png", "this is no image")
    rows = [{"question": "How many?", "answer": "1"},
            {"question": "How many?", "answer": "1", "image": "notimage.png"},
            {"question": "How many?"},
            {"question": "How many?", "answer": "1", "image": "../../etc/passwd"},
            {"question": "How many?", "answer": "2", "image": "data:image/png;base64," + PIXEL}]
    lines = [json.dumps(row) for row in rows] + ["{broken", "[" * 100000]
    place.write("data.jsonl", "\n".join(lines) + "\n")
    config = place.write("data.yaml", jsonl_config("data.jsonl"))
    result = place.generate(config)
    place.expect("bad lines are put aside", 0,
                 ["line 2 put aside", "notimage.png", "line 3 put aside", "answer", "line 4 put aside",
                  "line 6 put aside", "line 7 put aside", "7 of 7, 5 lines put aside"], result)
    place.expect("bad lines with crawl.strict", 2, ["line 2 put aside", "crawl.strict"],
                 place.generate(config, "--set", "crawl.strict=true", run=place.folder / "strict"))


def server_config(url, more=""):
    limits = "limits: {retries: 1, patience_s: 2, timeout_s: 5}"
    return (f"dataset: {{kind: demo, limit: 4}}\npolicy: {{kind: openai, endpoints: [{{url: '{url}'{more}}}], {limits}}}\n"
            "search: {strategy: math-shepherd, solutions: 2, rollouts: 2}\n")


def servers(place):
    down = place.write("down.yaml", server_config("http://127.0.0.1:9/v1"))
    place.expect("a server that is down", 4, ["127.0.0.1:9", "running"], place.generate(down))
    plain = place.write("plain.yaml", server_config("http://example.invalid/v1"))
    place.expect("plain http to elsewhere", 2, ["example.invalid", "https"], place.generate(plain))
    nokey = place.write("nokey.yaml", server_config("http://127.0.0.1:9/v1", ", api_key_env: VILTREE_NO_SUCH_KEY"))
    place.expect("an API key that is not set", 2, ["VILTREE_NO_SUCH_KEY"], place.generate(nokey))
    for fault, part in (("500:1", "500"), ("garbage:1", "JSON")):
        simulator = subprocess.Popen([VILTREE, "simulate", "--port", "0", "--faults", fault], stdout=subprocess.PIPE,
                                     text=True)
        try:
            url = simulator.stdout.readline().strip()
            config = place.write(f"fault-{part}.yaml", server_config(url))
            place.expect(f"a server with {fault}", 4, [part, url], place.generate(config))
            place.expect("  that was not asked at the start", 4, ["policy unreachable", part, "same command"],
                         place.generate(config, "--set", "policy.probe=false"))
        finally:
            simulator.terminate()
            simulator.wait()


def exports(place, run):
    def export(name, *arguments):
        return place.run("export", run, "--out", place.folder / f"export-{name}", *arguments)

    place.expect("an export with a filter", 0, ["rows of", "left out: ", "too short or too long"],
                 export("filter", "--format", "vilreward", "--set", "labels.max_chars=1"))
    place.expect("  with a key that is not of labels", 2, ["--set search.seed", "only keys of labels"],
                 export("seed", "--format", "trl", "--set", "search.seed=1"))
    place.expect("  with a value that is none", 2, ["labels.settled", "available: keep, drop"],
                 export("settled", "--format", "trl", "--set", "labels.settled=1"))
    place.expect("preferences", 0, ["pairwise: "], export("pairs", "--format", "pairwise", "--pair-certainty", "0.8"))
    place.expect("  under a label", 2, ["leave --label out"],
                 export("pairs-label", "--format", "pairwise", "--label", "soft"))
    place.expect("  and their bounds elsewhere", 2, ["for --format pairwise"],
                 export("pairs-trl", "--format", "trl", "--pairs-per-prefix", "1"))
    place.expect("consensus without a judge", 2, ["--judgements"], export("alone", "--format", "trl", "--label", "consensus"))
    bad = place.write("judgements.jsonl", '{"problem_id": "x", "node_id": 1, "first_wrong": null}\n{}\n')
    place.expect("  with a bad line of the judge's", 2, ["judgements.jsonl:2: ", "problem_id"],
                 export("bad", "--format", "trl", "--label", "consensus", "--judgements", bad))
    none = place.write("none.jsonl", '{"problem_id": "x", "node_id": 1, "first_wrong": null}\n')
    place.expect("  with a judge of other solutions", 0, ["judgements: 1, 0 of them", "not asked about"],
                 export("none", "--format", "trl", "--label", "consensus", "--judgements", none))
    place.expect("  at statistics", 2, ["viltree export"], place.run("stats", run, "--label", "consensus"))


def storage(place):
    config = place.write("demo.yaml", DEMO)
    run = place.folder / "full"
    place.expect("a disk that takes no more", 3, ["journal"], place.generate(config, run=run, limit=9000))
    place.expect("  and going on when there is room", 0, ["going on", "8 of 8"], place.generate(config, run=run))
    place.expect("  and the run is sound", 0, ["all is well"], place.run("verify", run))
    place.expect("a configuration that changed between runs", 2, ["search.rollouts: 2 → 3"],
                 place.generate(config, "--set", "search.rollouts=3", run=run))
    place.expect("statistics", 0, ["8    100.0%", "labels (posterior)", "suspicious\n"], place.run("stats", run))
    place.expect("  of another label, as JSON", 0, ['"trees":8', '"mode":"first-error"', '"suspicious":['],
                 place.run("stats", run, "--label", "first-error", "--json"))
    place.expect("  of a label that is not there", 2, ["there are soft, "], place.run("stats", run, "--label", "x"))
    place.expect("  of no run directory", 2, ["not a run directory"], place.run("stats", place.folder / "nothing"))
    shard = next((run / "shards").glob("*.zst"))
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    shard.write_bytes(bytes(damaged))
    place.expect("a flipped bit in a shard", 1, [shard.name, "sha256"], place.run("verify", run))
    place.expect("no run directory", 2, ["not a run directory"], place.run("inspect", place.folder / "nothing"))
    place.expect("no such problem", 2, ["did you mean 'demo-bars-000001'"],
                 place.run("inspect", run, "demo-bars-00001"))
    place.expect("no such export", 2, ["vilreward", "trl", "visualprm", "pairwise"],
                 place.run("export", run, "--format", "csv", "--out", place.folder / "out"))
    exports(place, run)
    archive = next((run / "trees").glob("*.zst"))
    archive.write_bytes(archive.read_bytes()[:-1])
    place.expect("statistics of a tree archive cut short", 3, [archive.name], place.run("stats", run))
    archive.unlink()
    place.expect("  and of one that is gone", 3, [archive.name], place.run("stats", run))


def in_use(place):
    simulator = subprocess.Popen([VILTREE, "simulate", "--port", "0", "--delay-ms", "60000"], stdout=subprocess.PIPE,
                                 text=True)
    url = simulator.stdout.readline().strip()
    config = place.write("busy.yaml", server_config(url).replace("timeout_s: 5", "timeout_s: 100"))
    run = place.folder / "busy"
    first = subprocess.Popen([VILTREE, "generate", config, "--run", run], stderr=subprocess.PIPE, text=True)
    try:
        first.stderr.readline()  # it says that it has begun
        place.expect("a run directory in use", 3, ["in use", str(first.pid)], place.generate(config, run=run))
    finally:
        first.kill()
        first.wait()
        simulator.terminate()
        simulator.wait()


def stopped_at_start(place):
    """A first Ctrl-C while a silent server is asked; without it, it would be asked for half a minute."""
    for command in (["generate"], ["plan"], ["plan", "--probe", "2"]):
        with socket.create_server(("127.0.0.1", 0)) as server:
            config = place.write("silent.yaml", server_config(f"http://127.0.0.1:{server.getsockname()[1]}/v1"))
            program = subprocess.Popen([VILTREE, command[0], config, *command[1:]], cwd=place.folder,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            try:
                server.settimeout(60)
                with server.accept()[0]:
                    program.send_signal(signal.SIGINT)
                    said, _ = program.communicate(timeout=8)
                place.expect(f"{' '.join(command)}, stopped at the start", 130, [], (program.returncode, said))
            finally:
                program.kill()
                program.wait()


def main():
    with tempfile.TemporaryDirectory(prefix="viltree-bad-") as folder:
        place = Place(folder)
        for part in (configuration, data, servers, storage, in_use, stopped_at_start):
            part(place)
    if place.failed:
        sys.exit(f"{place.failed} failed")


if __name__ == "__main__":
    main()
