"""Builds real model servers once, starts them, and runs the provider contract on them: `python -m tests.models`.

What is built is kept outside the checkout, in ORACLE_MODELS_CACHE (default ~/.cache/oracle-models). Needs Go and a C
compiler for Ollama, a C++ compiler and CMake for llama.cpp's server; says which of them it goes without.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

OLLAMA = "github.com/ollama/ollama@v0.5.7"  # the last whose CPU runner is built by cgo alone
LLAMA = "llama-cpp-python[server]"
CACHE = Path(os.environ.get("ORACLE_MODELS_CACHE") or Path.home() / ".cache" / "oracle-models")
HERE = Path(__file__).parent


def main() -> int:
    """Zero when the contract holds on every server that could be had; 2 when none could."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        addresses: dict[str, str] = {}
        for variable, start in (("ORACLE_TEST_OLLAMA", ollama), ("ORACLE_TEST_OPENAI", llama_cpp)):
            try:
                addresses[variable] = stack.enter_context(start(tiny_model()))
            except (OSError, subprocess.CalledProcessError, TimeoutError) as error:
                print(f"==> without {variable}: {error}")
        if not addresses:
            return 2
        print(f"==> {addresses}")
        run = [
            sys.executable,
            "-m",
            "pytest",
            "tests/contracts/test_provider.py",
            "tests/models",
            "-q",
            "-rs",
        ]
        return subprocess.call(
            [*run, "-k", "real", *sys.argv[1:]], env={**os.environ, **addresses}
        )  # our own tests


def python() -> Path:
    """The interpreter of an environment of its own, with what writes the model."""
    interpreter = CACHE / "venv" / "bin" / "python"
    if not interpreter.exists():
        run(sys.executable, "-m", "venv", CACHE / "venv")
        run(interpreter, "-m", "pip", "install", "--quiet", "gguf", "numpy")
    return interpreter


def tiny_model() -> Path:
    """The model's file."""
    model = CACHE / "tiny.gguf"
    if not model.exists():
        run(python(), HERE / "tiny.py", model)
    return model


@contextmanager
def ollama(model: Path) -> Iterator[str]:
    """A running Ollama that has the model."""
    program = CACHE / "bin" / "ollama"
    if not program.exists():
        print("==> building Ollama (some minutes, once)")
        run(needed("go"), "install", OLLAMA, more={"GOBIN": str(program.parent), "CGO_ENABLED": "1"})
    address = free_address()
    settings = {"OLLAMA_HOST": address, "OLLAMA_MODELS": str(CACHE / "models"), "HOME": str(CACHE)}
    modelfile = CACHE / "Modelfile"
    modelfile.write_text(f"FROM {model}\nPARAMETER num_ctx 2048\n")
    with started([str(program), "serve"], f"http://{address}/api/version", settings):
        run(program, "create", "tiny", "-f", modelfile, more=settings)
        yield f"http://{address}"


@contextmanager
def llama_cpp(model: Path) -> Iterator[str]:
    """A running llama.cpp server of the same model, which speaks OpenAI's protocol."""
    interpreter = python()
    there = subprocess.run([interpreter, "-c", "import llama_cpp.server"], capture_output=True, check=False)
    if there.returncode:
        needed("cmake")
        print("==> building llama.cpp's server (some six minutes, once)")
        run(interpreter, "-m", "pip", "install", "--quiet", LLAMA)
    host, _, port = free_address().partition(":")
    served = [
        "--model",
        str(model),
        "--host",
        host,
        "--port",
        port,
        "--model_alias",
        "tiny",
        "--n_ctx",
        "2048",
    ]
    command = [str(interpreter), "-m", "llama_cpp.server", *served]
    with started(command, f"http://{host}:{port}/v1/models", {}):
        yield f"http://{host}:{port}"


@contextmanager
def started(command: list[str], look: str, more: dict[str, str]) -> Iterator[None]:
    """The program, once it answers; ended by its own process id."""
    log = (CACHE / f"{Path(command[0]).name}.log").open("w")
    process = subprocess.Popen(command, env={**os.environ, **more}, stdout=log, stderr=log)  # what we built
    try:
        wait_for(look, lambda: process.poll() is None)
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()  # it waits for connections that are kept
            process.wait()
        log.close()


def wait_for(address: str, alive: Callable[[], bool], seconds: float = 60) -> None:
    """Return once something answers there; TimeoutError."""
    end = time.monotonic() + seconds
    while alive() and time.monotonic() < end:
        try:
            urlopen(address, timeout=2).close()  # noqa: S310  # loopback
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at {address}; see the logs in {CACHE}")


def free_address() -> str:
    """An address on this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def needed(program: str) -> str:
    """Where a program is; OSError when it is not there."""
    found = shutil.which(program)
    if found is None:
        raise OSError(f"{program} is not on the PATH")
    return found


def run(*command: str | Path, more: dict[str, str] | None = None) -> None:
    """Run to the end; CalledProcessError."""
    subprocess.run(
        [str(part) for part in command], check=True, env={**os.environ, **(more or {})}
    )  # our own commands


if __name__ == "__main__":
    sys.exit(main())
