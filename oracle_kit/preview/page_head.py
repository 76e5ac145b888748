"""What stands above and beneath a page's blocks: title, facts, tools, and the note box."""

from __future__ import annotations

from collections.abc import Iterable

from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.identity.roles import may
from oracle_kit.model import Page, Revision, Viewer
from oracle_kit.preview.cards import act, button

EXPORTS = (
    ("html", "Web page"),
    ("json", "JSON"),
    ("csv", "CSV"),
    ("canvas", "JSON Canvas"),
    ("ipynb", "Notebook"),
)
WHO = (("private", "Only its members"), ("team", "The team"), ("everyone", "Everyone"))


def head_html(
    page: Page, revision: Revision | None, viewer: Viewer, prefix: str, *, old: bool, editing: bool
) -> Html:
    """Title and facts, the tools that this viewer has, and what must be known of the revision in view."""
    name = prefix.rpartition("/")[2]
    title = element("h1", said(page.title))
    tools = element("div", *_tools(page, revision, viewer, name, editing=editing), class_="s-tools")
    facts = element("p", said(_facts(page, revision)), class_="o-meta")
    back = _old(revision) if old else None
    archived = _archived(page, viewer) if page.archived else None
    note = element("div", back, archived, class_="s-block") if back or archived else None
    row = element("div", title, tools, class_="s-title-row")
    return joined((element("header", row, facts, class_="o-top"), note))


def _facts(page: Page, revision: Revision | None) -> str:
    seen = {"private": "private", "team": "the team sees it", "everyone": "everyone sees it"}[page.visibility]
    if revision is None:
        return f"No revision yet · {page.owner} · {seen}"
    at = moment_text(revision.at.replace(microsecond=0))
    how = f" · {MODES[revision.mode]}" if revision.mode in ("nemoclaw_hosted", "ollama_local") else ""
    fork = " · a fork" if page.forked_from is not None else ""
    return f"Revision {revision.number} · {revision.author} · {at} UTC{how} · {seen}{fork}"


def _tools(
    page: Page, revision: Revision | None, viewer: Viewer, name: str, *, editing: bool
) -> Iterable[Html]:
    yield button("History", act("do", what="history"), "s-small")
    if editing and revision is not None:
        yield button("Refresh", act("do", what="refresh"), "s-small")
    if may(viewer, "fork") and revision is not None:
        yield button("Fork", act("do", what="fork"), "s-small")
    yield button("Merge requests", act("do", what="requests"), "s-small")
    if revision is not None:
        links = [
            element(
                "a", label, class_="s-item", download=True,
                href=f"{name}/export/{page.id}?format={form}&revision={revision.id}",
            )
            for form, label in EXPORTS
        ]  # fmt: skip  # one link
        yield _pop("Export ▾", *links)
    if editing:
        form = element(
            "form",
            element("label", "Title", for_="page-title"),
            element(
                "input", id="page-title", name="text", value=page.title, autocomplete="off", maxlength="200"
            ),
            element("button", "Save", type="submit", class_="s-small"),
            class_="s-line",
            data_message=act("retitle"),
        )
        yield _pop("Page ▾", form, *(_owner(page) if viewer.id == page.owner else ()))


def _owner(page: Page) -> Iterable[Html]:
    choices = (
        button(
            label, act("share", visibility=key), aria_pressed="true" if page.visibility == key else "false"
        )
        for key, label in WHO
    )
    yield element(
        "div",
        element("p", "Who sees it", class_="s-quiet"),
        *choices,
        class_="s-group",
        role="group",
        aria_label="Who sees it",
    )
    yield button("Archive the page", act("do", what="archive"), "s-item s-danger")


def _pop(label: str, *inside: Html) -> Html:
    menu = element("div", *inside, class_="s-menu s-right")
    return element("details", element("summary", label), menu, class_="s-pop")


def _old(revision: Revision | None) -> Html:
    number = revision.number if revision is not None else 0
    text = element("span", f"You look at revision {number}, which is not the newest.")
    return element("aside", text, button("Show the newest", act("see"), "s-small"), class_="s-note s-told")


def _archived(page: Page, viewer: Viewer) -> Html:
    mend = (
        button("Bring it back", act("do", what="restore_page"), "s-small")
        if viewer.id == page.owner
        else None
    )
    return element("aside", element("span", "This page is archived."), mend, class_="s-note")


def foot_html(editing: bool) -> Html:
    """The box for a note that a person writes."""
    if not editing:
        return Html()
    form = element(
        "form",
        element(
            "textarea",
            class_="s-note-box",
            name="text",
            rows="1",
            placeholder="Write a note for this page",
            aria_label="Note",
        ),
        element("button", "Add note", type="submit", class_="s-small"),
        class_="s-ask",
        data_message=act("note"),
        data_clear="1",
    )
    return element("div", form, class_="s-block")
