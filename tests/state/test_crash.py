"""A process killed at any moment: every write it was told of is there, and each is whole or absent."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from oracle_kit.state import State, open_state
from oracle_kit.state.tables import audit, routing

WRITE_FOR_EVER = """
import sys, threading
import sqlalchemy as sa
from oracle_kit.state import open_state
from oracle_kit.state.audit import AuditEntry, add_entries
from tests.state.counting import add
state, first = open_state(sys.argv[1]), int(sys.argv[2])
says = threading.Lock()

def write(number):
    def work(connection):
        add(connection, number)
        add_entries(connection, [AuditEntry(who="x" * 20_000, action="step", subject=str(number))])
    state.write(work)
    with says:
        print(number, flush=True)

def loop(lane):
    number = first + lane
    while True:
        write(number)
        number += 4

threads = [threading.Thread(target=loop, args=(lane,)) for lane in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def killed_in_the_middle(url: str, first: int, seconds: float, how: signal.Signals) -> set[int]:
    """The writes that a process was told are kept, before it was killed."""
    command = [sys.executable, "-c", WRITE_FOR_EVER, url, str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    told = {int(process.stdout.readline())}
    time.sleep(seconds)
    process.send_signal(how)
    if how is signal.SIGINT:
        time.sleep(0.2)
        process.kill()
    rest = process.stdout.read()  # not `communicate`: that one loses what `readline` has buffered
    process.wait(timeout=30)
    process.stdout.close()
    return told | {int(line) for line in rest.splitlines() if line}


def kept(state: State) -> tuple[set[int], set[int]]:
    """The writes there are, by each of their two halves."""
    with state.read() as connection:
        first = set(connection.execute(sa.select(routing.c.change)).scalars())
        second = {int(subject) for subject in connection.execute(sa.select(audit.c.subject)).scalars()}
    return first, second


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_nothing_that_was_acknowledged_is_lost_and_nothing_is_half_there(
    database_url: str, how: signal.Signals
) -> None:
    told: set[int] = set()
    for round_, seconds in enumerate((0.0, 0.037, 0.11)):
        told |= killed_in_the_middle(database_url, round_ * 1_000_000, seconds, how)
        state = open_state(database_url)
        halves = kept(state)
        assert halves[0] == halves[1]
        assert told <= halves[0]
        assert len(halves[0] - told) <= 4 * (round_ + 1), (
            "at most what was under way in each lane is kept untold"
        )
        state.close()
