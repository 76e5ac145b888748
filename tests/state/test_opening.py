"""Opening state where it cannot be: the error names the place and says what to do."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from oracle_kit.errors import StateUnavailable
from oracle_kit.state import State, open_state
from oracle_kit.state.failures import shown
from oracle_kit.state.migrate import VERSION_TABLE, revisions, stored_revision
from oracle_kit.state.tables import routing
from tests.postgres import Postgres
from tests.state.counting import add, numbers


def refusal(url: str) -> str:
    with pytest.raises(StateUnavailable) as caught:
        open_state(url).close()
    assert caught.value.hint
    return str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    told = refusal(f"sqlite:///{tmp_path}/missing/state.sqlite")
    assert f"{tmp_path}/missing/state.sqlite cannot be used: unable to open database file" in told
    assert "Make the folder" in told
    assert not (tmp_path / "missing").exists()


def test_a_folder_in_the_files_place(tmp_path: Path) -> None:
    assert "unable to open database file" in refusal(f"sqlite:///{tmp_path}")


def test_a_file_that_holds_something_else(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes and no database. " * 50)
    told = refusal(f"sqlite:///{path}")
    assert "file is not a database" in told
    assert "move the file away" in told
    assert path.read_text().startswith("These are notes")


def test_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    open_state(f"sqlite:///{path}").close()
    whole = bytearray(path.read_bytes())
    whole[4096:] = os.urandom(len(whole) - 4096)
    path.write_bytes(whole)
    told = refusal(f"sqlite:///{path}")
    assert str(path) in told
    assert "Put the newest backup in its place" in told


def test_a_file_opened_for_reading_only(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    open_state(f"sqlite:///{path}").close()
    told = refusal(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert "readonly database" in told
    assert "Give this account the right to write the file and its folder." in told


OPEN = """
import os, sys
from oracle_kit.errors import StateUnavailable
from oracle_kit.state import open_state
open_state(sys.argv[3]).close()  # loads what is loaded late, while it may
os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
try:
    open_state(sys.argv[1])
except StateUnavailable as error:
    print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account, which only root may")
@pytest.mark.parametrize("modes", [(0o444, 0o755), (0o644, 0o555), (0o000, 0o755)])
def test_a_file_that_this_account_may_not_write(tmp_path: Path, modes: tuple[int, int]) -> None:
    folder = Path("/tmp") / f"oracle-state-{os.getpid()}-{modes[0]}"  # noqa: S108  # pytest's own is closed to others
    folder.mkdir()
    try:
        path = folder / "state.sqlite"
        if modes[1] != 0o555:
            open_state(f"sqlite:///{path}").close()
            path.chmod(modes[0])
        folder.chmod(modes[1])
        nobody = str(pwd.getpwnam("nobody").pw_uid)
        command = [
            sys.executable,
            "-c",
            OPEN,
            f"sqlite:///{path}",
            nobody,
            f"sqlite:///{tmp_path}/own.sqlite",
        ]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"the state sqlite:///{path} cannot be used" in told
        assert "this account the right to write" in told
    finally:
        shutil.rmtree(folder)


def test_a_file_that_another_program_holds(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    open_state(f"sqlite:///{path}").close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    told = refusal(f"sqlite:///{path}?timeout=0.1")
    assert "database is locked" in told
    assert "Another program holds the file" in told
    holder.execute("ROLLBACK")
    holder.close()
    open_state(f"sqlite:///{path}?timeout=0.1").close()


def test_reads_go_on_while_another_program_writes(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    state = open_state(f"sqlite:///{path}?timeout=0.1")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert numbers(state) == []
    with pytest.raises(StateUnavailable, match="database is locked"):
        state.write(lambda connection: add(connection, 1))
    holder.execute("ROLLBACK")
    state.write(lambda connection: add(connection, 1))
    assert numbers(state) == [1]
    holder.close()
    state.close()


def test_a_full_disk_keeps_nothing_of_the_write_and_all_before_it(tmp_path: Path) -> None:
    """SQLite's own limit on pages gives the very failure of a full disk."""
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    state.write(lambda connection: add(connection, 1))

    def limit(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")

    state.write(limit)
    big = {"policy": {"x": "y" * 100_000}, "changed_by": "test", "changed_at": sa.func.current_timestamp()}

    def fill(connection: Connection) -> None:
        add(connection, 2)
        connection.execute(sa.insert(routing).values(big))

    with pytest.raises(StateUnavailable, match="disk is full") as caught:
        state.write(fill)
    assert "Free some space" in caught.value.hint
    assert numbers(state) == [1]
    state.write(lambda connection: add(connection, 3))
    assert numbers(state) == [1, 3]
    state.close()


def test_a_schema_newer_than_this_version(database_url: str) -> None:
    state = open_state(database_url)
    version = sa.table(VERSION_TABLE, sa.column("version_num"))
    state.write(lambda connection: connection.execute(sa.update(version).values(version_num="9999")))
    assert not state.ready()
    state.close()
    told = refusal(database_url)
    assert f"has the schema 9999, and this version of Oracle knows {revisions()[-1]}." in told
    assert "Install the version that wrote it" in told


def test_a_database_of_another_kind() -> None:
    told = refusal("mysql://root:hunter2@localhost/oracle")
    assert "on SQLite or PostgreSQL, not 'mysql'" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("url", ["", "state.sqlite", "postgresql//asha:hunter2@host/db", "://"])
def test_what_is_no_url(url: str) -> None:
    told = refusal(url)
    assert "sqlite:////path/to/state.sqlite or postgresql://user@host/database" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_memory_is_not_kept(url: str) -> None:
    assert "the state on SQLite is a file." in refusal(url)


def test_a_postgresql_that_is_not_there(tmp_path: Path) -> None:
    told = refusal("postgresql://asha:hunter2@127.0.0.1:9/oracle")
    assert "postgresql://asha:***@127.0.0.1:9/oracle" in told
    assert "Start PostgreSQL, or check host and port in ORACLE_STATE_URL." in told
    assert "hunter2" not in told
    assert "Start PostgreSQL" in refusal(f"postgresql://postgres@/oracle?host={tmp_path}")


def test_a_database_that_is_not_there(postgres: Postgres) -> None:
    told = refusal(postgres.url("no_such_database"))
    assert 'database "no_such_database" does not exist' in told
    assert "Create the database" in told


def test_a_role_that_may_not_make_tables(postgres: Postgres, postgres_url: str) -> None:
    name = postgres_url.split("?", 1)[0].rsplit("/", 1)[1]
    role = f"reader_of_{name}"
    with sa.create_engine(postgres_url).begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN')
    told = refusal(postgres_url.replace("postgres@", f"{role}@"))
    assert "permission denied for schema public" in told
    assert "Grant the role CREATE on the schema" in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://asha:hunter2@127.0.0.1:9/oracle",
        "postgresql://127.0.0.1:9/oracle?user=asha&password=hunter2",
        "postgresql+psycopg://127.0.0.1:9/oracle?sslpassword=hunter2",
        "postgresql://127.0.0.1:9/oracle?options=-c%20x.y%3Dhunter2",
    ],
)
def test_a_password_is_nowhere_to_be_seen(url: str) -> None:
    assert "hunter2" not in shown(sa.make_url(url))
    with pytest.raises(StateUnavailable) as caught:
        open_state(url)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_what_is_written_is_not_in_the_errors(state: State) -> None:
    def twice(connection: Connection) -> None:
        for _ in range(2):
            row = {"change": 1, "policy": {"key": "hunter2"}, "changed_by": "hunter2"}
            connection.execute(sa.insert(routing).values(**row, changed_at=sa.func.current_timestamp()))

    with pytest.raises(sa.exc.IntegrityError) as caught:
        state.write(twice)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))


def test_a_state_shows_itself_without_its_password(postgres_url: str) -> None:
    state = open_state(postgres_url.replace("postgres@", "postgres:hunter2@"))
    assert "hunter2" not in repr(state) + str(state) + state.shown_url
    assert "postgres:***@" in repr(state)
    state.close()


OPEN_AND_WRITE = """
import sys
from oracle_kit.state import open_state
from tests.state.counting import add
state = open_state(sys.argv[1])
state.write(lambda connection: add(connection, int(sys.argv[2])))
state.close()
"""


def test_processes_that_migrate_at_once(database_url: str) -> None:
    commands = [[sys.executable, "-c", OPEN_AND_WRITE, database_url, str(number)] for number in range(4)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands]
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, errors
    state = open_state(database_url)
    assert numbers(state) == [0, 1, 2, 3]
    with state.read() as connection:
        assert stored_revision(connection) == revisions()[-1]
    state.close()


def test_a_file_that_was_replaced_while_it_was_open(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")
    for path in tmp_path.iterdir():
        path.unlink()
    sqlite3.connect(tmp_path / "state.sqlite").close()
    state._database._reading.dispose()  # type: ignore[attr-defined]  # as when its connections have all gone
    with pytest.raises(StateUnavailable, match="The file was replaced while it was open"):
        numbers(state)
    assert not state.ready()
    state.close()


def test_a_mistake_in_a_statement_is_a_mistake_and_no_state_of_health(state: State) -> None:
    wrong = sa.text("select no_such_column from oracle_routing")
    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError)), state.read() as connection:
        connection.execute(wrong)
    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError)):
        state.write(lambda connection: connection.execute(wrong))
    assert numbers(state) == []


def test_sqlite_is_durable_and_lets_readers_in(tmp_path: Path) -> None:
    state = open_state(f"sqlite:///{tmp_path / 'state.sqlite'}")

    def settings(connection: Connection) -> tuple[object, ...]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)

    assert state.write(settings) == ("wal", 2, 1)
    state.close()
