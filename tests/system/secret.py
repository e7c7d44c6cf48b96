#!/usr/bin/env python3
"""Crawls with an API key, and a header of a secret value, that must not be found anywhere but in the requests' headers.

usage: secret.py VILTREE [--show]

The servers repeat both in every answer that they give: in error messages, in headers, escaped, in the model's list. Looked
through are what the program prints, its arguments as the system shows them, and every file of the run, decompressed.
"""

import argparse
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

KEY = "canary-7Zq-0123456789-secret"
TEAM = 'canary "7Zq": \\ team'
SECRETS = (KEY.encode(), TEAM.encode(), json.dumps(TEAM)[1:-1].encode())
COMPLETION = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "It is \\boxed{2}."},
                           "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 6}}


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # clients may leave in the middle


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def echo(self):
        return f"{self.headers.get('Authorization', '')} and {self.headers.get('X-Team', '')}"

    def reply(self, status, body):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Echo", self.echo())
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.server.keys.add(self.echo())
        self.reply(200, json.dumps({"data": [{"id": "m", "owned_by": "vllm"}]}))

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.add(self.echo())
        self.server.count += 1
        kind = self.server.kinds[min(self.server.count, len(self.server.kinds)) - 1]
        if kind == 200:
            return self.reply(200, json.dumps(COMPLETION))
        echo = self.echo()
        escaped = "".join(f"\\u{ord(c):04x}" for c in echo)
        bodies = [json.dumps({"error": {"message": f"no: {echo}"}}), f'{{"error": {{"message": "{escaped}"}}}}',
                  f"<html>{echo}</html>", f'{{"error": {json.dumps(echo)}', json.dumps({"detail": [{"msg": echo}]})]
        return self.reply(kind, bodies[self.server.count % len(bodies)])


def serve(kinds):
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.kinds, server.count, server.keys = kinds, 0, set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def everything_in(folder):
    for path in folder.rglob("*"):
        yield str(path), str(path).encode()
        if path.suffix == ".zst":
            yield str(path), subprocess.run(["zstd", "-dcq", path], capture_output=True, check=False).stdout
        elif path.is_file():
            yield str(path), path.read_bytes()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--show", action="store_true", help="print what the program said")
    arguments = parser.parse_args()
    environment = {**os.environ, "MY_KEY": KEY, "MY_TEAM": TEAM}
    found, looked, said = [], 0, b""
    with tempfile.TemporaryDirectory(prefix="viltree-secret-") as name:
        folder = pathlib.Path(name)
        (folder / "key.txt").write_text(KEY + "\n")
        (folder / "p.jsonl").write_text("".join(
            json.dumps({"id": f"p{i}", "question": f"What is 1 + {i}?", "answer": "2"}) + "\n" for i in range(4)))
        # Good answers; failures that pass; refusals of a prefix; a refused key; nothing but failures.
        cases = {"good": [200], "failing": [500, 429, 200, 400, 200], "refused": [401], "forbidden": [403], "broken": [500]}
        for case, kinds in cases.items():
            for source in ("api_key_env: MY_KEY", f"api_key_file: {folder / 'key.txt'}"):
                server = serve(kinds)
                url = f"http://127.0.0.1:{server.server_address[1]}/v1"
                config = folder / f"{case}.yaml"
                config.write_text(
                    f"dataset: {{kind: jsonl, path: {folder / 'p.jsonl'}}}\n"
                    f"policy: {{endpoints: [{{url: '{url}', {source}}}], probe: false, headers: {{X-Team: {{env: MY_TEAM}}}}, "
                    "limits: {patience_s: 1, retries: 1}}\n"
                    "search: {strategy: math-shepherd, solutions: 1, rollouts: 1}\n")
                run = folder / f"{case}-{source[:11]}"
                commands = [["generate", config, "--run", run], ["config", "print", config], ["status", run],
                            ["status", run, "--json"], ["inspect", run], ["plan", config, "--run", run]]
                for command in commands:
                    with subprocess.Popen([arguments.viltree, *map(str, command)], env=environment,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
                        try:
                            line = pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
                        except FileNotFoundError:
                            line = b""
                        output = process.communicate()[0]
                    said += output
                    looked += 2
                    found += [f"{case}: {what} of {command[0]}"
                              for what, text in (("arguments", line), ("output", output)) if any(secret in text for secret in SECRETS)]
                if server.keys != {f"Bearer {KEY} and {TEAM}"}:
                    sys.exit(f"{case}: the server got {server.keys}")
                server.shutdown()
        (folder / "key.txt").unlink()
        for path, text in everything_in(folder):
            looked += 1
            if any(secret in text for secret in SECRETS):
                found.append(path)
    if arguments.show:
        sys.stdout.write(said.decode(errors="replace"))
    print(f"{looked} outputs, arguments and files looked through: the secrets are in {len(found)}")
    for one in found:
        print(f"  {one}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
