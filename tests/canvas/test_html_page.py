"""A whole page as one file: what it says, and that it asks for and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle_kit.canvas.html import Html, element, joined, shown
from oracle_kit.canvas.page_html import block_html, page_html
from oracle_kit.model import Block, Page, Plan, Revision
from tests.canvas import hostile, samples
from tests.canvas.markup import Markup, read, unsafe
from tests.canvas.samples import KINDS, NOW


def page(**more: Any) -> Page:
    """A page of the sales desk."""
    title = more.pop("title", "Sales desk, April")
    return Page(id="page_1", title=title, owner="analyst", created_at=NOW, updated_at=NOW, **more)


def revision(blocks: tuple[Block, ...], **more: Any) -> Revision:
    """Its seventh revision."""
    more = {"prompt": "How is April going?", "mode": "codebook_retrieval"} | more
    made = {
        "id": "rev_1",
        "page_id": "page_1",
        "number": 7,
        "kind": "prompt",
        "author": "analyst",
        "blocks_digest": "x",
    }
    return Revision(blocks=blocks, at=NOW, **(made | more))


def markup_of(*blocks: Block, **more: Any) -> Markup:
    """A page with the blocks, read back."""
    return read(page_html(page(), revision(blocks, **more), KINDS))


def test_a_page_of_every_kind_is_whole_and_asks_for_nothing() -> None:
    html = page_html(page(), revision(samples.whole_page()), KINDS)
    markup = read(html)
    assert markup.faults == []
    assert unsafe(markup) == []
    assert "url(http" not in html
    assert "@import" not in html
    assert len(markup.all("article")) == len(samples.whole_page())
    assert [one.text for one in markup.all("h1")] == ["Sales desk, April"]
    assert "“How is April going?”" in markup.texts("p")
    assert "Revision 7 · 19 Apr 2026, 09:00 UTC · analyst" in markup.texts("p")


def test_the_policy_lets_in_the_one_style_sheet_and_nothing_else() -> None:
    html = page_html(page(), revision((samples.bars(),)), KINDS)
    markup = read(html)
    policies = [one.attributes["content"] for one in markup.all("meta") if "http-equiv" in one.attributes]
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert not [one for one in markup.elements if "style" in one.attributes]


def test_what_was_not_understood_and_reservations_stand_above_the_numbers() -> None:
    plan = Plan(
        not_understood=("balcony",),
        reservations=("“April” was read as created in April.",),
        choices=("won in April",),
    )
    (banner,) = markup_of(samples.bars(), plan=plan).all("aside")
    assert "Not understood: “balcony”" in banner.text
    assert "“April” was read as created in April." in banner.text
    assert "It could also mean: won in April" in banner.text
    assert not markup_of(samples.bars()).all("aside")


def test_chips_say_where_they_come_from_and_what_else_they_could_be() -> None:
    chips = (samples.CITY_CHIP, samples.WINDOW_CHIP, samples.POLICY_CHIP, samples.TIE_CHIP)
    found = markup_of(samples.bars(chips=chips)).all(class_="o-chip")
    assert [one.text for one in found] == [
        "City is Kolkata",
        "Created this month by default",
        "your opportunities by policy",
        "City is Pune by default",
    ]
    assert found[3].attributes["title"] == "could also be: person's city"


def test_the_source_says_dataset_time_mode_and_policies() -> None:
    sources = markup_of(samples.table()).texts("footer")
    parts = ["Opportunities (version 1)", "as of 19 Apr 2026, 09:00 UTC", "from the codebook"]
    assert sources[0].split(" · ") == [*parts, "your opportunities", "Phone masked"]


def test_a_withheld_block_shows_its_reason_and_no_number() -> None:
    hidden = samples.bars().model_copy(
        update={"results": {}, "withheld": "These rows were read under other rights."}
    )
    (body,) = markup_of(hidden).all(class_="o-body")
    assert body.text.startswith("⊘These rows were read under other rights.")
    assert "₹" not in body.text


def test_a_page_without_blocks_says_so() -> None:
    assert "This page has no blocks yet." in markup_of(prompt=None).texts("p")


def test_titles_prompts_and_authors_are_text() -> None:
    html = page_html(
        page(title=hostile.TEXTS[0]), revision((), prompt=hostile.TEXTS[1], message=hostile.TEXTS[2]), KINDS
    )
    markup = read(html)
    assert markup.faults == []
    assert unsafe(markup) == []
    assert markup.texts("h1") == [hostile.TEXTS[0]]


def test_a_block_alone_brings_its_scoped_style() -> None:
    html = block_html(samples.kpi(), KINDS)
    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.S)
    bare = re.sub(r"@\w[^{]*\{|\}", "\n", re.sub(r"\{[^{}]*\}", "\n", sheet))
    selectors = [one for line in bare.split("\n") for one in line.split(",") if one.strip()]
    assert selectors
    assert [one for one in selectors if ".oracle-canvas" not in one] == []


def test_equal_pages_are_equal_text() -> None:
    blocks = samples.whole_page()
    assert page_html(page(), revision(blocks), KINDS) == page_html(page(), revision(blocks), KINDS)


@given(st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_text_comes_out_as_itself(text: str, name: str) -> None:
    made = read(element("p", text, title=text, class_=name))
    assert made.faults == []
    (only,) = made.elements
    clean = element("p", text).removeprefix("<p>").removesuffix("</p>")
    assert "<" not in clean
    assert only.tag == "p"
    assert set(only.attributes) == {"title", "class"}


def test_markup_is_only_what_we_made() -> None:
    assert joined((Html("<b>ours</b>"), "<b>theirs</b>")) == "<b>ours</b>&lt;b&gt;theirs&lt;/b&gt;"
    assert shown("12543210.50", samples.VALUE) == '<bdi title="₹1,25,43,210.50">₹1.25 Cr</bdi>'
    assert shown(3, samples.COUNT) == "<bdi>3</bdi>"
