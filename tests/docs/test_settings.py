"""Every setting is documented with what it is, and a wrong one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle_kit.errors import ContentError
from oracle_kit.settings import Settings, read_settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_is_documented(name: str) -> None:
    assert f"| `ORACLE_{name.upper()}` | {Settings.model_fields[name].description} |" in PAGE


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "oracle.toml"
    file.write_text('prompt_limit = 500\naudience = "desk"\n')
    monkeypatch.setenv("ORACLE_PROMPT_LIMIT", "700")
    settings = read_settings(config=file)
    assert (settings.prompt_limit, settings.audience) == (700, "desk")


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "oracle.toml"
    file.write_text("promt_limit = 500\n")
    with pytest.raises(ContentError, match="prompt_limit"):
        read_settings(config=file)


def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORACLE_THREADS", "many")
    with pytest.raises(ContentError, match="ORACLE_THREADS"):
        read_settings()


def test_a_secret_is_never_shown() -> None:
    settings = Settings(secret="quiet-" + "x" * 40)  # type: ignore[arg-type]  # as the environment gives it
    assert "quiet" not in f"{settings!r} {settings}"
