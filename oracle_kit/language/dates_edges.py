"""Times with one edge: "since March", "until Friday", "before 15 March", "March onwards", "by month end"."""

from __future__ import annotations

from dataclasses import replace

from oracle_kit.language.dates_named import following
from oracle_kit.language.dates_reader import (
    Impossible,
    Place,
    Read,
    Reader,
    ReadStretch,
    Spoken,
    Stretch,
    absolute,
    moving,
    relative,
    year_at,
)
from oracle_kit.language.dates_relative import any_stretch
from oracle_kit.language.dates_years import calendar_stretch
from oracle_kit.query import Window

_NEAR = 183  # days ahead that an "until" may mean the coming one
_FORMS = {
    "since": "since",
    "on_or_after": "after",
    "after": "after",
    "until": "until",
    "due": "until",
    "before": "until",
}


def edged(reader: Reader, place: Place) -> Read:
    """The window with one edge that begins here: since, after, until, before, by; or its edge said behind."""
    said = reader.time.edges.at(reader.marks, place)
    if said is not None:
        read = point(reader, said[0], dated=said[1] not in ("until", "from"))
        if read is not None:
            return _from(reader, *read) if said[1] == "from" else edge(reader, said[1], *read)
    return _said_behind(reader, place)


def point(reader: Reader, place: Place, *, dated: bool = True) -> ReadStretch:
    """A time that gives an edge: any time, "end of March", "month end", or a bare year where one is meant."""
    place += reader.word(place) in reader.time.articles
    whole = reader.time.unit_edges.at(reader.marks, place)
    if whole is not None:
        edge, unit = whole[1]
        return whole[0], _cut(relative(unit, 0, 1, reader.clock), edge)
    cut = reader.time.ends_of.at(reader.marks, place)
    at = cut[0] + (reader.word(cut[0]) in reader.time.articles) if cut else place
    read = any_stretch(reader, at) or (the_unit(reader, cut[0]) if cut else None)
    if read is None:
        year = year_at(reader, place) if dated or reader.word(place - 1) in reader.time.contexts else None
        return (year[0], calendar_stretch(year[1])) if year else None
    end, stretch = read
    if isinstance(stretch, Impossible):
        return read
    behind = reader.time.ends_behind.at(reader.marks, end)
    if cut is not None:
        return end, _cut(stretch, cut[1])
    return (behind[0], _cut(stretch, behind[1])) if behind else read


def the_unit(reader: Reader, place: Place) -> ReadStretch:
    """ "the month" behind "end of": the running one."""
    unit = reader.time.units.at(reader.marks, place + (reader.word(place) in reader.time.articles))
    return (unit[0], relative(unit[1], 0, 1, reader.clock)) if unit else None


def _cut(stretch: Stretch, edge: str) -> Stretch:
    """The moment a stretch starts or ends, as a stretch of no length."""
    day = stretch.start if edge == "start" else stretch.end
    if stretch.window.form != "calendar":
        return replace(absolute(day, day, stretch.named), cut=edge)
    offset = stretch.window.offset + (stretch.window.count if edge == "end" else 0)
    window = stretch.window.model_copy(update={"offset": offset, "count": 1})
    return Stretch(window, day, day)


def edge(reader: Reader, name: str, end: Place, stretch: Stretch | Impossible) -> Read:
    if isinstance(stretch, Impossible):
        return end, stretch
    if stretch.window.form == "rolling":
        return _rolling_edge(name, end, stretch)
    if name in ("until", "due", "before"):
        stretch = _coming(reader, stretch, deadline=name == "due")
    if name == "since":
        end = _until_now(reader, end)
    windows = [_window(reader, name, one) for one in (stretch, *stretch.others)]
    return end, Spoken(windows[0], tuple(windows[1:]))


def _window(reader: Reader, name: str, stretch: Stretch) -> Window:
    form, last = _FORMS[name], name in ("after", "until", "due")
    if form == "since" and stretch.start > reader.today:
        form = "after"
    known = stretch.window
    if known.form == "calendar":
        offset = known.offset + (known.count if last and stretch.start < stretch.end else 0)
        return moving(form, known.unit, offset, fiscal=known.fiscal)
    day = stretch.end if last else stretch.start
    edges = {"end": day} if form == "until" else {"start": day}
    return Window(field="", form=form, **edges)


def _rolling_edge(name: str, end: Place, stretch: Stretch) -> Read:
    """ "since the last 30 days" is those days; "before the last 30 days" what is older."""
    back = stretch.window.offset < 0
    if name in ("since", "on_or_after") and back:
        return end, Spoken(stretch.window)
    if name == "before" and back:
        return end, Spoken(stretch.window.model_copy(update={"form": "older", "offset": 0}))
    return (end, Spoken(stretch.window)) if name in ("until", "due") and not back else None


def _coming(reader: Reader, stretch: Stretch, *, deadline: bool) -> Stretch:
    """The coming one of a name where that is what an end means: a weekday, or the nearer of two."""
    named = stretch.named
    if named is None or named.year is not None:
        return stretch
    coming = following(named, reader.today, reader.calendar)
    if coming is None or stretch.start > reader.today:
        return stretch
    whole = absolute(*coming, named)
    later = _cut(whole, stretch.cut) if stretch.cut else whole
    if named.kind in ("weekday", "weekend"):
        return later
    ahead, ago = (later.start - reader.today).days, (reader.today - stretch.end).days
    if ahead > _NEAR or ahead >= ago:
        return replace(stretch, others=())
    return replace(later, others=() if deadline else (replace(stretch, others=()),))


def _from(reader: Reader, end: Place, stretch: Stretch | Impossible) -> Read:
    """ "from March onwards", "from tomorrow", "from 1 March": from then on; "from last month" is in it."""
    if isinstance(stretch, Impossible):
        return end, stretch
    on = reader.time.onwards.at(reader.marks, end)
    if on is not None:
        return edge(reader, "since", on[0], stretch)
    if _until_now(reader, end) > end:
        return edge(reader, "since", end, stretch)
    one_day = (stretch.end - stretch.start).days <= 1
    begins = stretch.start > reader.today or (
        one_day and (stretch.window.form == "absolute" or stretch.start == reader.today)
    )
    return edge(reader, "since", end, stretch) if begins and stretch.window.form != "rolling" else None


def _until_now(reader: Reader, end: Place) -> Place:
    """The place behind "till date", "until now"."""
    said = reader.time.until_now.at(reader.marks, end)
    return said[0] if said else end


def _said_behind(reader: Reader, place: Place) -> Read:
    """ "March onwards", "15 March se pehle", "March se": the edge behind the time."""
    read = point(reader, place, dated=False)
    if read is None or isinstance(read[1], Impossible):
        return None
    end, stretch = read
    on, back = (table.at(reader.marks, end) for table in (reader.time.onwards, reader.time.backwards))
    if on is not None and reader.word(end) not in ("on", "forward"):
        return edge(reader, "since", on[0], stretch)
    if back is not None:
        return edge(reader, "until", back[0], stretch)
    said = reader.time.edges_after.at(reader.marks, end)
    return edge(reader, said[1], said[0], stretch) if said else None
