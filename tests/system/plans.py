#!/usr/bin/env python3
"""Compares plans with the crawls that they planned, by servers in several dialects.

usage: plans.py VILTREE [--problems N] [--most SHARE]

  plan   the simulated model is described by options, as a user would describe a model that he knows; how many siblings come with a
         request, and what prompts are to the server, is found out
  probe  half of the problems are crawled, and planned with

Requests, rollouts and tokens of the whole crawl differ by SHARE at most.
"""

import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

CONFIG = """
dataset: {kind: demo}
policy: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}]}
search: {strategy: math-shepherd, solutions: 4, rollouts: 8}
output: {unit_size: 16}
"""
MODEL = ["--steps", "6.7", "--tokens-per-step", "23.6", "--bytes-per-token", "3.5", "--trees", "96"]
DIALECTS = {"vllm": "", "llama-server": "", "tgi": ", chat_template: chatml", "openai": ""}
QUANTITIES = ["requests", "rollouts", "prompt_tokens", "cached_tokens", "generated_tokens"]


class Plans:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.config = folder / "c.yaml"
        self.config.write_text(CONFIG)

    def viltree(self, name, *rest):
        done = subprocess.run([self.arguments.viltree, *name, *rest], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            sys.exit(f"{name}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout

    def server(self, dialect):
        server = subprocess.Popen([self.arguments.viltree, "simulate", "--port", "0", "--dialect", dialect, "--slots", "64",
                                   "--cache-tokens", "4000000"], stdout=subprocess.PIPE, text=True)
        return server, server.stdout.readline().strip()

    def options(self, dialect, url, more):
        options = []
        for item in (f"policy.endpoints=[{{url: '{url}'{more}}}]", f"dataset.limit={self.arguments.problems}",
                     *(["policy.continuation=reprompt"] if dialect == "openai" else [])):
            options += ["--set", item]
        return options

    def compare(self, dialect, more):
        """How far the plans are off, at the worst. The probe has a server of its own, whose cache knows nothing of the crawl."""
        servers = [self.server(dialect), self.server(dialect)]
        try:
            (whole, part) = (self.options(dialect, url, more) for _, url in servers)

            def cached():
                with urllib.request.urlopen(servers[0][1].removesuffix("/v1") + "/stats") as reply:
                    return json.load(reply)["cached_tokens"]

            plans = {"plan": json.loads(self.viltree(["plan", self.config], "--json", *MODEL, *whole))}
            before = cached()
            run = self.folder / dialect
            self.viltree(["generate", self.config, "--run", run], *whole)
            made = self.made(run, cached() - before)
            probe = ["--run", self.folder / f"{dialect}-part", "--probe", str(self.arguments.problems // 2)]
            plans["probe"] = json.loads(self.viltree(["plan", self.config], "--json", *probe, *part))
        finally:
            for server, _ in servers:
                server.kill()
                server.wait()
        return max(self.show(dialect, way, plan, made) for way, plan in plans.items())

    @staticmethod
    def made(run, cached):
        status = json.loads((run / "status.json").read_text())
        totals = status["totals"]
        return {"requests": status["requests"], "rollouts": totals["rollouts"], "prompt_tokens": totals["prompt_tokens"],
                "cached_tokens": cached, "generated_tokens": totals["completion_tokens"]}

    @staticmethod
    def show(dialect, way, plan, made):
        worst = 0
        for name in QUANTITIES:
            planned = plan["quantities"][name]
            if planned is None:
                print(f"{dialect:13} {way:6} {name:17} planned      unknown   made {made[name]:12,}")
                continue
            share = planned["total"]["mean"] / made[name] - 1
            worst = max(worst, abs(share))
            print(f"{dialect:13} {way:6} {name:17} planned {planned['total']['mean']:12,.0f}   made {made[name]:12,}   {100 * share:+5.1f}%")
        return worst

    def go(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            worst = dict(zip(DIALECTS, pool.map(self.compare, DIALECTS, DIALECTS.values())))
        far = [dialect for dialect, share in worst.items() if share > self.arguments.most]
        if far:
            sys.exit(f"plans and crawls differ by more than {100 * self.arguments.most:.0f}%: {', '.join(far)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--problems", type=int, default=32)
    parser.add_argument("--most", type=float, default=0.15)
    with tempfile.TemporaryDirectory(prefix="viltree-plans-") as folder:
        Plans(parser.parse_args(), pathlib.Path(folder)).go()
