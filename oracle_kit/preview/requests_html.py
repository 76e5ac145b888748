"""Merge requests as HTML: the list of a page's, and one with its decisions, conflicts and reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.merge import Decision, Resolution
from oracle_kit.canvas.merge_request import Review, Verdict
from oracle_kit.identity.roles import may
from oracle_kit.model import Page, Viewer
from oracle_kit.preview.cards import act, button
from oracle_kit.usecases.opened_requests import ListedRequest, OpenedRequest

Settled = Mapping[tuple[str, str], Resolution]
STATES = {
    "open": "open",
    "changes_requested": "changes asked for",
    "approved": "approved",
    "merged": "merged",
    "rejected": "rejected",
    "closed": "closed",
    "stale": "the page moved on",
}
BECOMES = {
    "keep": "stays as it was",
    "ours": "as on the page it goes into",
    "theirs": "taken over",
    "either": "the same on both",
    "conflict": "changed on both",
}
LABELS: dict[Verdict, str] = {
    "comment": "Comment",
    "approve": "Approve and merge",
    "request_changes": "Ask for changes",
    "reject": "Reject",
    "close": "Close",
    "merge": "Merge now",
}
SAID = {
    "comment": "said",
    "approve": "approved",
    "request_changes": "asked for changes",
    "reject": "rejected",
    "close": "closed",
    "merge": "merged",
}
PARTS = {"presence": "is there", "order": "place", "props": "picture"}
MOST_SHOWN = 160


def list_html(requests: Iterable[ListedRequest], page: Page, viewer: Viewer) -> Html:
    """The requests from and into a page, newest first; on a fork, the form that asks for a merge."""
    items = [_listed(one, page) for one in requests]
    none = element("p", "No merge request goes into this page or comes from it.", class_="s-quiet")
    close = button("Close", act("do", what="requests"), "s-small")
    return element(
        "section",
        element("h2", "Merge requests", class_="s-h2"),
        element("ul", *items, class_="s-list", aria_label="Merge requests") if items else none,
        _form(page) if page.forked_from is not None and may(viewer, "edit_pages") else None,
        element("p", close, class_="s-under"),
        class_="s-panel",
        aria_label="Merge requests",
    )


def _listed(one: ListedRequest, page: Page) -> Html:
    way = "into this page" if one.target_page == page.id else "from this page"
    inside = _entry(one, way)
    message = act("request", request=one.id)
    return element("li", element("button", *inside, type="button", class_="s-entry", data_message=message))


def waiting_html(requests: Iterable[ListedRequest], name: str) -> Html:
    """Requests that wait for somebody, each a link to its page; nothing where there are none."""
    items = [
        element("li", element("a", *_entry(one), href=_address(one, name), class_="s-entry"))
        for one in requests
    ]
    if not items:
        return Html()
    made = element("ul", *items, class_="s-list", aria_label="Merge requests")
    return joined((element("h2", "Merge requests that wait", class_="s-h2"), made))


def _address(one: ListedRequest, name: str) -> str:
    return f"{name}?page={one.target_page}&request={one.id}"


def _entry(one: ListedRequest, way: str = "") -> tuple[Html, Html]:
    open_ones = {0: "", 1: "1 conflict"}.get(one.conflicts, f"{one.conflicts} conflicts")
    facts = (STATES[one.state], open_ones, one.author, _moment(one.updated_at), way)
    told = element("span", said(" · ".join(filter(None, facts))), class_="s-quiet")
    return element("strong", said(one.title)), told


def _form(page: Page) -> Html:
    title = element(
        "input", id="request-title", name="text", value=page.title, maxlength="200", autocomplete="off"
    )
    why = element("input", id="request-why", name="message", maxlength="2000", autocomplete="off")
    return element(
        "form",
        element("label", "Ask the page this is a fork of to take over its changes", title),
        element("label", "Why", why),
        element("button", "Ask for the merge", type="submit", class_="s-small"),
        class_="s-form s-block",
        data_message=act("propose"),
    )


def request_html(one: OpenedRequest, settled: Settled, page_id: str, name: str) -> Html:
    """A request whole: where it goes, what becomes of each part, what was said of it, and what may be done."""
    back = button("All merge requests", act("request"), "s-small")
    return element(
        "section",
        element(
            "h2", said(one.title), " ", element("span", STATES[one.state], class_="o-tag"), class_="s-h2"
        ),
        _way(one, page_id, name),
        element("p", said(one.message)) if one.message else None,
        _decisions(one, settled),
        _reviews(one.reviews),
        _left(one, settled),
        element("p", back, class_="s-under"),
        class_="s-panel",
        aria_label="Merge request",
    )


def _way(one: OpenedRequest, page_id: str, name: str) -> Html:
    ends = [
        element("a", said(title), href=f"{name}?page={page}") if page != page_id else element("em", said(title))
        for title, page in ((one.source_title, one.source_page), (one.target_title, one.target_page))
    ]  # fmt: skip  # two ends
    return element(
        "p", ends[0], " into ", ends[1], f" · {one.author} · {_moment(one.created_at)}", class_="s-quiet"
    )


def _decisions(one: OpenedRequest, settled: Settled) -> Html:
    if not one.decisions:
        return element("p", "The two pages are the same: there is nothing to merge.", class_="s-quiet")
    kept = {(done.block, done.part): done for done in one.resolutions} | dict(settled)
    may_settle = one.state not in ("merged", "rejected", "closed") and "comment" in one.allowed
    order = sorted(one.decisions, key=lambda decision: decision.action != "conflict")
    items = (_decision(each, kept.get((each.block, each.part)), may_settle) for each in order)
    return joined(
        (element("h3", "What becomes of each part"), element("ul", *items, class_="s-diff s-decisions"))
    )


def _decision(one: Decision, resolution: Resolution | None, may_settle: bool) -> Html:
    is_conflict = one.action == "conflict"
    class_ = "s-removed" if is_conflict and resolution is None else "s-changed"
    head = element(
        "span", element("span", BECOMES[one.action], class_=class_), f" · {PARTS.get(one.part, one.part)} of ",
        element("strong", said(one.title or "a block")),
    )  # fmt: skip  # one line
    if not is_conflict:
        return element("li", head, element("span", said(_change(one)), class_="s-quiet"))
    sides = (
        ("theirs", "Take over", one.theirs),
        ("ours", "As on the page it goes into", one.ours),
        ("keep", "As it was before", one.base),
    )
    taken = resolution.take if resolution is not None else None
    choices = [_side(one, take, label, value, taken, may_settle) for take, label, value in sides]
    group = element(
        "div", *choices, class_="s-choices", role="group", aria_label=f"{one.part} of {one.title}: which?"
    )
    return element("li", head, group)


def _side(
    one: Decision, take: str, label: str, value: Any, taken: str | None, may_settle: bool
) -> Html:  # fmt: skip  # one signature
    told = element("span", said(_short(value)), class_="s-quiet")
    pressed = "true" if taken == take else "false"
    message = act("settle", block=one.block, part=one.part, take=take)
    press = button(label, message, "s-small", aria_pressed=pressed, disabled=not may_settle or None)
    return element("div", press, " ", told)


def _change(one: Decision) -> str:
    after = {"ours": one.ours, "theirs": one.theirs, "either": one.theirs}.get(one.action, one.base)
    return "" if one.base == after else f"{_short(one.base)} → {_short(after)}"


def _short(value: Any) -> str:
    """A part's value as a line: its chips, its kind, or itself."""
    if isinstance(value, Mapping):
        value = ", ".join(value.get("chips") or ()) or value.get("text") or value.get("kind") or "no filter"
    text = {None: "nothing", True: "yes", False: "no"}.get(value, str(value))
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def _left(one: OpenedRequest, settled: Settled) -> Html | None:
    """How many conflicts are open, and that what was settled is not sent yet."""
    left = sum((each.block, each.part) not in settled for each in one.conflicts)
    texts = [
        f"{left} to settle before this can be merged." if left else "",
        "What you settled goes with what you say or decide." if settled else "",
    ]
    text = " ".join(filter(None, texts))
    return element("p", text, class_="s-quiet", role="status") if text else None


def _reviews(reviews: Iterable[Review]) -> Html | None:
    items = [_review(one) for one in reviews]
    if not items:
        return None
    return joined((element("h3", "What was said"), element("ul", *items, class_="s-diff")))


def _review(one: Review) -> Html:
    settled = f", settled {len(one.resolutions)}" if one.resolutions else ""
    head = f"{one.reviewer} {SAID[one.verdict]}{settled} · {_moment(one.at)}"
    return element(
        "li",
        element("span", said(head), class_="s-quiet"),
        element("span", said(one.comment)) if one.comment else None,
    )


def verdicts_html(one: OpenedRequest) -> Html:
    """The box for what is said of a request, and the verdicts that its reader may give; nothing without any."""
    if not one.allowed:
        return Html()
    box = element(
        "textarea", class_="s-note-box", name="text", rows="2", aria_label="What you say of it", maxlength="2000",
        placeholder="What you say of it",
    )  # fmt: skip  # one element
    buttons = [
        element("button", LABELS[verdict], type="submit", name="verdict", value=verdict, class_="s-small")
        for verdict in one.allowed
    ]
    row = element("div", *buttons, class_="s-row")
    return element("form", box, row, class_="s-verdict", data_message=act("verdict"), data_empty="1")


def _moment(at: datetime) -> str:
    return f"{moment_text(at.replace(tzinfo=None, microsecond=0, second=0))} UTC"
