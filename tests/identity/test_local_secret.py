"""The secret of an installation: made once, readable by its owner alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oracle_kit.errors import Unavailable
from oracle_kit.identity.tokens import TokenKeys, authenticate, issue_token, local_secret
from oracle_kit.model import Viewer


def test_it_is_made_at_first_use_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "home"
    secret = local_secret(folder)
    assert len(secret) >= 32
    assert local_secret(folder) == secret
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret"]


def test_each_installation_has_its_own(tmp_path: Path) -> None:
    asha = Viewer(id="asha", roles=("analyst",))
    here, there = (TokenKeys(local_secret(tmp_path / name), None, "oracle", "oracle") for name in "ab")
    assert here.secret != there.secret
    assert authenticate(issue_token(asha, here, 1), here) == asha


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from oracle_kit.identity.tokens import local_secret;"
        "print(local_secret(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate()[0] for process in started}
    assert len(found) == 1
    assert [process.returncode for process in started] == [0] * 4


def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    secret = local_secret(tmp_path)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(Unavailable, match="can be read by others") as caught:
        local_secret(tmp_path)
    assert "chmod 600" in caught.value.hint
    assert secret not in str(caught.value)


def test_a_damaged_secret_is_not_used(tmp_path: Path) -> None:
    local_secret(tmp_path)
    (tmp_path / "secret").write_text("short")
    with pytest.raises(Unavailable, match="is damaged") as caught:
        local_secret(tmp_path)
    assert "short" not in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be read or made: Not a directory") as caught:
        local_secret(tmp_path / "file" / "home")
    assert "ORACLE_HOME" in caught.value.hint
