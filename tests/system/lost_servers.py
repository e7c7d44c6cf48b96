#!/usr/bin/env python3
"""Takes servers away from a running crawl, and gives them back.

usage: lost_servers.py VILTREE [--away SECONDS] [--show]

  one of three    the other two go on; status says which is lost, and that it is back
  all of three    everything waits; status says since when and why; it goes on by itself
  a 400           that lasts for one prefix: the prefix is recorded as refused, and the rest goes on

Each crawl must end with the shards of an undisturbed one (but for the refused prefix), and no verdict `wrong` more. They mostly wait,
and so go on at the same time.
"""

import argparse
import atexit
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

PROBLEMS = 24


class Server:
    def __init__(self, viltree, port=0, *options):
        self.viltree, self.options = viltree, options
        self.start(port)

    def start(self, port):
        self.process = subprocess.Popen([self.viltree, "simulate", "--port", str(port), "--slots", "8", *self.options], stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # a test that fails leaves nobody waiting for its servers
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.split(":")[2].split("/")[0])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def back(self):
        self.start(self.port)


def shards(run):
    return hashlib.sha256(b"".join(f.read_bytes() for f in sorted(run.glob("shards/*.zst")))).hexdigest()


class Test:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        # So slow that the crawl is not over before the servers are back: 190,000 tokens, 16 slots, and 2 s until a status.
        self.rate = round(6000 / (arguments.away + 4))
        self.config = folder / "c.yaml"
        self.config.write_text("dataset: {kind: demo}\npolicy: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}]}\n")

    def command(self, run, servers, *extra):
        endpoints = ", ".join(f"{{url: '{server.url}', model: viltree-simulated}}" for server in servers)
        command = [self.arguments.viltree, "generate", str(self.config), "--run", str(run)]
        for item in [f"policy.endpoints=[{endpoints}]", f"dataset.limit={PROBLEMS}", "output.unit_size=8",
                     "search.strategy=visualprm", "search.solutions=2", "search.rollouts=8", *extra]:
            command += ["--set", item]
        return command

    def status(self, run):
        text = subprocess.run([self.arguments.viltree, "status", str(run)], capture_output=True, text=True, check=False).stdout
        raw = subprocess.run([self.arguments.viltree, "status", str(run), "--json"], capture_output=True, check=False).stdout
        if self.arguments.show and text:
            print("  | " + text.replace("\n", "\n  | ").rstrip("| \n"))
        return json.loads(raw) if raw else {}

    def wait(self, run, what, condition):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            path = run / "status.json"
            if path.exists() and condition(json.loads(path.read_text())):
                return
            time.sleep(0.05)
        sys.exit(f"{what}: not seen in status")

    def fresh_status(self, run, process):
        """The next that is written, every 2 s; the last one where the crawl is over. And when that was."""
        path = run / "status.json"
        before = path.stat().st_mtime_ns
        while process.poll() is None and path.stat().st_mtime_ns == before:
            time.sleep(0.01)
        return json.loads(path.read_text()), time.monotonic()

    def lose(self, name, lost):
        """A machine that has no time for us sees the loss only when the crawl is over: then by slower servers."""
        for slower in (1, 2, 4, 8):
            if self.lose_at(f"{name}-{slower}", lost, self.rate / slower):
                return
        sys.exit(f"{name}: the crawl was over before its servers were back")

    def lose_at(self, name, lost, rate):
        """False where the crawl was over before the servers could be given back."""
        servers = [Server(self.arguments.viltree, 0, "--token-rate", str(rate)) for _ in range(3)]
        run = self.folder / name
        process = subprocess.Popen(self.command(run, servers), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.wait(run, "the first answers", lambda s: s["totals"]["answers"] > 10)
        before, gone = self.fresh_status(run, process)
        for server in servers[:lost]:
            server.kill()
        self.wait(run, "lost servers", lambda s: s["state"] != "running" or
                  sum(e["condition"] == "lost" for e in s["endpoints"]) == lost)
        if self.arguments.show:
            self.status(run)
        time.sleep(max(0, self.arguments.away - (time.monotonic() - gone)))
        during, now = self.fresh_status(run, process)
        if self.arguments.show:
            self.status(run)
        answers = during["totals"]["answers"] - before["totals"]["answers"]
        print(f"{name}: {lost} of 3 servers away for {now - gone:.1f} s: {answers} answers meanwhile; state {during['state']}" +
              (f", '{during['message'][:70]}…'" if during["message"] else ""))
        if during["state"] == "finished":
            process.communicate()
            for server in servers:
                server.kill()
            return False
        if during["state"] != "running" or (lost < 3 and answers == 0):
            sys.exit(f"{name}: the crawl ended, or stood still")
        for server in servers[:lost]:
            server.back()
        if process.poll() is None:
            self.wait(run, "servers that are back", lambda s: all(e["condition"] == "ready" for e in s["endpoints"]) or
                      s["state"] != "running")
        errors = process.communicate()[1]
        for server in servers:
            server.kill()
        if process.returncode != 0:
            sys.exit(f"{name}: exit code {process.returncode}\n{errors}")
        same = shards(run) == self.shards and self.status(run)["totals"]["verdicts"] == self.verdicts
        print(f"{name}: shards and verdicts are " + ("those of the undisturbed crawl" if same else "OTHERS"))
        if not same:
            sys.exit(f"{name}: other shards or verdicts")
        return True

    def undisturbed(self):
        server = Server(self.arguments.viltree)
        run = self.folder / "undisturbed"
        subprocess.run(self.command(run, [server]), check=True, capture_output=True)
        server.kill()
        self.shards, self.verdicts = shards(run), self.status(run)["totals"]["verdicts"]

    def refuse(self):
        """A server that refuses a share of the requests for good."""
        server = Server(self.arguments.viltree, 0, "--faults", "400:0.01", "--seed", "3")
        run = self.folder / "refused"
        subprocess.run(self.command(run, [server]), check=True, capture_output=True)
        server.kill()
        refused = self.status(run)["totals"]
        print(f"refused: {refused['refusals']} prefixes refused for good, {refused['verdicts']['failed']} verdicts 'failed', "
              f"{refused['trees']} of {PROBLEMS} trees finished")
        if refused["trees"] != PROBLEMS or refused["refusals"] == 0:
            sys.exit("refused: trees are missing, or nothing was refused")

    def go(self):
        self.undisturbed()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            cases = [pool.submit(self.lose, "one-lost", 1), pool.submit(self.lose, "all-lost", 3), pool.submit(self.refuse)]
            for case in cases:
                case.result()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--away", type=float, default=60)
    parser.add_argument("--show", action="store_true", help="print `viltree status` at each moment")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-lost-") as name:
        Test(arguments, pathlib.Path(name)).go()


if __name__ == "__main__":
    main()
