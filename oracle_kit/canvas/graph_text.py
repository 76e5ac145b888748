"""A history as lines of text, as `git log --graph` draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from oracle_kit.model import Revision


def graph_lines(revisions: Sequence[Revision]) -> Iterator[tuple[str, Revision | None]]:
    """The lines that draw the revisions (each before its parents), with the revision of those that show one."""
    known = {one.id for one in revisions}
    drawing = _Drawing()
    for revision in revisions:
        yield from ((line, None) for line in drawing.joined(revision.id))
        yield drawing.marked(revision.id), revision
        parents = [one for one in revision.parents if one in known]
        yield from ((line, None) for line in drawing.branched(revision.id, parents))


@dataclass
class _Drawing:
    """The columns that are being drawn: in each, the revision that it leads to."""

    columns: list[str] = field(default_factory=list)

    def joined(self, revision: str) -> Iterator[str]:
        """Lines in which the columns that lead to the revision come together in the first of them."""
        while self.columns.count(revision) > 1:
            first = self.columns.index(revision)
            last = len(self.columns) - 1 - self.columns[::-1].index(revision)
            line = ["|" for _ in self.columns[:last]]
            gaps = [" " if at < first or at == last - 1 else "_" for at in range(last)]
            rest = "".join(" |" for _ in self.columns[last + 1 :])
            drawn = "".join(mark + gap for mark, gap in zip(line, gaps, strict=True))
            yield f"{drawn.rstrip(' ')}/{rest}" if last == first + 1 else f"{drawn[:-1]}/{rest}"
            del self.columns[last]

    def marked(self, revision: str) -> str:
        """The line with the revision's own mark, in a column of its own where none leads to it."""
        if revision not in self.columns:
            self.columns.append(revision)
        at = self.columns.index(revision)
        return " ".join("*" if column == at else "|" for column in range(len(self.columns)))

    def branched(self, revision: str, parents: Sequence[str]) -> Iterator[str]:
        """Lines in which the revision's column goes on to its parents, or ends."""
        at = self.columns.index(revision)
        before, after = self.columns[:at], self.columns[at + 1 :]
        self.columns = [*before, *parents, *after]
        bars = "".join("| " for _ in before)
        if len(parents) == 2:
            yield f"{bars}|\\{''.join(' ' + chr(92) for _ in after)}"
        elif not parents and after:
            yield f"{bars}{' '.join(' /' for _ in after)}".rstrip()
