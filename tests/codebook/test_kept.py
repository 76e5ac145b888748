"""The index on disk: read again for the same content, built again for other or damaged, done without if it must."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oracle_kit.codebook import kept
from oracle_kit.codebook.kept import MOST_KEPT, content, kept_ranker, read_index
from oracle_kit.codebook.rank import Ranker
from oracle_kit.words import TemplateWords
from tests.codebook.test_rank import ASKS, PROMPTS, named


def templates(*more: str) -> list[TemplateWords]:
    """The small shop's templates, with more asks of the first."""
    found = [named(identity, *asks) for identity, asks in ASKS.items()]
    return [found[0].model_copy(update={"asks": (*found[0].asks, *more)}), *found[1:]]


def ranks(ranker: Ranker) -> list[object]:
    return [ranker.rank(prompt, 5) for prompt in PROMPTS]


def the_file(folder: Path) -> Path:
    (found,) = folder.glob("ranker-*.npz")
    return found


def test_what_is_read_ranks_as_what_was_built(tmp_path: Path) -> None:
    built = kept_ranker(templates(), tmp_path)
    written = the_file(tmp_path).stat().st_mtime_ns
    again = kept_ranker(templates(), tmp_path)
    assert the_file(tmp_path).stat().st_mtime_ns == written
    assert again.index is not built.index
    assert ranks(again) == ranks(built) == ranks(Ranker.of(templates()))
    assert [one.name for one in tmp_path.iterdir()] == [the_file(tmp_path).name]


def test_a_ranker_that_was_read_takes_further_templates(tmp_path: Path) -> None:
    kept_ranker(templates(), tmp_path)
    more = kept_ranker(templates(), tmp_path).with_templates([named("a.b.c", "zumba wheels")])
    assert more.rank("zumba wheels", 1)[0].template_id == "a.b.c"


def test_other_content_has_another_file_and_the_oldest_go(tmp_path: Path) -> None:
    for at in range(MOST_KEPT + 3):
        kept_ranker(templates(f"ask {at}"), tmp_path)
        for file in tmp_path.iterdir():
            os.utime(file, (file.stat().st_atime - 10, file.stat().st_mtime - 10))
    assert len(list(tmp_path.iterdir())) == MOST_KEPT + 1
    assert (tmp_path / f"ranker-{content(templates(f'ask {MOST_KEPT + 2}'))[:32]}.npz").exists()


def test_ids_and_datasets_do_not_change_the_index() -> None:
    renamed = [one.model_copy(update={"id": f"x.y.z{at}"}) for at, one in enumerate(templates())]
    assert content(renamed) == content(templates()) != content(templates()[::-1])


@pytest.mark.parametrize("damage", ["truncated", "flipped", "emptied", "text", "other arrays", "folder"])
def test_a_damaged_file_is_built_again(damage: str, tmp_path: Path) -> None:
    built = kept_ranker(templates(), tmp_path)
    file = the_file(tmp_path)
    whole = file.read_bytes()
    if damage == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        middle = len(whole) // 3
        file.write_bytes(
            whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
        )
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "text":
        file.write_text("no archive")
    elif damage == "other arrays":
        import numpy as np

        np.savez(file, runs=np.zeros(3))
    else:
        file.unlink()
        file.mkdir()
    assert read_index(file) is None
    assert ranks(kept_ranker(templates(), tmp_path)) == ranks(built)
    if damage != "folder":
        assert file.read_bytes() == whole or read_index(file) is not None


def test_a_file_of_objects_is_not_unpickled(tmp_path: Path) -> None:
    import numpy as np

    kept_ranker(templates(), tmp_path)
    file = the_file(tmp_path)
    np.savez(file, runs=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert read_index(file) is None


def test_a_folder_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here is no folder")
    assert ranks(kept_ranker(templates(), blocked / "ranker")) == ranks(Ranker.of(templates()))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.np, "savez", full)
    assert ranks(kept_ranker(templates(), tmp_path / "ranker")) == ranks(Ranker.of(templates()))
    assert list((tmp_path / "ranker").iterdir()) == []


def test_the_form_of_the_index_is_part_of_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(templates())
    monkeypatch.setattr(kept, "FORM", kept.FORM + 1)
    assert content(templates()) != before
