"""A file of cases is read whole, or its first fault is named with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oracle_kit.errors import ContentError
from oracle_kit.evaluate import load_cases

GOOD = {"id": "a", "prompt": "how many leads", "expect": "answer", "gold": ["SELECT 1"], "compare": "scalar"}


def written(folder: Path, *lines: object) -> Path:
    file = folder / "cases.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return file


def test_reads_cases_in_order_and_skips_blank_lines(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD, "", {**GOOD, "id": "b", "viewer": "advisor"})
    cases = load_cases(file)
    assert [case.id for case in cases] == ["a", "b"]
    assert cases[0].viewer is None
    assert cases[1].viewer == "advisor"


def test_one_text_stands_for_a_list_of_one(tmp_path: Path) -> None:
    given = {**GOOD, "gold": "SELECT 1", "must_mention": "your leads", "on": "open leads"}
    case = load_cases(written(tmp_path, given))[0]
    assert case.gold == ("SELECT 1",)
    assert case.must_mention == ("your leads",)
    assert case.on == ("open leads",)


def test_steps_may_stand_beside_or_inside_gold(tmp_path: Path) -> None:
    steps = ["SELECT 1", ["SELECT 2", "SELECT 3"]]
    beside = {"id": "a", "prompt": "p", "steps": steps}
    inside = {"id": "b", "prompt": "p", "gold": {"steps": steps}}
    for case in load_cases(written(tmp_path, beside, inside)):
        assert case.wanted == (("SELECT 1",), ("SELECT 2", "SELECT 3"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{not json", "is not JSON"),
        ("[1, 2]", "is not a JSON object"),
        ({**GOOD, "golds": []}, "golds: is not a field of a case. Did you mean gold"),
        ({**GOOD, "expect": "maybe"}, "expect: Input should be 'answer', 'warn' or 'refuse'"),
        ({**GOOD, "compare": "fuzzy"}, "compare: Input should be 'scalar', 'set' or 'ordered'"),
        ({"prompt": "p", "gold": ["SELECT 1"]}, "id: Field required"),
        ({**GOOD, "prompt": ""}, "prompt: String should have at least 1 character"),
        ({"id": "b", "prompt": "p", "expect": "answer"}, "there is no gold, steps or page"),
        ({**GOOD, "expect": "refuse"}, "a refusal is expected, and gold says"),
        ({**GOOD, "steps": [["SELECT 1"]]}, "gold and steps cannot stand together"),
        ({**GOOD, "gone": ["SELECT 2"]}, "gone needs page"),
        ({"id": "b", "prompt": "p", "steps": [[]]}, "each step needs at least one SQL text"),
        ({**GOOD, "id": "z"}, "the id 'z' stands on line 1 already"),
    ],
)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, line: object, told: str) -> None:
    file = written(tmp_path, {**GOOD, "id": "z"}, line)
    with pytest.raises(ContentError) as caught:
        load_cases(file)
    assert str(caught.value).startswith(f"{file}:2: ")
    assert told in str(caught.value)


def test_a_file_without_cases_or_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="has no cases"):
        load_cases(written(tmp_path, ""))
    with pytest.raises(ContentError, match="cannot be read"):
        load_cases(tmp_path / "absent.jsonl")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError, match="not UTF-8"):
        load_cases(tmp_path / "binary")
