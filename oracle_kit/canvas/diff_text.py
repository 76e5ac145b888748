"""What differs between two revisions, and the decisions of a merge, in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from oracle_kit.canvas.diff import BlockChange, PartChange
from oracle_kit.canvas.format_time import moment_of, moment_text
from oracle_kit.canvas.merge import Decision, Resolution
from oracle_kit.canvas.merge_request import MergeRequest, Review
from oracle_kit.canvas.parts import Part

MOST = 100  # characters of a value that are shown
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_WORDS = {"presence": "there or not", "order": "place", "query": "question", "props": "look", "pin": "pinned"}
_TAKES = {
    "ours": "as on the page",
    "theirs": "as on the fork",
    "either": "the same on both",
    "keep": "as before",
}


def diff_text(changes: Iterable[BlockChange]) -> Text:
    """One line per block with its sign, its title and kind; below it one per part, before → after."""
    lines = [line for change in changes for line in _change(change)]
    return Text("\n").join(lines) if lines else Text("No block differs.", style="dim")


def decisions_text(decisions: Iterable[Decision], resolutions: Iterable[Resolution] = ()) -> Text:
    """One line per decision; a conflict that nobody settled with what both sides have and, before them, the base."""
    settled = {(one.block, one.part): one.take for one in resolutions}
    lines = [line for one in decisions for line in _decision(one, settled.get((one.block, one.part)))]
    return Text("\n").join(lines) if lines else Text("The two pages differ in nothing.", style="dim")


def request_text(
    request: MergeRequest, source_title: str, target_title: str, reviews: Iterable[Review]
) -> Text:
    """What a merge request is, what was said of it, and its decisions."""
    lines = [
        Text(f"{request.id}  {request.state}  {request.title}  by {request.author}", style="bold"),
        Text(f"“{source_title}” ({request.source_page})"),
        Text(f"into “{target_title}” ({request.target_page})"),
    ]
    said = [Text(f"  {request.message}")] if request.message else []
    said += [_review(one) for one in reviews]
    if request.merged_revision:
        said.append(Text(f"  merged as {request.merged_revision}"))
    return Text("\n").join([*lines, *said, decisions_text(request.decisions, request.resolutions)])


def _review(review: Review) -> Text:
    said = f": {review.comment}" if review.comment else ""
    return Text(f"  {review.at:%d %b %H:%M}  {review.reviewer}  {review.verdict}{said}")


def _change(change: BlockChange) -> Iterator[Text]:
    sign, style = _SIGNS[change.change]
    yield Text.assemble(
        (f"{sign} {change.title or change.block}", style), (f"  {change.kind} {change.block}", "dim")
    )
    for part in change.parts:
        yield from _part(part)


def _part(part: PartChange) -> Iterator[Text]:
    if part.part == "query" and isinstance(part.before, dict) and isinstance(part.after, dict):
        yield from _query(part.before, part.after)
    elif part.part == "rows":
        yield _line("rows", _rows(part.before), _rows(part.after))
    elif part.part == "order":
        yield _line("place", part.before + 1, part.after + 1)
    else:
        before, after = (value_text(part.part, one) for one in (part.before, part.after))
        name = _WORDS.get(part.part, part.part)
        same = Text.assemble(_named(name), "drawn otherwise")
        yield _line(name, before, after) if before != after else same


def _query(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Text]:
    """What is asked no more, and what is asked now; that it is asked otherwise where no chip says so."""
    old, new = before["chips"], after["chips"]
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    for sign, style, labels in (("-", "red", gone), ("+", "green", come)):
        for label in labels:
            yield Text.assemble(_named("asks"), (f"{sign} {label}", style))
    if not gone and not come:
        yield Text.assemble(_named("asks"), "otherwise, in the same words")


def _rows(told: Any) -> str:
    if not told:
        return "withheld" if told is None else "none"
    main = told.get("main") or next(iter(told.values()))
    moment = moment_of(main["as_of"])
    read = f", read {moment_text(moment)} UTC" if moment is not None else ""
    return f"{main['rows']}{read}"


def value_text(part: Part | str, value: Any) -> str:
    """A part's value in a line."""
    if value is None:
        return "nothing"
    if part == "query" and isinstance(value, dict):
        text = ", ".join(value["chips"])
    elif part == "props" and isinstance(value, dict):
        text = value.get("text") or value["kind"]
    elif part == "presence":
        text = "there" if value else "not there"
    elif part == "order" and isinstance(value, int):
        text = f"place {value + 1}"
    else:
        text = str(value)
    line = " ".join(text.split())
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"


def _decision(decision: Decision, settled: str | None) -> Iterator[Text]:
    head = f"{decision.title or decision.block}: {_WORDS.get(decision.part, decision.part)}"
    if decision.action != "conflict" or settled is not None:
        how = _TAKES[settled or decision.action] + (", as was settled" if settled is not None else "")
        yield Text.assemble((f"  {head}", ""), (f"  {how}", "dim"))
        return
    yield Text.assemble((f"! {head}", "bold red"), (f"  {decision.block}.{decision.part}", "dim"))
    for name in ("keep", "ours", "theirs"):
        value = getattr(decision, "base" if name == "keep" else name)
        yield Text.assemble((f"    {name:<7}", "dim"), value_text(decision.part, value))


def _line(name: str, before: object, after: object) -> Text:
    return Text.assemble(_named(name), (str(before), "red"), " → ", (str(after), "green"))


def _named(name: str) -> tuple[str, str]:
    return f"    {name:<6} ", "dim"
