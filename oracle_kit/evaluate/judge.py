"""One answer against its case: right, refused, or wrong, and whether it was warned of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from oracle_kit.errors import Refused
from oracle_kit.evaluate.cases import Case
from oracle_kit.evaluate.gold import Table
from oracle_kit.evaluate.tables import difference
from oracle_kit.model import Answer, Block

Outcome = Literal[
    "right", "right_reserved", "refused_rightly", "refused_wrongly", "wrong_warned", "wrong_unwarned"
]
OUTCOMES: tuple[Outcome, ...] = (
    "right",
    "right_reserved",
    "refused_rightly",
    "refused_wrongly",
    "wrong_warned",
    "wrong_unwarned",
)
RIGHT: tuple[Outcome, ...] = ("right", "right_reserved", "refused_rightly")
Read = Callable[[str], Table]


def judge(case: Case, answer: Answer | Refused, read: Read) -> tuple[Outcome, str]:
    """The outcome and, where it is not right, the reason; `read` gives the rows of a gold SQL text.

    What must be mentioned and is not is a warning that is missing. A block of another kind than was asked for holds
    right numbers, so it is wrong but misleads nobody.
    """
    missing = _missing(case, answer)
    if isinstance(answer, Refused) or status_of(case, answer) == "refused":
        return _refused(case, answer, missing)
    warned = status_of(case, answer) == "reservation"
    wrong: Outcome = "wrong_warned" if warned else "wrong_unwarned"
    if case.expect == "refuse":
        return wrong, "answered where a refusal was expected"
    fault = _fault(case, answer, read) or missing
    if fault:
        return wrong, fault
    if case.expect == "warn" and not warned:
        return wrong, "no reservation is stated"
    if case.kind is not None and facts(case, answer)[0].kind != case.kind:
        return "wrong_warned", f"a {facts(case, answer)[0].kind} where a {case.kind} was asked for"
    return ("right_reserved" if warned else "right"), ""


def facts(case: Case, answer: Answer) -> tuple[Block, ...]:
    """The blocks that are judged: no text, notice or suggestion; of the whole page where the case says so."""
    blocks = answer.page_blocks if case.page else answer.blocks
    return tuple(block for block in blocks if block.kind not in ("text", "notice") and not block.suggestion)


def status_of(case: Case, answer: Answer) -> Literal["answered", "reservation", "refused"]:
    """The answer's status; a change that only takes away has no blocks of its own and is still an answer."""
    if not case.page or answer.status != "refused":
        return answer.status
    return "refused" if answer.refusals or answer.not_understood else "answered"


def mentioned(answer: Answer | Refused) -> str:
    """Everything that the answer says beside its rows, in lower case."""
    if isinstance(answer, Refused):
        return str(answer).lower()
    return "\n".join(_sayings(answer)).lower()


def _sayings(answer: Answer) -> Iterator[str]:
    for chip in answer.understood:
        yield chip.label
    for refusal in answer.refusals:
        yield refusal.message
    yield from (*answer.not_understood, *answer.choices, *answer.notes, *answer.reservations)
    for block in answer.blocks:
        yield block.title
        yield from (chip.label for chip in block.chips)
        yield from (value for value in block.props.values() if isinstance(value, str))
        for rows in block.results.values():
            yield from rows.policies


def _missing(case: Case, answer: Answer | Refused) -> str:
    said = mentioned(answer)
    lost = [word for word in case.must_mention if word.lower() not in said]
    return f"does not mention {', '.join(lost)}" if lost else ""


def _refused(case: Case, answer: Answer | Refused, missing: str) -> tuple[Outcome, str]:
    if case.expect == "answer" or case.wanted:
        return "refused_wrongly", f"refused: {_why(answer)}"
    return ("refused_wrongly", missing) if missing else ("refused_rightly", "")


def _why(answer: Answer | Refused) -> str:
    if isinstance(answer, Refused):
        return str(answer)
    if answer.refusals:
        return answer.refusals[0].message
    if answer.not_understood:
        return f"not understood: {', '.join(answer.not_understood)}"
    return "; ".join(answer.notes) or "no block answers"


def _fault(case: Case, answer: Answer, read: Read) -> str:
    """Why the blocks do not equal a gold each; empty where they do, and where there is nothing to compare."""
    found, wanted = facts(case, answer), case.wanted
    if case.page:
        return _page_fault(case, found, read)
    if len(found) < len(wanted):
        return f"{len(found)} blocks where {len(wanted)} were expected"
    for at, (block, golds) in enumerate(zip(found, wanted, strict=False)):
        fault = _block_fault(block, golds, case, read)
        if fault:
            return f"block {at + 1}: {fault}" if len(wanted) > 1 else fault
    return ""


def _page_fault(case: Case, found: Sequence[Block], read: Read) -> str:
    """Why the page is not as it should be: a block that is not there, or one that should be gone."""
    for at, golds in enumerate(case.page):
        if all(_block_fault(block, golds, case, read) for block in found):
            return f"no block of the page is the expected one {at + 1}"
    for block in found:
        if case.gone and not _block_fault(block, case.gone, case, read):
            return f"the block “{block.title}” still stands on the page"
    return ""


def _block_fault(block: Block, golds: Sequence[str], case: Case, read: Read) -> str:
    if "main" not in block.results:
        return block.withheld or "the block has no rows"
    rows, first = block.results["main"], ""
    for gold in golds:
        fault = difference(rows, read(gold), case.compare)
        if not fault:
            return ""
        first = first or fault
    return first
