"""Oracle: holds the parts; `ask` is the six stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from oracle_kit.canvas.edits import Edit
from oracle_kit.canvas.export import export_page
from oracle_kit.canvas.kinds import Kinds
from oracle_kit.canvas.page_store import PageStore
from oracle_kit.check import Finding, check_content
from oracle_kit.codebook.template import Template
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.policy import access
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import NotFound, did_you_mean
from oracle_kit.identity.roles import require
from oracle_kit.identity.tokens import TokenKeys, issue_token
from oracle_kit.model import Answer, Block, Context, Page, Revision, Viewer
from oracle_kit.pipeline.commit import commit
from oracle_kit.pipeline.fetch import fetch
from oracle_kit.pipeline.knowledge import LiveKnowledge
from oracle_kit.pipeline.plan import plan
from oracle_kit.pipeline.retrieve import retrieve
from oracle_kit.pipeline.select import select
from oracle_kit.pipeline.synthesize import synthesize
from oracle_kit.windows import Clock
from oracle_kit.words import DatasetWords


@dataclass(frozen=True)
class Parts:
    """Everything that Oracle stands on, made by `bootstrap`."""
