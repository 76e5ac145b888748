"""The published catalogue: fresh, valid, and the same as what the kinds take."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from oracle_kit.canvas.catalogue import catalogue, catalogue_text
from tests.canvas.samples import KINDS, SAMPLES

FILE = Path(__file__).parents[2] / "docs" / "block-catalogue.json"


def test_the_file_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == catalogue_text(KINDS), (
        "write catalogue_text(standard_kinds()) to it"
    )


def test_it_is_a_valid_schema_with_a_version_that_takes_every_block() -> None:
    schema = catalogue(KINDS)
    Draft202012Validator.check_schema(schema)
    assert schema["version"] == 1
    for name, sample in SAMPLES.items():
        Draft202012Validator(schema).validate(
            {"kind": name, "props": sample().model_dump(mode="json")["props"]}
        )


def test_props_are_closed() -> None:
    for name in KINDS.names:
        with pytest.raises(ValidationError):
            Draft202012Validator(catalogue(KINDS)).validate({"kind": name, "props": {"html": "<b>"}})
