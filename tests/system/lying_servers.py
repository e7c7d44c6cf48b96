#!/usr/bin/env python3
"""Crawls servers that do not heed the limit of tokens, and servers whose usage counts one sibling of several, within a budget.

usage: lying_servers.py VILTREE [--tokens N]

  refused    a server that does not heed the limit is refused at the start with the reason, and nothing is crawled
  limit      without the questions at the start: what is too long counts in full, is told once, and the budget is not passed
  siblings   the usage counts one sibling of several: seen at the start, one is asked for with each request, and the counts are right
  listed     the same without the questions at the start, by a server that lists the tokens of each sibling: these are counted
  estimates  by one that does not: what cannot be is replaced by more than came, and the budget is not passed

What was generated is what the server says of itself (/stats), less what the questions at the start cost.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

CONFIG = """
dataset: {kind: demo, limit: 400}
policy: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}], max_tokens: 256, limits: {in_flight: 8}}
search: {strategy: math-shepherd, solutions: 4, rollouts: 4}
output: {unit_size: 4}
"""


class Crawls:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.config = folder / "c.yaml"
        self.config.write_text(CONFIG)

    def command(self, name, url, *extra):
        command = [self.arguments.viltree, *name, "--set", f"policy.endpoints=[{{url: '{url}'}}]"]
        for item in extra:
            command += ["--set", item]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    def crawl(self, name, oddity, *extra, dialect="vllm"):
        """The exit code, what was said, the run, and the tokens that were generated for it."""
        server = subprocess.Popen([self.arguments.viltree, "simulate", "--port", "0", "--dialect", dialect, "--oddities", oddity],
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()

            def generated():
                with urllib.request.urlopen(url.removesuffix("/v1") + "/stats") as reply:
                    return json.load(reply)["generated_tokens"]

            # Asks the questions of a start, and can afford nothing else.
            self.command(["generate", self.config, "--run", self.folder / f"{name}-start"], url, "budget.tokens=1", *extra)
            before = generated()
            run = self.folder / name
            done = self.command(["generate", self.config, "--run", run], url, f"budget.tokens={self.arguments.tokens}", *extra)
            return done.returncode, done.stderr, run, generated() - 2 * before
        finally:
            server.kill()
            server.wait()

    def expect(self, condition, name, what, said):
        if not condition:
            sys.exit(f"{name}: {what}\n{said}")

    def refused(self):
        code, said, run, tokens = self.crawl("refused", "ignores-limit")
        self.expect(code == 4, "refused", f"exit code {code}", said)
        self.expect("length limit: it does not heed it: asked for 4 tokens at most" in said, "refused", "no reason", said)
        self.expect(tokens == 0, "refused", f"{tokens} tokens were generated after the questions at the start", said)
        print("refused: exit code 4, with the reason; nothing was crawled")

    def within(self, name, oddity, told, *extra, **how):
        code, said, run, tokens = self.crawl(name, oddity, *extra, **how)
        self.expect(code == 0, name, f"exit code {code}", said)
        totals = json.loads((run / "status.json").read_text())["totals"]
        counted = totals["completion_tokens"]
        self.expect(said.count(told) == 1, name, f"told {said.count(told)} times: {told}", said)
        self.expect("budget used up" in said, name, "the budget was not used up", said)
        self.expect(tokens <= self.arguments.tokens, name, f"{tokens} tokens generated, of {self.arguments.tokens}", said)
        self.expect(counted >= tokens, name, f"{counted} tokens counted, of {tokens}", said)
        self.expect(totals["trees"] > 0, name, "no tree was finished", said)
        events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
        self.expect(sum(told.split(":")[0] == event.get("what") for event in events) == 1, name, "no event tells it", said)
        print(f"{name}: {tokens:,} tokens generated, {counted:,} counted, of {self.arguments.tokens:,}; {totals['trees']} trees")
        return tokens, counted, totals

    def go(self):
        self.refused()
        _, _, totals = self.within("limit", "ignores-limit", "length limit: not heeded", "policy.probe=false", "policy.max_tokens=24")
        self.expect(totals["verdicts"]["wrong"] == totals["verdicts"]["right"] == 0 or totals["verdicts"]["truncated"] > 0,
                    "limit", f"what is too long is not truncated: {totals['verdicts']}", "")
        tokens, counted, _ = self.within("siblings", "usage-of-one", "token counts: the usage counts one sibling of several")
        self.expect(tokens == counted, "siblings", f"{counted} tokens counted, and {tokens} generated", "")
        less = "token counts: less than the texts can be"
        tokens, counted, _ = self.within("listed", "usage-of-one", less, "policy.probe=false")
        self.expect(tokens == counted, "listed", f"{counted} tokens counted, and {tokens} generated", "")
        self.within("estimates", "usage-of-one", less, "policy.probe=false", dialect="sglang")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--tokens", type=int, default=60_000)
    with tempfile.TemporaryDirectory(prefix="viltree-lying-") as folder:
        Crawls(parser.parse_args(), pathlib.Path(folder)).go()
