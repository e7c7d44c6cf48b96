#!/usr/bin/env python3
"""Crawls through proxies that the environment names.

usage: proxies.py VILTREE [--show]

  tunnel     https through a proxy with a user and a password: the crawl ends, the proxy sees where to and nothing of what is sent,
             and the server sees nothing of what the proxy is told
  refusals   a proxy that wants a password, refuses the server or does not reach it: named in the error, without its password
  plain      http without a secret goes through the proxy, http with one goes through one that is here or allowed, and through no other
  direct     loopback, what no_proxy excepts and HTTP_PROXY in capitals: no proxy is asked
"""

import argparse
import base64
import json
import os
import pathlib
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

from hostile import certificate, openssl

KEY = "canary-7Zq-0123456789-secret"
TEAM = "canary-team-0123456789"
PASSWORD = "canary-pass"
COMPLETION = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "It is \\boxed{2}."}, "finish_reason": "stop"}],
              "usage": {"prompt_tokens": 9, "completion_tokens": 6}}


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, handler, **more):
        super().__init__(("127.0.0.1", 0), handler)
        self.__dict__.update(more, seen=[])
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # clients may leave in the middle

    @property
    def port(self):
        return self.server_address[1]


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    return head.decode("latin-1")


def header(head, name):
    for line in head.split("\r\n")[1:]:
        if line.lower().startswith(name.lower() + ":"):
            return line.split(":", 1)[1].strip()
    return None


class Server(socketserver.BaseRequestHandler):
    """Answers completions, over TLS where the server has a context."""

    def handle(self):
        tls = self.server.context
        connection = tls.wrap_socket(self.request, server_side=True) if tls else self.request
        stream = connection.makefile("rb")
        while head := read_head(stream):
            stream.read(int(header(head, "Content-Length") or 0))
            self.server.seen.append(head)
            body = json.dumps({"data": [{"id": "m", "owned_by": "vllm"}]} if head.startswith("GET") else COMPLETION)
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        connection.close()


class Proxy(socketserver.BaseRequestHandler):
    """Brings everything to one server, whatever name it is asked for, or answers with a status."""

    def handle(self):
        stream = self.request.makefile("rb")
        while head := read_head(stream):
            self.server.seen.append(head)
            if self.server.status:
                body = "<html>no</html>"
                self.request.sendall(f"HTTP/1.1 {self.server.status} No\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
                continue
            with socket.create_connection(("127.0.0.1", self.server.upstream)) as upstream:
                if head.startswith("CONNECT"):
                    self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    back = threading.Thread(target=self.pump, args=(upstream, self.request), daemon=True)
                    back.start()
                    self.pump(self.request, upstream)
                    back.join()
                    return
                method, target, rest = head.split(" ", 2)
                body = stream.read(int(header(head, "Content-Length") or 0))
                upstream.sendall(f"{method} /{target.split('/', 3)[3]} {rest}".encode("latin-1") + body)
                answer = upstream.makefile("rb")
                reply = read_head(answer)
                self.request.sendall(reply.encode("latin-1") + answer.read(int(header(reply, "Content-Length"))))

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Crawls:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.count = arguments, folder, 0
        (folder / "p.jsonl").write_text("".join(json.dumps({"id": f"p{i}", "question": f"What is 1 + {i}?", "answer": "2"}) + "\n" for i in range(3)))

    def crawl(self, what, url, environment, expected, more="", said=(), unsaid=()):
        """Of that server, with these variables and no others of proxies; says what is not as expected."""
        self.count += 1
        config = self.folder / f"c{self.count}.yaml"
        config.write_text(f"dataset: {{kind: jsonl, path: p.jsonl}}\n"
                          f"policy: {{endpoints: [{{url: '{url}'{more}}}], probe: false, allow_plain_http_to: [models.invalid], "
                          "limits: {patience_s: 1, retries: 0}}\n"
                          "search: {strategy: math-shepherd, solutions: 1, rollouts: 1}\n")
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run([self.arguments.viltree, "generate", config, "--run", self.folder / f"run{self.count}"], text=True, timeout=120,
                              env={**clean, "MY_KEY": KEY, "MY_TEAM": TEAM, **environment}, capture_output=True, check=False)
        output = done.stdout + done.stderr
        if self.arguments.show:
            print(output)
        wrong = [f"exit code {done.returncode}"] if done.returncode != expected else []
        wrong += [f"does not say {part!r}" for part in said if part not in output]
        wrong += [f"says {part!r}" for part in (KEY, TEAM, PASSWORD, *unsaid) if part in output]
        if wrong:
            sys.exit(f"{what}: {', '.join(wrong)}\n{output}")
        print(f"ok   {what}")


def expect(what, good):
    if not good:
        sys.exit(what)


SECRETS = ", api_key_env: MY_KEY, headers: {X-Team: {env: MY_TEAM}}"


def tunnel(crawls, context):
    server = Threads(Server, context=context)
    proxy = Threads(Proxy, upstream=server.port, status=None)
    address = f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"
    more = SECRETS + ", ca_file: ca.pem"
    for variable in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        crawls.crawl(f"https through {variable}", "https://models.invalid/v1", {variable: address, "no_proxy": "other.invalid"}, 0, more)
    wanted = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()
    for head in proxy.seen:
        expect(f"tunnel: the proxy got {head}", head.startswith("CONNECT models.invalid:443 ") and header(head, "Proxy-Authorization") == wanted)
        expect(f"tunnel: the proxy got a secret: {head}", KEY not in head and TEAM not in head)
    for head in server.seen:
        expect(f"tunnel: the server got {head}", header(head, "Authorization") == f"Bearer {KEY}" and header(head, "X-Team") == TEAM)
        expect(f"tunnel: the server got the proxy's password: {head}", header(head, "Proxy-Authorization") is None)


def refusals(crawls):
    for status, part in ((407, "in the variable https_proxy"), (403, "no_proxy"), (502, "cannot be reached through the proxy")):
        proxy = Threads(Proxy, upstream=0, status=status)
        crawls.crawl(f"a proxy that answers {status}", "https://models.invalid/v1", {"https_proxy": f"http://user:{PASSWORD}@127.0.0.1:{proxy.port}"}, 4, SECRETS,
                     said=[f"http://127.0.0.1:{proxy.port}", str(status), part])
        expect(f"refusals: {status}: asked {len(proxy.seen)} times", len(proxy.seen) == 1)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        crawls.crawl("a proxy that is not there", "https://models.invalid/v1", {"https_proxy": address}, 4, SECRETS, said=[f"through the proxy http://{address}"])
    crawls.crawl("a variable that holds no proxy", "https://models.invalid/v1", {"https_proxy": f"ftp://user:{PASSWORD}@host"}, 2, SECRETS, said=["https_proxy"])


def plain(crawls):
    server = Threads(Server, context=None)
    proxy = Threads(Proxy, upstream=server.port, status=None)
    here = f"http://127.0.0.1:{proxy.port}"
    crawls.crawl("http without a secret", "http://models.invalid/v1", {"http_proxy": here}, 0)
    expect("plain: the proxy was not asked", proxy.seen and all(" http://models.invalid/v1/" in head for head in proxy.seen))
    crawls.crawl("http with a secret, through a proxy that is here", "http://models.invalid/v1", {"http_proxy": here}, 0, SECRETS)
    crawls.crawl("http with a secret, through another", "http://models.invalid/v1", {"http_proxy": "http://proxy.invalid:3128"}, 4, SECRETS,
                 said=["http_proxy", "http://proxy.invalid:3128 is not used", "allow_plain_http_to"])
    refusing = Threads(Proxy, upstream=0, status=407)
    crawls.crawl("http through a proxy that wants a password", "http://models.invalid/v1", {"http_proxy": f"http://127.0.0.1:{refusing.port}"}, 4,
                 said=[f"http://127.0.0.1:{refusing.port}", "407", "in the variable http_proxy"])


def direct(crawls):
    server = Threads(Server, context=None)
    proxy = Threads(Proxy, upstream=server.port, status=None)
    address = f"http://127.0.0.1:{proxy.port}"
    every = {name: address for name in ("http_proxy", "https_proxy", "all_proxy")}
    crawls.crawl("loopback", f"http://127.0.0.1:{server.port}/v1", every, 0, SECRETS)
    crawls.crawl("what no_proxy excepts", "http://models.invalid/v1", {**every, "no_proxy": "localhost, .invalid"}, 4, unsaid=["through the proxy"])
    crawls.crawl("HTTP_PROXY in capitals", "http://models.invalid/v1", {"HTTP_PROXY": address}, 4, unsaid=["through the proxy"])
    expect("direct: the proxy was asked", not proxy.seen)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("viltree")
    parser.add_argument("--show", action="store_true", help="print what the program said")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="viltree-proxies-") as name:
        folder = pathlib.Path(name)
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test",
                "-days", "2")
        crawls = Crawls(arguments, folder)
        tunnel(crawls, certificate(folder, "models", "DNS:models.invalid", 2))
        refusals(crawls)
        plain(crawls)
        direct(crawls)


if __name__ == "__main__":
    main()
