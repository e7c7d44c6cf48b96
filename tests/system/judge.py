#!/usr/bin/env python3
"""A crawl whose final answers are decided by a judge on a server of its own, which is killed, and loses its judge.

usage: judge.py VILTREE [--kills N] [--seed S]

  killed      `viltree generate` is killed at random moments and resumed: it delivers the bytes of an undisturbed crawl, and asks the
              judge exactly the questions whose rulings were not in the journal at the kill
  no judge    its server is gone: trees wait, no answer is wrong for that, the run ends with exit code 4 and what to do; when the
              server is back, the same command ends with the same bytes
  tried       a judge that says nothing is refused at the start with its words, before the policy is asked anything
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from harness import Simulator, delivered, whole_frames  # noqa: E402

PROBLEMS = 16
CONFIG = """
dataset: {kind: jsonl, path: problems.jsonl, answer: {type: judge}}
policy: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}], probe: false, limits: {in_flight: 8, retries: 1}}
judge: {kind: openai, endpoints: [{url: 'http://127.0.0.1:1/v1'}], in_flight: 4}
search: {strategy: math-shepherd, solutions: 4, rollouts: 4}
output: {unit_size: 4}
"""


def rulings(run):
    """Those in whole frames of the journal."""
    lines = [line for segment in sorted(run.glob("journal/*.zst")) for line in whole_frames(segment).splitlines()]
    return sum(b'"ruling":' in line for line in lines)


class Test:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.random = random.Random(arguments.seed)
        self.config = folder / "c.yaml"
        self.config.write_text(CONFIG)
        problems = [{"id": f"q{i}", "question": f"Which way does robot {i} turn first?\n(A) left\n(B) right\n(C) back",
                     "answer": f"option {'ABC'[i % 3]}"} for i in range(PROBLEMS)]
        (folder / "problems.jsonl").write_text("".join(json.dumps(problem) + "\n" for problem in problems))
        self.policy = Simulator(arguments.viltree, folder / "policy.log")
        self.judges = 0
        self.judge = self.new_judge()

    def new_judge(self):
        self.judges += 1
        return Simulator(self.arguments.viltree, self.folder / f"judge-{self.judges}.log")

    def stop(self):
        self.policy.stop()
        self.judge.stop()

    def asked(self):
        """What the judge was asked since the last call, by its seeds. Another server takes over, and the one that was asked is stopped
        first: it may still have requests of a killed process in its sockets, which it would log after a look at the log of one that runs."""
        self.judge.stop()
        requests = [json.loads(line) for line in self.judge.lines()]
        self.judge = self.new_judge()
        return [request["seed"] for request in requests if request.get("seed") is not None]

    def command(self, run, *extra):
        command = [self.arguments.viltree, "generate", str(self.config), "--run", str(run)]
        for item in (f"policy.endpoints=[{{url: '{self.policy.url}', model: viltree-simulated}}]",
                     f"judge.endpoints=[{{url: '{self.judge.url}', model: viltree-simulated}}]", *extra):
            command += ["--set", item]
        return command

    def generate(self, run, *extra):
        return subprocess.run(self.command(run, *extra), capture_output=True, text=True, check=False)

    def fail(self, what):
        sys.exit(f"seed {self.arguments.seed}: {what}")

    def expect(self, condition, what, done=None):
        if not condition:
            self.fail(what + (f"\n{done.stdout}{done.stderr}" if done else ""))

    def undisturbed(self):
        run = self.folder / "undisturbed"
        done = self.generate(run)
        self.expect(done.returncode == 0, "the undisturbed crawl failed", done)
        asked = self.asked()
        self.questions = set(asked)
        self.expect(len(asked) == len(set(asked)) == rulings(run), "a question was asked twice, or its ruling is not in the journal")
        status = json.loads(subprocess.run([self.arguments.viltree, "status", str(run), "--json"], capture_output=True, check=True).stdout)
        judge = status["totals"]["judge"]
        self.expect(judge["asked"] == len(asked) and judge["rules_untold"]["right"] > 0 and judge["rules_untold"]["wrong"] > 0,
                    f"status counts otherwise: {judge}")
        self.expect(status["totals"]["verdicts"]["failed"] == 0, "a verdict failed")
        verified = subprocess.run([self.arguments.viltree, "verify", str(run)], capture_output=True, text=True, check=False)
        self.expect(verified.returncode == 0, "verify found something", verified)
        self.files = delivered(run)
        print(f"undisturbed: {status['totals']['rollouts']} rollouts, {judge['asked']} questions to the judge")

    def killed(self, number):
        run = self.folder / f"killed-{number}"
        process = subprocess.Popen(self.command(run), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = self.random.randrange(3 * PROBLEMS)  # a kill when the judge has been asked so much
        while process.poll() is None and len(self.judge.lines()) < wanted:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        known = rulings(run)
        before = self.asked()
        done = self.generate(run)
        self.expect(done.returncode == 0, "the resumed crawl failed", done)
        after = self.asked()
        for session in (before, after):
            self.expect(len(session) == len(set(session)) and self.questions.issuperset(session), "a session asks twice, or other questions")
        self.expect(len(after) == len(self.questions) - known,
                    f"{len(after)} questions asked after a kill, of {len(self.questions)} with {known} rulings in the journal")
        self.expect(self.questions == set(before) | set(after), "a question was never asked")
        again = len(set(before) & set(after))
        self.expect(delivered(run) == self.files, "a killed crawl delivers other files")
        return known, again

    def without_judge(self):
        run = self.folder / "no-judge"
        url, self.judge.url = self.judge.url, "http://127.0.0.1:1/v1"
        done = self.generate(run, "policy.limits.patience_s=0.5")
        self.expect(done.returncode == 4 and "127.0.0.1:1" in done.stderr, f"exit code {done.returncode}", done)
        self.judge.url = url
        done = self.generate(run)
        self.expect(done.returncode == 0, "it does not go on", done)
        self.expect(delivered(run) == self.files, "it delivers other files")

    def tried(self):
        """With the questions at the start: a judge that says nothing is refused before the policy is asked anything; another is not."""
        probing = "policy.probe=true"
        asked = len(self.policy.lines())
        mute = Simulator(self.arguments.viltree, self.folder / "mute.log", "--oddities", "null:1")
        url, self.judge.url = self.judge.url, mute.url
        done = self.generate(self.folder / "tried", probing)
        mute.stop()
        self.expect(done.returncode == 4 and "the judge cannot be used: asked whether the answer \"blue\"" in done.stderr,
                    f"a mute judge: exit code {done.returncode}", done)
        self.expect(len(self.policy.lines()) == asked, "the policy was asked before the judge was found mute")
        self.judge.url = url
        done = self.generate(self.folder / "tried", probing)
        self.expect(done.returncode == 0, "a judge that answers is refused", done)
        self.expect(delivered(self.folder / "tried") == self.files, "after a trial it delivers other files")

    def thinks(self):
        """A judge's thoughts decide nothing, where the server gives them apart."""
        thinker = Simulator(self.arguments.viltree, self.folder / "thinker.log", "--oddities", "thinking-apart")
        url, self.judge.url = self.judge.url, thinker.url
        done = self.generate(self.folder / "thinks")
        thinker.stop()
        self.judge.url = url
        self.expect(done.returncode == 0, "a judge that thinks is refused", done)
        of = lambda files: {name: files[name] for name in files if "shards" in name}
        self.expect(of(delivered(self.folder / "thinks")) == of(self.files), "a judge that thinks rules otherwise")

    def go(self):
        self.undisturbed()
        known = again = 0
        for number in range(self.arguments.kills):
            one = self.killed(number)
            known += one[0]
            again += one[1]
        print(f"seed {self.arguments.seed}: {self.arguments.kills} kills; {known} rulings in the journal by then, none of them asked again; "
              f"{again} questions asked again that were in flight")
        self.without_judge()
        print("without a judge: exit code 4; with it, the same files")
        self.thinks()
        print("a judge that thinks apart: the same shards")
        self.tried()
        print("a mute judge: exit code 4, and nothing asked of the policy; one that answers: the same files")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-test-") as folder:
        test = Test(arguments, pathlib.Path(folder).resolve())
        try:
            test.go()
        finally:
            test.stop()
