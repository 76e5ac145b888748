"""Texts that are no template, however they came: told in one sentence, in bounded work, and nothing falls over."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import yaml

from oracle_kit import ContentError
from oracle_kit.codebook.load import load_chapter, load_template
from oracle_kit.content import parse_document
from tests.codebook.desk import ground, template

HOME = "leads.funnel"


def bomb(levels: int) -> str:
    """Nine of the line before in each line: nine to the power of `levels`."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, levels)]
    return "\n".join(lines)


HOSTILE = {
    "deep in brackets": ("title: " + "[" * 100_000, "nests more than"),
    "deep in dashes": ("- " * 50_000 + "x", "nests more than"),
    "a bomb of aliases": (bomb(20), "more than 500,000 values"),
    "inside itself": ("title: &a [*a]", "stands inside itself"),
    "an alias of nothing": ("title: *a", "YAML"),
    "a tag that makes objects": ("title: !!python/object/apply:os.system [ls]", "YAML"),
    "no text": ("\x00\x01\x02", "YAML"),
    "two documents": ("title: a\n---\ntitle: b\n", "YAML"),
    "a list": ("- title", "mapping"),
    "a word": ("zebra", "mapping"),
    "nothing": ("", "mapping"),
    "a key twice": ("title: a\ntitle: b\n", "stands twice"),
}


@pytest.mark.parametrize(("text", "told"), HOSTILE.values(), ids=list(HOSTILE))
def test_what_is_no_template_is_told_at_once(text: str, told: str) -> None:
    began = time.process_time()
    for load in (lambda: load_template(text, f"{HOME}.mine", ground()), lambda: load_chapter(text, "leads")):
        with pytest.raises(ContentError, match=told):
            load()
    assert time.process_time() - began < 5, "work that is bounded takes a moment, not minutes"


@pytest.mark.parametrize("empty", ["asks", "blocks"])
def test_what_may_not_be_empty_is_told(empty: str) -> None:
    with pytest.raises(ContentError, match=f"{empty}: at least 1 item is needed"):
        load_template(yaml.safe_dump(template(**{empty: []})), f"{HOME}.mine", ground())


def test_aliases_that_repeat_little_are_read() -> None:
    document = parse_document("a: &a [1, 2]\nb: [*a, *a]\nc: &c {d: *a}\n", "x.yaml")
    assert document.data == {"a": [1, 2], "b": [[1, 2], [1, 2]], "c": {"d": [1, 2]}}


def ids() -> Iterator[str]:
    yield from (
        "",
        ".",
        "a",
        "a.b",
        "a.b.c.d",
        "A.b.c",
        "a.b.",
        "a..c",
        "a.b.c\n",
        "../a.b.c",
        "a.b." + "c" * 65,
    )


@pytest.mark.parametrize("identity", list(ids()))
def test_what_is_no_id_of_a_template_is_told(identity: str) -> None:
    with pytest.raises(ContentError, match="is no id"):
        load_template(yaml.safe_dump(template()), identity, ground())


@pytest.mark.parametrize("identity", ["", "a.b.c", "A", "a.", ".a", "a/b"])
def test_what_is_no_id_of_a_chapter_is_told(identity: str) -> None:
    with pytest.raises(ContentError, match="is no id"):
        load_chapter("title: a\ndescription: b\n", identity)
