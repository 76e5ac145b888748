"""The studio in a browser: every kind on every theme, the journeys of its users, and what must never happen."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect as playwright_expect

from oracle_kit import Oracle, Settings
from tests.browser.conftest import DESK, PHONE, Opens, page_with, serving_on
from tests.canvas import hostile, samples
from tests.server.served import Served, serving

pytestmark = pytest.mark.browser
KINDS = (
    samples.kpi, samples.bars, samples.stacked, samples.line, samples.split_line, samples.table, samples.board,
    samples.geo, samples.timeline, samples.activity, samples.comparison, samples.text, samples.notice,
)  # fmt: skip  # one of each


def every_kind(oracle: Oracle) -> str:
    blocks = tuple(make().model_copy(update={"id": f"blk_{at}"}) for at, make in enumerate(KINDS))
    return page_with(oracle, blocks)


def faults_by_axe(page: Any) -> list[str]:
    """What axe finds wrong, with the first place of each."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).response
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]


@pytest.mark.parametrize(
    ("theme", "size"), [("light", DESK), ("dark", DESK), ("light", PHONE)], ids=["light", "dark", "phone"]
)
def test_every_kind_shows_itself_and_axe_finds_no_fault(
    window: Opens, oracle: Oracle, theme: str, size: Any
) -> None:
    one = window("analyst", f"?page={every_kind(oracle)}", theme=theme, size=size)
    articles = one.page.locator("article.o-block")
    articles.nth(len(KINDS) - 1).wait_for()
    assert articles.count() == len(KINDS)
    assert one.page.locator(".o-withheld").count() == 0
    for at in range(len(KINDS)):
        box = articles.nth(at).bounding_box()
        assert box["width"] > 100
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
    assert one.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    surface = articles.first.evaluate("one => getComputedStyle(one).backgroundColor")
    assert (surface == "rgb(255, 255, 255)") == (theme == "light")
    assert faults_by_axe(one.page) == []


def test_hostile_words_are_text(window: Opens, oracle: Oracle) -> None:
    kinds = (
        "table",
        "bar_chart",
        "line_chart",
        "pipeline_board",
        "comparison",
        "activity_stream",
        "text",
        "notice",
    )
    blocks = tuple(hostile.texts(kind).model_copy(update={"id": f"blk_{kind}"}) for kind in kinds)
    one = window("analyst", f"?page={page_with(oracle, blocks, hostile.TEXTS[0])}")
    page = one.page
    page.locator("#blk_notice").wait_for()
    assert page.locator(".o-withheld").count() == 0
    assert page.locator("article script, article img, article iframe").count() == 0
    assert page.get_by_text("<script>alert(1)</script>").count() >= len(kinds)
    for kind in ("bar_chart", "line_chart"):
        article = page.locator(f"#blk_{kind}")
        article.locator("details.s-more summary").click()
        article.get_by_role("button", name="Explore the chart").click()
        article.get_by_role("button", name="Back to the picture").wait_for()
    for at in range(2):
        drawn = page.locator(".bk-Figure").nth(at)
        drawn.scroll_into_view_if_needed()
        for across in (200, 400, 600):
            drawn.hover(position={"x": across, "y": 120})
    assert page.locator(".bk-Tooltip script, .bk-Tooltip img").count() == 0


def test_an_analyst_asks_looks_changes_and_goes_back(window: Opens, oracle: Oracle) -> None:
    one = window()
    page = one.page
    one.ask("overdue follow-ups in Kolkata")
    assert "?page=page_" in page.url
    table = page.locator("article.o-kind-table").first
    heading = table.locator("button.s-sort").nth(1)
    heading.click()
    table.locator('th[aria-sort="ascending"]').wait_for()
    table.locator("summary", has_text="Kolkata").click()
    table.locator("input[value=Kolkata]").fill("Pune")
    page.keyboard.press("Enter")
    table.locator("summary", has_text="Pune").wait_for()
    table.locator("details.s-more summary").click()
    table.get_by_role("button", name="Why this?").click()
    page.get_by_text("SQL and parameters").first.click()
    page.locator("pre code", has_text="SELECT").first.wait_for()
    page.get_by_label("Note", exact=True).fill("Call them **today**")
    page.get_by_role("button", name="Add note").click()
    page.locator("article.o-kind-text", has_text="Call them").wait_for()
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="What changed").first.click()
    page.get_by_text("What revision 3 changed").wait_for()
    with page.expect_download() as download:
        page.locator("summary", has_text="Export").click()
        page.get_by_role("link", name="Web page").click()
    assert download.value.suggested_filename.endswith(".html")


def test_keyboard_alone_is_enough(window: Opens) -> None:
    one = window()
    page = one.page
    page.locator("textarea.s-prompt").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("leads by source")
    page.keyboard.press("Enter")
    page.locator("article.o-block").first.wait_for()
    more = page.locator("details.s-more summary").first
    more.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Why this?").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Why this?").first.wait_for(state="hidden")
    assert more.evaluate("one => one.getRootNode().activeElement === one")


def test_what_was_not_understood_is_a_visible_note(window: Opens) -> None:
    one = window()
    one.ask("share price of tesla tomorrow")
    note = one.page.locator(".s-note, .o-notice").first
    note.wait_for()
    assert "Traceback" not in one.page.content()


def test_commit_of_somebody_else_appears_by_itself(window: Opens, oracle: Oracle) -> None:
    page_id = page_with(oracle, (samples.bars(),))
    one = window("analyst", f"?page={page_id}")
    one.page.locator("article.o-block").first.wait_for()
    oracle.ask("leads by source", viewer=oracle.viewer("analyst"), page=page_id)
    one.page.locator("article", has_text="Leads by source").first.wait_for(timeout=5_000)


def test_an_author_sees_a_template_under_each_role(window: Opens) -> None:
    page = window("author", "").page
    page.get_by_role("link", name="Templates").click()
    page.get_by_label("Search the codebook").fill("overdue by advisor")
    page.get_by_role("button", name="Find").click()
    page.locator("button.s-entry", has_text="by_advisor").first.click()
    editor = page.locator("textarea.s-yaml")
    page.get_by_text("No fault").wait_for()
    page.get_by_role("button", name="See it under each role").click()
    page.get_by_role("region", name="As manager").locator("article").first.wait_for()
    editor.fill(editor.input_value().replace("kind: bar_chart", "kind: bar_char"))
    page.locator(".s-faults", has_text="kind").wait_for()
    assert faults_by_axe(page) == []


def test_an_operator_sees_what_is_up(window: Opens) -> None:
    page = window("operator", "").page
    page.get_by_role("link", name="Operations").click()
    page.get_by_text("Warehouse").wait_for()
    assert faults_by_axe(page) == []


def test_viewer_sees_what_is_shared_and_cannot_ask(window: Opens, oracle: Oracle) -> None:
    page_id = page_with(oracle, (samples.bars(),), "Shared numbers")
    oracle.pages.change(page_id, viewer=oracle.viewer("analyst"), visibility="everyone")
    page = window("viewer").page
    page.get_by_role("link", name="Shared numbers").first.click()
    page.locator("article.o-block").first.wait_for()
    assert page.locator("textarea.s-prompt").count() == 0
    assert page.get_by_role("button", name="Fork").count() == 0


def test_page_comes_back_after_the_server_restarts(window: Opens, oracle: Oracle, settings: Settings) -> None:
    from canvas_server import create_app

    with serving(create_app(oracle, settings), oracle) as first:
        port = int(first.url.rpartition(":")[2])
        one = window(url=first.url)
        one.page.locator("textarea.s-prompt").fill("half a question")
    one.page.locator("html[data-away]").wait_for(state="attached")
    with serving_on(port, oracle, settings):
        one.page.locator("html:not([data-away])").wait_for(state="attached")
        box = one.page.locator("textarea.s-prompt")
        box.wait_for()
        playwright_expect(box).to_have_value("half a question")
    one.faults.clear()  # what the browser says of a server that is away


def test_sign_in_by_hand(window: Opens, served: Served) -> None:
    one = window()
    page = one.page
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Token").fill("not a token")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    one.faults.clear()  # the browser says that this was a 401
    assert faults_by_axe(page) == []
