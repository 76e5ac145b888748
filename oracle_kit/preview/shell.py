"""What stands on every screen of the studio: the top line, and notices of what went wrong or was done."""

from __future__ import annotations

from collections.abc import Iterable

from oracle_kit.canvas.html import Html, element, said
from oracle_kit.errors import OracleError
from oracle_kit.model import Viewer
from oracle_kit.preview.cards import act, button

VIEWS = (("pages", "Pages"), ("templates", "Templates"), ("operations", "Operations"))


def top_html(prefix: str, view: str, viewer: Viewer) -> Html:
    """The brand, the three views, who is signed in, colours, and the way out."""
    mark = element(
        "svg",
        element("rect", x=1, y=10, width=5, height=9, rx=1.5, fill="#2457a6"),
        element("rect", x=8, y=5, width=5, height=14, rx=1.5, fill="#c06f17"),
        element("rect", x=15, y=1, width=5, height=18, rx=1.5, fill="#16806a"),
        width=21, height=20, aria_hidden="true",
    )  # fmt: skip  # one picture
    name = prefix.rstrip("/").rpartition("/")[2]
    links = (_link(name, key, label, key == view) for key, label in VIEWS)
    out = element(
        "form",
        element("button", "Sign out", type="submit", class_="s-small"),
        method="post",
        action=f"{name}/sign-out",
    )
    roles = ", ".join(viewer.roles)
    who = f"{viewer.id} ({roles})" if roles != viewer.id else viewer.id
    theme = element("button", "Light / dark", type="button", class_="s-small", data_theme_next=True)
    return element(
        "header",
        element("a", mark, "Oracle", href=name, class_="s-brand"),
        element("nav", *links, aria_label="Views"),
        element("div", said(who), theme, out, class_="s-who"),
        class_="s-top",
    )


def _link(name: str, key: str, label: str, here: bool) -> Html:
    address = name if key == "pages" else f"{name}?view={key}"
    return element("a", label, href=address, aria_current="page" if here else None)


def problem_html(error: OracleError) -> Html:
    """What was refused or failed, and what to do next, as a person reads it."""
    return _note("s-failed", error.message, error.hint)


def failure_html(request_id: str) -> Html:
    """That something failed that nobody foresaw, and the id that finds it in the server's log."""
    return _note(
        "s-failed",
        "Something failed here that was not foreseen.",
        f"Nothing was half done. Request {request_id} finds it in the log.",
    )


def told_html(text: str, more: str = "") -> Html:
    """Something that was done."""
    return _note("s-told", text, more)


def _note(class_: str, text: str, more: str) -> Html:
    head = element(
        "header", element("strong", said(text)), button("Close", act("do", what="dismiss"), "s-small")
    )
    return element(
        "aside", head, element("p", said(more)) if more else None, class_=f"s-note {class_}", role="alert"
    )


def ask_html(placeholder: str) -> Html:
    """The prompt box."""
    area = element(
        "textarea", class_="s-prompt", name="text", rows="1", placeholder=placeholder, aria_label="Ask a question",
        maxlength="20000",
    )  # fmt: skip  # one element
    return element(
        "form", area, element("button", "Ask", type="submit", class_="s-primary"),
        class_="s-ask", data_message=act("ask"), data_clear="1",
    )  # fmt: skip  # one form


def earlier_html(prompts: Iterable[str]) -> Html | None:
    """What was asked before, to be put into the box again."""
    before = [
        element("button", prompt, type="button", class_="s-item", data_prompt=prompt) for prompt in prompts
    ]
    if not before:
        return None
    menu = element("div", *before, class_="s-menu")
    return element("details", element("summary", "Asked before ▾"), menu, class_="s-pop")
