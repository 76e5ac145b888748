"""The author's guide is run as it stands, and leaves out no word that a content file may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from pydantic import BaseModel

from oracle_kit.codebook.template import ChapterFile, TemplateFile
from oracle_kit.datasets.catalog import Workbench
from oracle_kit.datasets.projection import DatasetFile
from tests.docs.test_tutorial import DOCS, run_page

PAGE = (DOCS / "authoring.md").read_text(encoding="utf-8")
Outputs = list[tuple[str, str]]


def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The models that a file is made of."""
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from models(part, seen)


def parts(annotation: object) -> Iterator[object]:
    """A type and all that it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


FILES = (DatasetFile, TemplateFile, ChapterFile, Workbench)
WORDS = sorted({name for file in FILES for one in models(file, set()) for name in one.model_fields})


@pytest.mark.parametrize("word", WORDS)
def test_no_word_is_left_out(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    return run_page("authoring.md", tmp_path_factory.mktemp("authoring"))


def said(outputs: Outputs, command: str) -> str:
    """What a shell block printed that holds a command."""
    return next(told for body, told in outputs if command in body)


def test_rows_of_one_name_stay_apart_and_arrivals_have_a_time_of_their_own(outputs: Outputs) -> None:
    told = said(outputs, "takings by captain") + said(outputs, "arrivals last month")
    assert "€3,000" in told
    assert "€720" in told
    assert "5  Arrivals" in told, "the trip that sailed in March arrived in April"
    assert "2,630" in told, "the readings of April: 950, 420, 870 and 390"
    assert re.search(r"Velas to Calheta +0", told), "a listed route without a trip"


def test_a_wrong_name_is_told_with_the_right_one(outputs: Outputs) -> None:
    told = said(outputs, "wrong.yaml")
    assert "late_share" in told
    assert "blocks.1.query.measures.0" in told


def test_the_evaluation_is_right_and_lists_what_competes(outputs: Outputs) -> None:
    told = said(outputs, "oracle eval")
    assert "4 of 4 right" in told


def test_a_draft_is_written_checked_and_answers(outputs: Outputs) -> None:
    told = said(outputs, "templates synthesize")
    assert "written to codebook/ferry/trips/" in told
    assert "Late" in said(outputs, "behind time sailings")
