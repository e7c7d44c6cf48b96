#!/usr/bin/env python3
"""What comes from outside and means harm, against the real program.

usage: hostile.py VILTREE [--only CASE] [--any-memory] [--show]

  image paths     of a data set that lead out of its root: put aside, and nothing of the file gets into the run
  texts           of a model, a server and a data set, with escape sequences, bidirectional overrides, quotes and line feeds: none
                  of them reaches a terminal, a file's name, or the syntax of DOT, JSON, YAML or metrics, and the data keep them as they are
  bombs           of zstd as data set, as tree archive and as journal: refused within bounded memory
  answers         nested 100,000 levels deep, without an end, or with a text of many megabytes: refused within bounded memory
  certificates    that nobody trusts, that are expired, for another host: refused, and nothing is sent, least of all the key; one
                  that the system trusts (as root, where /etc/ssl can be covered for one process), or that ca_file vouches for: used
"""

import argparse
import hashlib
import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
from harness import MOST_SECONDS, STORAGE, text_of  # noqa: E402

USAGE, POLICY = 2, 4
MIB = 1 << 20
BOMB = 320  # MiB, more than any frame may have
KEY = "canary-4Kd-9876543210-secret"
EVIL = "\x1b[2J\x1b]0;title\x07\u202e\u2066 \\\"]; } </script><img src=x> \x00\x08\r &#27; \x85\x9b31m"
TERMINAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients may leave in the middle

    def finish_request(self, request, address):
        if self.context:
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, address)
        if self.context:
            request.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, pieces, status=200):
        """Pieces of a body, whose length is not told before."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        self.server.requests.append(self.headers.get("Authorization"))
        self.reply([json.dumps({"data": [{"id": self.server.model, "owned_by": "vllm"}]}).encode()])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(self.headers.get("Authorization"))
        self.reply(*self.server.answer(len(self.server.requests)))


def serve(answer, model="m", context=None):
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.answer, server.model, server.context, server.requests = answer, model, context, []
    server.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def completion(text):
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": 9, "completion_tokens": 6}}).encode()


class Place:
    def __init__(self, arguments, folder):
        self.viltree, self.show, self.folder = arguments.viltree, arguments.show, folder
        self.any_memory = arguments.any_memory
        self.failed = 0

    def tell(self, what, wrong, said=""):
        self.failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {what}" + (f": {wrong!r}" if wrong else ""), flush=True)
        if wrong or self.show:
            print("       " + "\n       ".join(repr(line)[1:-1][:400] for line in said.splitlines()[:20]))

    def run(self, *arguments, before=()):
        """(exit code, output and errors, the most memory in MiB)."""
        with open(self.folder / "said", "w+b") as said:
            process = subprocess.Popen([*before, self.viltree, *map(str, arguments)], stdout=said, stderr=subprocess.STDOUT, cwd=self.folder,
                                       env={**os.environ, "MY_KEY": KEY})
            timer = threading.Timer(MOST_SECONDS, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            return process.returncode, said.read().decode(errors="surrogateescape"), usage.ru_maxrss // 1024

    def expect(self, what, result, code, parts, most_memory=None):
        found, said, memory = result
        wrong = [f"exit code {found}, not {code}"] if found != code else []
        wrong += [f"does not say '{part}'" for part in parts if part not in said]
        wrong += [f"a terminal would act on {TERMINAL.search(line).group()!r}" for line in self.lines(said) if TERMINAL.search(line)]
        if most_memory and memory > most_memory and not self.any_memory:
            wrong.append(f"took {memory} MiB")
        self.tell(what + (f" ({memory} MiB)" if most_memory else ""), "; ".join(wrong), said)

    @staticmethod
    def lines(said):
        """Without the progress, which returns to the beginning of its line."""
        return said.replace("\r[", "\n[").replace("\r\n", "\n").split("\n")

    def config(self, name, data, policy="kind: simulated", more=""):
        path = self.folder / f"{name}.yaml"
        path.write_text(f"dataset: {{kind: jsonl, path: {data}, fields: {{images: image}}}}\npolicy: {{{policy}}}\n"
                        "search: {strategy: math-shepherd, solutions: 1, rollouts: 1}\noutput: {unit_size: 2}\n" + more)
        return path

    def rows(self, name, rows):
        path = self.folder / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path


def endpoint(server, more=""):
    return (f"kind: openai, endpoints: [{{url: '{server.url}', dialect: vllm, api_key_env: MY_KEY{more}}}], probe: false, "
            "limits: {patience_s: 1, retries: 1, timeout_s: 60}")


def image_paths(place):
    secret = "the secret of another folder"
    (place.folder / "secret.png").write_text(secret)
    root = place.folder / "set"
    root.mkdir()
    (root / "link.png").symlink_to("../secret.png")
    (root / "up").symlink_to("..")
    (root / "zero").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe")
    paths = ["../secret.png", str(place.folder / "secret.png"), "link.png", "up/secret.png", "a/../../secret.png", "zero", "pipe", "file:///etc/passwd",
             "http://127.0.0.1:1/a.png", "link.png\x00.png", "." * 5000, "."]
    data = place.rows("set/data.jsonl", [{"question": "?", "answer": "1", "image": path} for path in paths] + [{"question": "?", "answer": "1"}])
    run = place.folder / "image-run"
    place.expect("image paths that lead out of the root", place.run("generate", place.config("images", data), "--run", run), 0,
                 [f"line {i + 1} put aside" for i in range(len(paths))] + ["without '..'", "outside", "is no file", "not fetched"])
    told = [path for path in run.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    place.tell("  nothing of them gets into the run", told or list((run / "images").rglob("*.*")))


def quoted_dot(text):
    """What is left of a DOT file without its quoted strings."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.S)


def texts(place):
    server = serve(lambda n: ([completion(f"Step 1: {EVIL}\n\nIt is \\boxed{{{EVIL if n % 3 else 2}}}.")],), model=f"m{EVIL}\n# evil")
    ids = [f"../../evil-{i}{EVIL}".replace("\0", "") for i in range(4)]  # no argument can have a NUL
    data = place.rows("texts.jsonl", [{"id": name, "question": f"Why? {EVIL}", "answer": "2", "source": EVIL, "split": EVIL} for name in ids]
                      + [{"question": EVIL}, {"id": EVIL * 40, "question": "?", "answer": "1", "image": EVIL}])
    run = place.folder / "text-run"
    place.expect("hostile texts", place.run("generate", place.config("texts", data, endpoint(server)), "--run", run), 0, ["put aside", "finished"])
    server.shutdown()
    for command in (["status", run], ["stats", run], ["inspect", run], ["verify", run], ["kernel", run], ["inspect", run, ids[0], "--rollouts", "--all"]):
        place.expect(f"  {command[0]} {' '.join(map(str, command[3:]))}", place.run(*command), 0, [])
    place.expect("  inspect of a problem that is not there", place.run("inspect", run, ids[0][:-1]), USAGE, [])
    names = [str(path.relative_to(run)) for path in run.rglob("*") if not re.fullmatch(r"[a-z0-9_./-]+", str(path.relative_to(run)))]
    place.tell("  the names of files", names)
    rows = [json.loads(line) for shard in run.glob("shards/*.zst") for line in text_of(shard).splitlines()]
    place.tell("  the data keep them", "" if rows and all(EVIL in row["process"] for row in rows) else "not all rows have the text", str(rows[:1]))
    place.tell("  status.json, events.jsonl", broken_json([run / "status.json"]) or broken_json([run / "events.jsonl"], lines=True))
    wrong = [line for line in (run / "metrics.prom").read_bytes().decode().split("\n") 
             if line and (TERMINAL.search(line) or not re.match(r"#|viltree_[a-z_]+(\{.*\})? \S+$", line))]
    place.tell("  metrics.prom", wrong)
    shown = json.loads(place.run("inspect", run, ids[0], "--format", "json")[1])
    place.tell("  inspect as JSON", "" if EVIL in json.dumps(shown, ensure_ascii=False).encode().decode() or EVIL in texts_in(shown) else "the text is another")
    dot = place.run("inspect", run, ids[0], "--format", "dot", "--all")[1]
    left = quoted_dot(dot)
    place.tell("  inspect as DOT", "quotes are open" if '"' in left or "script" in left or "img" in left or TERMINAL.search(dot) else "", dot)
    for name in ("vilreward", "trl", "visualprm", "pairwise"):
        out = place.folder / f"export-{name}"
        place.expect(f"  export as {name}", place.run("export", run, "--format", name, "--out", out), 0, [])
        files = [path for path in out.rglob("*") if path.is_file()]
        outside = [str(path) for path in files if not re.fullmatch(r"[A-Za-z0-9_./-]+", str(path.relative_to(out)))]
        outside += [str(path) for path in files if path.suffix == ".md" and TERMINAL.search(path.read_text())]
        place.tell("    its files", outside or broken_json([path for path in files if path.suffix == ".json"])
                   or broken_json([path for path in files if path.suffix == ".jsonl"], lines=True))
    refusing = serve(lambda n: ([json.dumps({"error": {"message": EVIL}}).encode()], 401), model="m")
    place.expect("a hostile error message", place.run("generate", place.config("error", data, endpoint(refusing)), "--run", place.folder / "error-run"),
                 POLICY, ["401"])
    refusing.shutdown()


def texts_in(value):
    if isinstance(value, dict):
        return "".join(texts_in(one) for one in value.values())
    return "".join(texts_in(one) for one in value) if isinstance(value, list) else str(value)


def broken_json(paths, lines=False):
    for path in paths:
        for text in path.read_text().split("\n") if lines else [path.read_text()]:
            try:
                json.loads(text or "null")
            except ValueError as error:
                return f"{path}: {error}"
    return ""


def bomb(path, size, suffix):
    """A zstd frame of zeros, written without taking their memory here."""
    with open(path, "wb") as out, subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=out) as zstd:
        for _ in range(size // MIB):
            zstd.stdin.write(bytes(MIB))
        zstd.stdin.write(suffix)
        zstd.stdin.close()


def bombs(place):
    data = place.folder / "bomb.jsonl.zst"
    bomb(data, BOMB * MIB, suffix=b'\n{"question": "?", "answer": "1"}\n')
    place.expect("a data set with a line of endless zeros", place.run("generate", place.config("bomb", data), "--run", place.folder / "bomb-run"), 0,
                 ["line 1 put aside", str(64 * MIB)], most_memory=200)
    run = place.folder / "bombed"
    demo = place.folder / "demo.yaml"
    demo.write_text("dataset: {kind: demo, limit: 4}\npolicy: {kind: simulated}\nsearch: {strategy: math-shepherd, solutions: 1, rollouts: 1}\noutput: {unit_size: 2}\n")
    place.run("generate", demo, "--run", run)
    archive = run / "trees" / "unit-000000.jsonl.zst"
    bomb(archive, BOMB * MIB, suffix=b"\n")
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["units"][0]["tree_archive"].update(bytes=archive.stat().st_size, sha256=hashlib.sha256(archive.read_bytes()).hexdigest())
    manifest.pop("checksum")  # of the old ones; a manifest without one is taken
    (run / "manifest.json").write_text(json.dumps(manifest))
    for command in (["stats", run], ["inspect", run], ["export", run, "--format", "trl", "--out", place.folder / "bomb-export"]):
        place.expect(f"a tree archive of endless zeros, for {command[0]}", place.run(*command), STORAGE, [archive.name], most_memory=200)
    place.expect("  and for verify", place.run("verify", run), 1, [archive.name], most_memory=200)
    journal = place.folder / "journal-bomb"
    place.run("generate", demo, "--run", journal)
    (journal / "manifest.json").unlink()  # so that all of the journal is read
    bomb(next((journal / "journal").glob("*.zst")), BOMB * MIB, suffix=b"\n")
    with open(journal / "journal" / "000002.jsonl.zst", "wb"):
        pass
    place.expect("a journal of endless zeros", place.run("generate", demo, "--run", journal), STORAGE, ["journal"], most_memory=200)


def answers(place):
    data = place.rows("answers.jsonl", [{"question": "?", "answer": "2"}])
    zeros = [b"0" * MIB]
    cases = {"nested 100,000 levels deep": (lambda n: ([b"[" * 100000],), "nested too deeply"),
             "nested deep within an answer": (lambda n: ([completion("x").replace(b'"x"', b"[" * 100000 + b"]" * 100000)],), "nested too deeply"),
             "without an end": (lambda n: (zeros * BOMB,), f"more than {64 * MIB} bytes"),
             "with a text of 40 MiB": (lambda n: ([completion("It is \\boxed{2}. " + "x" * 40 * MIB)],), f"more than {4 * MIB} bytes")}
    for what, (answer, part) in cases.items():
        server = serve(answer)
        run = place.folder / f"answer-{len(what)}"
        place.expect(f"an answer {what}", place.run("generate", place.config("answers", data, endpoint(server)), "--run", run, "--set", "policy.probe=true"), POLICY,
                     [server.url, part], most_memory=320)
        server.shutdown()


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certificate(folder, name, subject, days):
    """Signed by the authority of this folder, for `subject`, as a subjectAltName."""
    (folder / "extension").write_text(f"subjectAltName={subject}")
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", str(days),
            "-extfile", "extension")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def certificates(place):
    folder = place.folder / "tls"
    folder.mkdir()
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", "2")
    data = place.rows("tls.jsonl", [{"question": "?", "answer": "2"}])
    trusted = ["unshare", "-m", "sh", "-c", f'mount --bind "{folder / "ca.pem"}" {BUNDLE} && exec "$0" "$@"']
    can_trust = BUNDLE.exists() and subprocess.run([*trusted, "true"], capture_output=True, check=False).returncode == 0
    here, other = "IP:127.0.0.1", "DNS:example.org"
    (folder / "other").mkdir()
    openssl(folder / "other", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj",
            "/CN=other", "-days", "2")
    cases = [("nobody trusts", here, 2, [], None, False), ("is expired", here, -1, trusted, None, False),
             ("is for another host", other, 2, trusted, None, False), ("the system trusts", here, 2, trusted, None, True),
             ("ca_file vouches for", here, 2, [], "ca.pem", True), ("ca_file vouches for, for another host", other, 2, [], "ca.pem", False),
             ("is not of ca_file's authority", here, 2, [], "other/ca.pem", False),
             ("the system trusts, but not ca_file", here, 2, trusted, "other/ca.pem", False)]
    for what, subject, days, before, ca_file, good in cases:
        if before and not can_trust:
            print(f"     a certificate that {what}: not tried, for {BUNDLE} cannot be covered")
            continue
        server = serve(lambda n: ([completion("It is \\boxed{2}.")],), context=certificate(folder, what.replace(" ", "-"), subject, days))
        # Relative paths start from the configuration's folder.
        more = f", ca_file: tls/{ca_file}" if ca_file else ""
        result = place.run("generate", place.config("tls", data, endpoint(server, more)), "--run", place.folder / what.replace(" ", "-"), before=before)
        server.shutdown()
        place.expect(f"a certificate that {what}", result, 0 if good else POLICY, ["finished"] if good else [server.url, "certificate", *([ca_file] if ca_file else [])])
        sent = set(server.requests)
        place.tell("  what was sent", "" if sent == ({f"Bearer {KEY}"} if good else set()) and KEY not in result[1] else sent)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--show", action="store_true", help="print what the program said")
    parser.add_argument("--any-memory", action="store_true", help="do not mind how much it takes, as of a sanitizer's build")
    parser.add_argument("--only", action="append", help="a case, by the name of its function")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-hostile-") as folder:
        place = Place(arguments, pathlib.Path(folder).resolve())
        for case in (image_paths, texts, bombs, answers, certificates):
            if not arguments.only or case.__name__ in arguments.only:
                case(place)
    if place.failed:
        sys.exit(f"{place.failed} failed")


if __name__ == "__main__":
    main()
