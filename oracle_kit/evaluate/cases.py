"""A case is a prompt with what a right answer must be; a file has one to a line (JSON Lines)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from oracle_kit.errors import ContentError, did_you_mean
from oracle_kit.query import Value

Expect = Literal["answer", "warn", "refuse"]
Compare = Literal["scalar", "set", "ordered"]


class Case(Value):
    """One prompt, who asks it, and what must come back.

    `expect`: `answer` (a gold is met), `warn` (the same, and a reservation is stated; with no gold any answer that
    is warned or refused), `refuse`. `gold` holds acceptable SQL texts for the first block; `steps` such a list for
    each of the first blocks. `on` are prompts asked before on the same page; then `page` has a list for each block that
    must stand somewhere on the page in the end, and `gone` SQL texts that no block of it may equal. `kind` is the kind
    that the first block must have, where that is the question.
    """

    id: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    viewer: str | None = None
    category: str = "other"
    expect: Expect = "answer"
    on: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()
    steps: tuple[tuple[str, ...], ...] = ()
    page: tuple[tuple[str, ...], ...] = ()
    gone: tuple[str, ...] = ()
    compare: Compare = "set"
    kind: str | None = None
    must_mention: tuple[str, ...] = ()
    note: str = ""

    @property
    def wanted(self) -> tuple[tuple[str, ...], ...]:
        """The acceptable SQL texts of each block that is judged."""
        return self.page or self.steps or ((self.gold,) if self.gold else ())

    @model_validator(mode="before")
    @classmethod
    def _steps_inside_gold(cls, given: Any) -> Any:
        gold = given.get("gold") if isinstance(given, dict) else None
        if isinstance(gold, dict) and set(gold) == {"steps"}:
            return {**{key: value for key, value in given.items() if key != "gold"}, **gold}
        return given

    @field_validator("gold", "gone", "must_mention", "on", mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("steps", "page", mode="before")
    @classmethod
    def _each_one_or_many(cls, given: Any) -> Any:
        if not isinstance(given, (list, tuple)):
            return given
        return tuple((one,) if isinstance(one, str) else one for one in given)

    @model_validator(mode="after")
    def _answerable(self) -> Case:
        ways = [name for name in ("gold", "steps", "page") if getattr(self, name)]
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} cannot stand together: leave one")
        if self.expect == "answer" and not ways:
            raise ValueError("an answer is expected, and there is no gold, steps or page to compare it with")
        if self.expect == "refuse" and ways:
            raise ValueError(f"a refusal is expected, and {ways[0]} says what the answer is")
        if self.gone and not self.page:
            raise ValueError("gone needs page: what still stands there")
        if not all(self.wanted):
            raise ValueError("each step needs at least one SQL text")
        return self


def load_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a JSON Lines file, in its order; ContentError says file, line and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror or error}", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise ContentError("is not UTF-8 text", file=str(path)) from error
    cases: list[Case] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        case = _case(line, str(path), number)
        if case.id in lines:
            message = f"the id {case.id!r} stands on line {lines[case.id]} already"
            raise ContentError(message, file=str(path), line=number, field="id")
        lines[case.id] = number
        cases.append(case)
    if not cases:
        raise ContentError(
            "has no cases", file=str(path), hint="One JSON object to a line: id, prompt, expect, gold."
        )
    return tuple(cases)


def _case(line: str, file: str, number: int) -> Case:
    try:
        given = json.loads(line)
    except ValueError as error:
        raise ContentError(f"is not JSON: {error}", file=file, line=number) from error
    if not isinstance(given, dict):
        raise ContentError("is not a JSON object", file=file, line=number)
    unknown = next((key for key in given if key not in Case.model_fields), None)
    if unknown is not None:
        hint = did_you_mean(unknown, Case.model_fields)
        raise ContentError("is not a field of a case", file=file, line=number, field=unknown, hint=hint)
    try:
        return Case.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = str(first["msg"]).removeprefix("Value error, ")
        raise ContentError(message, file=file, line=number, field=field) from error
