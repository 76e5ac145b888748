"""The studio's pages that are plain HTML: the sign-in, and the page that a session lives in."""

from __future__ import annotations

from oracle_kit.canvas.html import Html, element, joined

LIVE_PAGE = """
{% block title %}{{ title | e }}{% endblock %}
{% block preamble %}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{{ studio }}/assets/icon.svg">
<link rel="stylesheet" href="{{ studio }}/assets/studio.css">
<link rel="stylesheet" href="{{ studio }}/assets/canvas.css">
<link rel="stylesheet" href="{{ studio }}/assets/blocks.css">
<link rel="stylesheet" href="{{ studio }}/assets/grid.css">
<script src="{{ studio }}/assets/studio.js" defer></script>
{% endblock %}
{% block js_resources %}{% endblock %}
{% block postamble %}{% endblock %}
{% block inner_body %}
{{ first_view }}
{{ bokeh_js }}
{{ super() }}
{% endblock %}
"""


def sign_in_page(prefix: str, after: str, problem: str = "") -> str:
    """The form that takes a token; a link with the token behind `#` fills it in, which no server sees or logs."""
    name = prefix.strip("/")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "Sign in · Oracle"),
        element("link", rel="icon", href="assets/icon.svg"),
        element("link", rel="stylesheet", href="assets/studio.css"),
        Html('<script src="assets/sign_in.js" defer></script>'),
    )
    said = element("p", problem, class_="s-problem", role="alert") if problem else None
    form = element(
        "form",
        element("label", "Token", for_="token"),
        element(
            "input", id="token", name="token", type="password", autocomplete="off", required=True,
            spellcheck="false", autofocus=True,
        ),
        element("input", type="hidden", name="next", value=after),
        element("button", "Sign in", type="submit", class_="s-primary"),
        method="post",
        action="sign-in",
    )  # fmt: skip  # a form reads as one
    told = element(
        "p",
        joined(
            ("Whoever runs this server issues one with ", element("code", "oracle token --user you"), ".")
        ),
        class_="s-quiet",
    )
    card = element("main", element("h1", "Oracle"), element("p", "Sign in to the studio."), said, form, told)
    body = element("body", card, class_="s-sign-in", data_studio=name)
    return Html(f"<!doctype html>\n{element('html', head, body, lang='en')}\n")
