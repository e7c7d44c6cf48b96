#!/usr/bin/env python3
"""Crawls servers whose replies are valid and odd, streamed and not.

usage: odd_servers.py VILTREE [--problems N] [--faults SPEC]

  forms      keep-alives in all forms, ends told twice, no [DONE], lists of parts, indices that are all 0, words in capitals:
             the shards are those of a server without oddities
  choices    no content, the call of a tool, a refusal, "abort", no finish_reason, each bound to the sibling's seed:
             the crawl ends with exit code 0, the verdicts say what became of the odd ones, and streamed and whole replies give the
             same shards, with faults and without
  restated   a model that is reprompted and echoes our tags, talks of the continuation, repeats the prefix or its last step: the
             shards are those of a model that goes on; where it begins again or says nothing else the sibling has failed
  thinking   a model that thinks before its solution, in the text or apart: with policy.thinking: drop the rows are those of a model
             that does not think, but for the tokens; with text the thoughts are steps, and servers that cannot go on from them are
             refused; what ends within thoughts is truncated
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

FORMS = {"whole": "parts,same-index,capitals", "stream": "capitals,keep-alive,finish-twice,no-done"}
CHOICES = {"null": "unparsed", "null-length": "truncated", "tool-call": "filtered", "refusal": "filtered", "abort": "failed", "no-word": "failed"}
FINISHES = {"length": "truncated", "filter": "filtered", "lost": "failed"}
STRIPPED = "tags:0.1,preamble:0.1,restated:0.1,restated-step:0.1"
REJECTED = {"restarted": "failed", "only-restated": "failed"}
ALL = "null:0.03,null-length:0.03,tool-call:0.03,refusal:0.03,abort:0.03,no-word:0.03"


class Crawls:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.config = folder / "c.yaml"
        self.config.write_text("dataset: {kind: demo}\npolicy: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}]}\n")

    def crawl(self, name, stream, oddities="", faults="", dialect="vllm", settings=()):
        """The run and the verdicts of a crawl of an odd server."""
        run, done = self.generate(name, stream, oddities, faults, dialect, settings)
        if done.returncode != 0:
            sys.exit(f"{name}: exit code {done.returncode}\n{done.stderr}")
        status = json.loads((run / "status.json").read_text())
        return run, status["totals"]["verdicts"]

    def generate(self, name, stream, oddities, faults, dialect, settings):
        options = ["--dialect", dialect, *(["--oddities", oddities] if oddities else []), *(["--faults", faults, "--seed", "5"] if faults else [])]
        server = subprocess.Popen([self.arguments.viltree, "simulate", "--port", "0", *options], stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()
            run = self.folder / name
            command = [self.arguments.viltree, "generate", str(self.config), "--run", str(run)]
            for item in (f"policy.endpoints=[{{url: '{url}'}}]", f"policy.stream={str(stream).lower()}",
                         f"policy.continuation={'reprompt' if dialect == 'openai' else 'exact'}", f"dataset.limit={self.arguments.problems}", "output.unit_size=4",
                         *(settings if any("search." in one for one in settings) else ("search.effort=12", *settings))):
                command += ["--set", item]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        finally:
            server.kill()
            server.wait()
        return run, done


def shards(run):
    return hashlib.sha256(b"".join(f.read_bytes() for f in sorted(run.glob("shards/*.zst")))).hexdigest()


def check_forms(crawls, healthy):
    for way, forms in FORMS.items():
        for faults in ("", crawls.arguments.faults):
            name = f"forms-{way}{'-faults' if faults else ''}"
            run, _ = crawls.crawl(name, way == "stream", forms, faults)
            if shards(run) != healthy:
                sys.exit(f"{name}: other shards than those of a server without oddities")
    print("forms: streamed and not, with and without faults: the shards of a server without oddities")


def rollouts(run):
    for archive in sorted(run.glob("trees/*.zst")):
        text = subprocess.run(["zstd", "-dc", archive], capture_output=True, check=True).stdout
        for line in text.splitlines():
            yield from json.loads(line).get("rollouts", [])


def check_choices(crawls):
    for kind, verdict in CHOICES.items():
        run, verdicts = crawls.crawl(f"choice-{kind}", False, f"{kind}:0.1")
        decided = [one for one in rollouts(run) if one["finish"] != "stop" and one["verdict"] != FINISHES[one["finish"]]]
        if decided:
            sys.exit(f"choice-{kind}: the verdict is not that of the end: {decided[0]}")
        if verdicts[verdict] == 0:
            sys.exit(f"choice-{kind}: no rollout is {verdict}: {verdicts}")
        print(f"choices: {kind}: {verdicts}")


def check_ways(crawls):
    seen = {}
    for stream in (False, True):
        for faults in ("", crawls.arguments.faults):
            name = f"ways-{stream}-{'faults' if faults else 'none'}".lower()
            run, verdicts = crawls.crawl(name, stream, ALL, faults)
            seen.setdefault((shards(run), json.dumps(verdicts)), []).append(name)
    if len(seen) != 1:
        sys.exit(f"ways: streamed and whole replies, with faults and without, differ: {list(seen.items())}")
    print(f"ways: {', '.join(next(iter(seen.values())))}: the same shards, {next(iter(seen))[1]}")


def costs(run):
    status = json.loads((run / "status.json").read_text())
    return {cost["what"]: cost["text"] for endpoint in status["endpoints"] for cost in endpoint["costs"]}


def check_restated(crawls):
    seen = {}
    for stream in (False, True):
        for oddities, faults in (("", ""), (STRIPPED, ""), (STRIPPED, crawls.arguments.faults)):
            name = f"restated-{stream}-{'odd' if oddities else 'plain'}-{'faults' if faults else 'none'}".lower()
            run, verdicts = crawls.crawl(name, stream, oddities, faults, "openai")
            seen.setdefault((shards(run), json.dumps(verdicts)), []).append(name)
            if ("restated prefixes" in costs(run)) != bool(oddities):
                sys.exit(f"{name}: what costs: {costs(run)}")
    if len(seen) != 1:
        sys.exit(f"restated: other shards than those of a model that goes on: {list(seen.items())}")
    print(f"restated: streamed and not, with and without faults: the shards of a model that goes on; {costs(run)['restated prefixes']}")
    for kind, verdict in REJECTED.items():
        ways = {}
        for stream in (False, True):
            run, verdicts = crawls.crawl(f"restated-{kind}-{stream}".lower(), stream, f"{kind}:0.1", "", "openai")
            ways[shards(run)] = verdicts
        if len(ways) != 1 or verdicts[verdict] == 0:
            sys.exit(f"restated: {kind}: streamed and whole replies differ, or no rollout is {verdict}: {ways}")
        print(f"restated: {kind}: {verdicts}; {costs(run)['restated prefixes']}")


def rows(run, without):
    for shard in sorted(run.glob("shards/*.zst")):
        text = subprocess.run(["zstd", "-dc", shard], capture_output=True, check=True).stdout
        for line in text.splitlines():
            yield {key: value for key, value in json.loads(line).items() if key not in without}


def check_dropped(crawls):
    """By a strategy that does not reckon with what its rollouts cost."""
    other = ("tokens", "continuation", "config_hash")
    search = ("search.strategy=math-shepherd", "search.solutions=2", "search.rollouts=3")
    wanted = list(rows(crawls.crawl("not-thinking", False, settings=search)[0], other))
    for form in ("thinking", "thinking-opened", "thinking-apart"):
        for stream in (False, True):
            name = f"dropped-{form}-{stream}".lower()
            run, _ = crawls.crawl(name, stream, form, settings=("policy.thinking=drop", *search))
            if list(rows(run, other)) != wanted:
                sys.exit(f"{name}: other rows than those of a model that does not think")
            if {row["continuation"] for row in rows(run, ())} != {"exact-thinking-dropped"} or "thinking" not in costs(run):
                sys.exit(f"{name}: it is not said that thoughts are dropped")
    print(f"thinking: dropped: streamed and not, in all forms: the rows of a model that does not think; {costs(run)['thinking']}")


def check_thoughts_as_text(crawls):
    seen = {}
    for stream in (False, True):
        run, verdicts = crawls.crawl(f"thoughts-{stream}".lower(), stream, "thinking")
        seen[shards(run)] = verdicts
        if not all(row["process"].startswith("<think>\n") for row in rows(run, ())):
            sys.exit("thinking: text: a solution does not begin with its thoughts")
    if len(seen) != 1 or verdicts["right"] == 0 or verdicts["unparsed"] > 0:
        sys.exit(f"thinking: text: streamed and whole replies differ, or thoughts have hidden answers: {seen}")
    print(f"thinking: text: streamed and not: {verdicts}; {costs(run)['thinking']}")
    for form, cause in {"thinking-opened": "chat template opens the thoughts", "thinking-apart": "takes the model's thoughts out"}.items():
        _, done = crawls.generate(f"thoughts-{form}", False, form, "", "vllm", ())
        if done.returncode == 0 or cause not in done.stderr or "policy.thinking to drop" not in done.stderr:
            sys.exit(f"thinking: text: {form}: exit code {done.returncode}\n{done.stderr}")
        print(f"thinking: text: {form}: exit code {done.returncode}: {done.stderr.strip().splitlines()[-1]}")


def check_unclosed(crawls):
    for form in ("thinking", "thinking-apart"):
        for thinking in ("drop", "text") if form == "thinking" else ("drop",):
            run, verdicts = crawls.crawl(f"unclosed-{form}-{thinking}", True, f"{form},unclosed:0.3", settings=(f"policy.thinking={thinking}",))
            odd = [one for one in rollouts(run) if one["finish"] == "length" and one["verdict"] != "truncated"]
            if odd or verdicts["truncated"] == 0:
                sys.exit(f"unclosed: {form}: {verdicts}: {odd}")
            print(f"thinking: unclosed: {form}, {thinking}: {verdicts}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--faults", default="503:0.05,reset:0.05,truncated:0.05,garbage:0.05", help="beside the oddities")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-odd-") as name:
        crawls = Crawls(arguments, pathlib.Path(name))
        whole, streamed = (crawls.crawl(f"healthy-{stream}", stream)[0] for stream in (False, True))
        if shards(whole) != shards(streamed):
            sys.exit("a server without oddities gives other shards when its replies are streamed")
        healthy = shards(whole)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for case in [pool.submit(check_forms, crawls, healthy), pool.submit(check_choices, crawls), pool.submit(check_ways, crawls), pool.submit(check_restated, crawls),
                         pool.submit(check_dropped, crawls), pool.submit(check_thoughts_as_text, crawls), pool.submit(check_unclosed, crawls)]:
                case.result()


if __name__ == "__main__":
    main()
