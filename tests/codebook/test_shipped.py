"""The codebook that ships: it loads, and the catalog knows every name that it says."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from oracle_kit.codebook.load import read_codebook
from tests.codebook.desk import PROPS, ROOT, ground


class AnyProps(BaseModel, extra="allow"):
    """Any presentation: what a kind takes is tested with the kinds."""


def test_every_template_loads() -> None:
    loose = replace(ground(), props=dict.fromkeys(PROPS, AnyProps))
    codebook, faults = read_codebook(ROOT / "codebook", loose)
    assert not faults, "\n" + "\n".join(map(str, faults))
    assert codebook.templates
