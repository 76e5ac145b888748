"""A studio session: it shows pages as its viewer may see them, does what it is told, and never shows a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oracle_kit import Oracle
from oracle_kit.model import Page
from oracle_kit.preview.screen_page import PageScreen
from tests.preview.conftest import Desk

Open = Callable[..., Desk]


def act(what: str, /, **more: Any) -> str:
    return json.dumps({"act": what, "n": 1, **more})


def page_of(oracle: Oracle, prompt: str = "pipeline value by city") -> Page:
    viewer = oracle.viewer("analyst")
    answer = oracle.ask(prompt, viewer=viewer)
    assert answer.page_id is not None
    return oracle.pages.read(answer.page_id, viewer=viewer)


def head(oracle: Oracle, page: Page) -> Any:
    return oracle.pages.revision(page.id, viewer=oracle.viewer("analyst"))


def test_first_screen_lists_the_pages(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    shown = desk().shown
    assert "What would you like to see?" in shown
    assert f'href="studio?page={page.id}"' in shown


def test_viewer_gets_no_prompt_box(desk: Open) -> None:
    shown = desk("viewer").shown
    assert "Shared with you" in shown
    assert "s-prompt" not in shown


def test_prompt_makes_a_page_and_shows_how_it_came_about(desk: Open) -> None:
    one = desk()
    one.tell(act("ask", text="pipeline value by city"))
    assert "o-kind-bar_chart" in one.shown
    assert "from the codebook · " in one.shown
    assert isinstance(one.studio._screen, PageScreen)


def test_refused_prompt_is_a_gentle_note_with_other_questions(desk: Open) -> None:
    one = desk()
    one.tell(act("ask", text="share price of tesla tomorrow"))
    assert "s-note" in one.shown
    assert "Traceback" not in one.shown


def test_edits_of_a_block(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk(page=page.id)
    block = head(studio_oracle, page).blocks[0]
    one.tell(act("edit", edits=[{"op": "resize", "block_id": block.id, "width": 6}]))
    one.tell(act("retitle", block=block.id, text="Where the money is"))
    one.tell(act("edit", edits=[{"op": "set_kind", "block_id": block.id, "kind": "table"}]))
    now = next(one for one in head(studio_oracle, page).blocks if one.id == block.id)
    assert (now.width, now.title, now.kind) == (6, "Where the money is", "table")
    assert "Where the money is" in one.shown
    assert "s-sort" in one.shown


def test_blocks_move_and_only_what_changed_is_drawn_anew(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk(page=page.id)
    blocks = head(studio_oracle, page).blocks
    screen = one.studio._screen
    assert isinstance(screen, PageScreen)
    before = {key: card._pane.object for key, card in screen._board.cards.items()}
    one.tell(act("move", block=blocks[0].id, by=1))
    assert [b.id for b in head(studio_oracle, page).blocks][:2] == [blocks[1].id, blocks[0].id]
    one.tell(act("note", text="A note at the end"))
    after = {key: card._pane.object for key, card in screen._board.cards.items()}
    assert len(after) == len(before) + 1
    drawn = [(key, html) for key, html in before.items() if after[key] != html]
    assert len(drawn) <= 3  # those that were or became first or last


def test_chip_gets_another_value_as_it_was_typed(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle, "overdue follow-ups in Kolkata")
    one = desk(page=page.id)
    block = head(studio_oracle, page).blocks[0]
    chip = next(chip for chip in block.chips if "Kolkata" in chip.values)
    one.tell(act("set_value", block=block.id, chip=chip.id, text=" Mumbai, Pune "))
    now = next(chip for chip in head(studio_oracle, page).blocks[0].chips if "Mumbai" in chip.values)
    assert now.values == ("Mumbai", "Pune")


def test_word_where_a_number_belongs_is_told(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle, "top 5 cities by pipeline value")
    one = desk(page=page.id)
    found = [(b, c) for b in head(studio_oracle, page).blocks for c in b.chips if c.op == "limit"]
    block, chip = found[0]
    one.tell(act("set_value", block=block.id, chip=chip.id, text="many"))
    assert "“many” is not a number." in one.shown


def test_why_and_replay(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk(page=page.id)
    block = head(studio_oracle, page).blocks[0]
    one.tell(act("look", block=block.id, at="why"))
    assert "Why this?" in one.shown
    assert "SELECT" in one.shown
    assert "crm.opportunities, version" in one.shown
    one.tell(act("look", block=block.id, at="replay"))
    assert "<strong>Identical</strong>" in one.shown


def test_chart_is_explored_and_put_back(desk: Open, studio_oracle: Oracle) -> None:
    import panel as pn

    page = page_of(studio_oracle)
    one = desk(page=page.id)
    block = head(studio_oracle, page).blocks[0]
    one.tell(act("look", block=block.id, at="explore"))
    assert len(one.studio.view.select(pn.pane.Bokeh)) == 1
    one.tell(act("look", block=block.id, at="explore"))
    assert not one.studio.view.select(pn.pane.Bokeh)


def test_table_is_sorted_and_turned(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle, "overdue follow-ups")
    one = desk(page=page.id)
    block = next(b for b in head(studio_oracle, page).blocks if b.kind == "table")
    one.tell(act("sort", block=block.id, column=1))
    assert 'aria-sort="ascending"' in one.shown
    one.tell(act("turn", block=block.id, page=1))
    assert "26 to " in one.shown


def test_history_compare_and_an_older_revision(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    first = head(studio_oracle, page)
    studio_oracle.ask("leads by source", viewer=studio_oracle.viewer("analyst"), page=page.id)
    one = desk(page=page.id)
    one.tell(act("do", what="history"))
    assert "leads by source" in one.shown
    one.tell(act("see", revision=head(studio_oracle, page).id, how="compare"))
    assert "What revision 2 changed" in one.shown
    assert "s-added" in one.shown
    one.tell(act("see", revision=first.id))
    assert "You look at revision 1, which is not the newest." in one.shown
    assert "Move down" not in one.shown


def test_commit_of_somebody_else_appears(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk(page=page.id)
    assert "Leads by source" not in one.shown
    studio_oracle.ask("leads by source", viewer=studio_oracle.viewer("analyst"), page=page.id)
    screen = one.studio._screen
    assert isinstance(screen, PageScreen)
    one.run(screen._moved_on)
    assert "Leads by source" in one.shown


def test_page_that_is_not_theirs_is_not_there(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk("manager", page=page.id)
    assert "There is no page" in one.shown
    assert "Pipeline" not in one.shown.replace("no page", "")


def test_reader_of_a_shared_page_gets_no_tools_that_change_it(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    desk(page=page.id).tell(act("share", visibility="everyone"))
    shown = desk("viewer", page=page.id).shown
    assert "o-kind-bar_chart" in shown
    assert "Why this?" in shown
    assert "Move down" not in shown
    assert "Add note" not in shown


def test_what_is_no_message_is_refused_in_a_sentence(desk: Open) -> None:
    one = desk()
    for line in ("", "[]", "null", '{"act":"format_disk"}', '{"act":"edit","edits":[{"op":"move"}]}'):
        one.tell(line)
        assert "That cannot be" in one.shown
        assert "Traceback" not in one.shown


def test_unforeseen_failure_shows_a_request_id_only(desk: Open, caplog: Any) -> None:
    one = desk()

    async def broken() -> None:
        raise RuntimeError("secret of the machine")

    one.run(lambda: one.studio.guarded(broken))
    assert "secret of the machine" not in one.shown
    request_id = one.shown.partition("Request ")[2].split()[0]
    assert request_id.startswith("req_")
    assert request_id in caplog.text


def test_session_ends_with_its_sign_in(studio_oracle: Oracle) -> None:
    one = Desk(studio_oracle, "analyst")
    one.studio.asked = lambda name: ""  # type: ignore[method-assign]  # there is no address here
    one.run(one.studio.open)
    one.studio._who = type(one.studio._who)("not a token")
    one.run(one.studio._still_there)
    assert "Sign in again" in one.shown
    assert "What would you like" not in one.shown


def test_closing_lets_go_of_the_feed(desk: Open, studio_oracle: Oracle) -> None:
    page = page_of(studio_oracle)
    one = desk(page=page.id)
    screen = one.studio._screen
    assert isinstance(screen, PageScreen)
    one.studio.close()
    assert screen._subscription.get(timeout=0) is None
    assert screen._subscription._closed


def test_operations_say_plainly_what_is_not_there(desk: Open) -> None:
    shown = desk("operator", view="operations").shown
    assert "Warehouse" in shown
    assert "answers" in shown


TEMPLATE = """
title: Lead sources in each city
description: Where leads come from, city by city; for planning campaigns.
version: 1
dataset: crm.leads
shape: breakdown
asks: [campaign planning by city and channel]
blocks:
  - kind: bar_chart
    title: Lead sources in each city
    query: {measures: [lead_count], dimensions: [city, source]}
"""


def test_author_writes_tries_and_proposes_and_a_reviewer_publishes(desk: Open) -> None:
    name = "leads.sources.by_city_and_channel"
    author = desk("author", view="templates")
    cursor = TEMPLATE.index("measures: [lead") + len("measures: [lead")
    author.tell(act("draft", text=TEMPLATE, id=name, cursor=cursor))
    assert "No fault" in author.shown
    assert 'data-insert="lead_count"' in author.shown
    author.tell(act("draft", text=TEMPLATE.replace("lead_count", "leed_count"), id=name))
    assert "leed_count" in author.shown
    assert "Did you mean" in author.shown
    author.tell(act("draft", text=TEMPLATE, id=name, want="preview"))
    assert 'aria-label="As manager"' in author.shown
    author.tell(act("draft", text=TEMPLATE, id=name, want="check"))
    assert "takes no ask" in author.shown or "from its neighbours" in author.shown
    author.tell(act("try", text="campaign planning by city and channel"))
    assert f"<strong>{name}</strong>" in author.shown
    author.tell(act("draft", text=TEMPLATE, id=name, want="save"))
    assert "is proposed" in author.shown
    waiting = desk("author", view="operations")
    assert "Publish a template" in waiting.shown
    assert "Approve" not in waiting.shown
    reviewer = desk("reviewer", view="operations")
    approvals, _ = reviewer.oracle.approvals.list(viewer=reviewer.studio.viewer)
    proposed = next(one for one in approvals if one.arguments["template_id"] == name)
    reviewer.tell(act("review", approval=proposed.approval_id, verdict="reject", text="not now"))
    assert "Publish a template: rejected." in reviewer.shown


def test_drafts_are_for_authors(desk: Open) -> None:
    one = desk("analyst", view="templates")
    assert "s-yaml" not in one.shown
    for want in ("complete", "preview", "check", "save"):
        one.tell(act("draft", text=TEMPLATE, id="a.b.c", want=want))
        assert "You may not propose templates" in one.shown
    one.tell(act("pick", text="overdue", chapter=""))
    assert "follow_ups.overdue" in one.shown


def test_other_roles_rows_reach_an_author_only_as_far_as_their_own(studio_oracle: Oracle) -> None:
    author = studio_oracle.viewer("author")
    text = (
        TEMPLATE.replace("kind: bar_chart", "kind: table")
        .replace(
            "query: {measures: [lead_count], dimensions: [city, source]}",
            "query: {columns: [lead_id, person_name, phone], order: [lead_id], limit: 5}",
        )
        .replace("shape: breakdown", "shape: list")
    )
    draft = studio_oracle.drafts.read(text, "leads.sources.phones", viewer=author)
    for seen in studio_oracle.drafts.under_roles(draft, viewer=author):
        for block in seen.blocks:
            shown = [str(value) for row in block.rows for value in row]
            assert not [
                value for value in shown if value.startswith("+91") and "•" not in value and "*" not in value
            ]
