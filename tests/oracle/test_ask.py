"""Asking: what is kept of it, what is refused, and what happens when something is away."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from oracle_kit import NotFound, NotPermitted, Oracle, Settings, Viewer, open_oracle
from oracle_kit.errors import PromptRefused, Unavailable, WarehouseUnavailable
from oracle_kit.state.tables import audit, runs

BAD_PROMPTS = {
    "empty": ("", "empty"),
    "blank": (" \n\t ", "empty"),
    "huge": ("leads " * 20_000, "at most 20,000"),
    "binary": ("leads \x00\x01\x02", "not text"),
    "emoji": ("🏠🔥", "no words"),
}


def kept(settings: Settings, table: sa.Table) -> list[sa.RowMapping]:
    """The rows of a state table, read past the product."""
    engine = sa.create_engine(str(settings.state_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.select(table)).mappings())


@pytest.mark.parametrize("name", BAD_PROMPTS)
def test_malformed_prompts_commit_nothing(oracle: Oracle, name: str, analyst: Viewer) -> None:
    prompt, reason = BAD_PROMPTS[name]
    with pytest.raises(PromptRefused, match=reason):
        oracle.ask(prompt, viewer=analyst)
    assert not [page for page in oracle.pages.list(viewer=analyst)[0] if page.owner == analyst.id]


@pytest.mark.parametrize(
    "prompt",
    [
        "'; drop table crm_leads; --",
        "select * from crm_people",
        "مرحبا كم عدد العملاء",
        "leads' or 1=1 --",
    ],
)
def test_what_is_no_question_is_answered_with_a_refusal(oracle: Oracle, prompt: str, analyst: Viewer) -> None:
    answer = oracle.ask(prompt, viewer=analyst)
    assert answer.status == "refused"
    assert answer.revision is not None
    assert answer.refusals


def test_an_unknown_word_is_named_and_nothing_is_passed_off_as_the_answer(
    oracle: Oracle, analyst: Viewer
) -> None:
    answer = oracle.ask("overdue follow-ups with a balcony", viewer=analyst)
    assert answer.status == "refused"
    assert answer.not_understood == ("balcony",)
    assert "balcony" in answer.blocks[0].props["message"]
    assert all(block.suggestion for block in answer.blocks if block.kind != "notice")


def test_each_prompt_leaves_a_run_and_each_fetch_an_audit_row(
    oracle: Oracle, settings: Settings, analyst: Viewer
) -> None:
    answer = oracle.ask("leads by city", viewer=analyst)
    (run,) = (row for row in kept(settings, runs) if row["run_id"] == answer.run_id)
    assert (run["kind"], run["status"]) == ("prompt", "succeeded")
    assert run["page_id"] == answer.page_id
    fetched = [row for row in kept(settings, audit) if row["detail"].get("run_id") == answer.run_id]
    queries = {query.digest for block in answer.blocks for query in block.queries.values()}
    assert {row["detail"]["query_digest"] for row in fetched} == queries
    assert {row["who"] for row in fetched} == {analyst.id}


def test_all_reads_of_a_prompt_share_one_as_of(oracle: Oracle, analyst: Viewer) -> None:
    answer = oracle.ask("show overdue follow-ups and the pipeline by city", viewer=analyst)
    moments = {one.as_of for block in answer.blocks for one in block.source.queries.values()}
    assert moments == {answer.as_of}


def test_pages_are_added_to_and_kept(oracle: Oracle, analyst: Viewer) -> None:
    first = oracle.ask("leads by city", viewer=analyst)
    assert first.page_id is not None
    second = oracle.ask("deals by stage", viewer=analyst, page=first.page_id)
    assert second.revision is not None
    assert second.revision.number == 2
    titles = [block.title for block in oracle.pages.revision(first.page_id, viewer=analyst).blocks]
    assert titles == [block.title for block in (*first.blocks, *second.blocks)]


def test_equal_answers_have_equal_digests(oracle: Oracle, analyst: Viewer) -> None:
    one, two = (oracle.ask("leads by city", viewer=analyst).revision for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.blocks_digest == two.blocks_digest
    assert one.hash != two.hash


def test_a_page_that_one_may_not_read_is_not_there(oracle: Oracle, analyst: Viewer) -> None:
    answer = oracle.ask("leads by city", viewer=analyst)
    assert answer.page_id is not None
    for read in (oracle.pages.read, oracle.pages.revision, oracle.pages.revisions):
        with pytest.raises(NotFound, match=answer.page_id):
            read(answer.page_id, viewer=oracle.viewer("manager"))
    with pytest.raises(NotFound):
        oracle.ask("leads by city", viewer=analyst, page="page_nowhere")


def test_viewers_may_not_prompt(oracle: Oracle) -> None:
    with pytest.raises(NotPermitted, match="ask prompts"):
        oracle.ask("leads by city", viewer=oracle.viewer("viewer"))


def test_denied_is_said_and_says_nothing_of_what_it_hides(oracle: Oracle) -> None:
    answer = oracle.ask("how many leads are there", viewer=oracle.viewer("operator"))
    assert answer.status == "refused"
    assert [one.code for one in answer.refusals] == ["not_permitted"]
    assert not any(block.results for block in answer.blocks)


def test_an_advisor_gets_their_own_rows_and_a_chip_that_says_so(oracle: Oracle, analyst: Viewer) -> None:
    everyone = oracle.ask("how many leads", viewer=analyst).blocks[0].rows[0][0]
    block = oracle.ask("how many leads", viewer=oracle.viewer("advisor")).blocks[0]
    assert isinstance(everyone, int)
    assert 0 < int(str(block.rows[0][0])) < everyone
    assert any("your leads" in policy for one in block.source.queries.values() for policy in one.policies)
    assert [chip.label for chip in block.chips if chip.origin == "policy"] == ["your leads"]


def test_a_shared_page_withholds_what_its_reader_may_not_see(oracle: Oracle, analyst: Viewer) -> None:
    advisor = oracle.viewer("advisor")
    page = oracle.ask("leads by city", viewer=analyst).page_id
    assert page is not None
    oracle.pages.change(page, viewer=analyst, viewers=(advisor.id,))
    seen = oracle.pages.revision(page, viewer=advisor).blocks
    assert all(block.withheld and not block.results for block in seen)
    assert "numbers" not in seen[0].title
    colleague = oracle.viewer("author")
    oracle.pages.change(page, viewer=analyst, viewers=(colleague.id,))
    assert all(block.results for block in oracle.pages.revision(page, viewer=colleague).blocks)


def test_personal_data_is_shown_to_whoever_may_see_it_and_never_stored(
    oracle: Oracle, settings: Settings
) -> None:
    advisor = oracle.viewer("advisor")
    answer = oracle.ask("list my leads with phone", viewer=advisor)
    place = answer.blocks[0].results["main"].index("phone")
    phones = [str(row[place]) for row in answer.blocks[0].rows]
    assert phones
    assert "•••" not in phones
    state = Path(str(settings.state_url).removeprefix("sqlite:///"))
    stored = b"".join(path.read_bytes() for path in state.parent.glob(f"{state.name}*"))
    assert not any(phone.encode() in stored for phone in phones)
    assert answer.page_id is not None
    again = oracle.pages.revision(answer.page_id, viewer=advisor).blocks[0]
    assert [str(row[place]) for row in again.rows] == phones


def test_personal_data_is_refused_to_whoever_may_not_see_it(oracle: Oracle, analyst: Viewer) -> None:
    answer = oracle.ask("list leads with phone", viewer=analyst)
    assert [one.code for one in answer.refusals] == ["not_permitted"]
    assert "Phone" in answer.refusals[0].message


def test_replay_and_explain(oracle: Oracle, analyst: Viewer) -> None:
    answer = oracle.ask("leads by city", viewer=analyst)
    assert answer.page_id is not None
    block = answer.blocks[0]
    assert {one.verdict for one in oracle.pages.replay(answer.page_id, block.id, viewer=analyst)} == {
        "identical"
    }
    told = oracle.pages.provenance(answer.page_id, block.id, viewer=analyst)
    assert "GROUP BY" in told["queries"]["main"]["sql"]
    assert told["source"]["template_id"]
    oracle.pages.change(answer.page_id, viewer=analyst, viewers=("advisor",))
    advisor = oracle.viewer("advisor")
    found = oracle.pages.replay(answer.page_id, block.id, viewer=advisor)
    assert {one.verdict for one in found} == {"not_comparable"}


def test_dry_run_tells_the_sql_and_commits_nothing(oracle: Oracle, analyst: Viewer) -> None:
    planned = oracle.dry_run("overdue follow-ups", viewer=analyst)
    assert planned["steps"][0]["sql"]["main"]["sql"].startswith("SELECT")
    assert not [page for page in oracle.pages.list(viewer=analyst)[0] if page.owner == analyst.id]


def test_stages_are_told_in_order(oracle: Oracle, analyst: Viewer) -> None:
    told: list[str] = []
    oracle.ask("leads by city", viewer=analyst, on_stage=lambda stage, _: told.append(stage))
    assert told == ["retrieve", "select", "plan", "fetch", "synthesize", "commit"]


def test_a_listener_that_fails_commits_nothing(oracle: Oracle, settings: Settings, analyst: Viewer) -> None:
    """As when a person presses Ctrl-C in the middle of a prompt."""

    def stop(stage: str, _: object) -> None:
        if stage == "fetch":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        oracle.ask("leads by city", viewer=analyst, on_stage=stop)
    assert not [page for page in oracle.pages.list(viewer=analyst)[0] if page.owner == analyst.id]
    (run,) = (row for row in kept(settings, runs) if row["requested_by"] == analyst.id)
    assert (run["status"], run["failure_reason"]) == ("failed", "KeyboardInterrupt")


def test_a_missing_warehouse_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(warehouse_url=f"duckdb:///{tmp_path / 'none.duckdb'}", home=tmp_path)
    with pytest.raises(WarehouseUnavailable, match="demo build"):
        open_oracle(settings)


def test_state_that_is_no_database_is_said(velocity_duckdb: str, tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_text(
        "this is a letter, not a database, and long enough to be read as one"
    )
    settings = Settings(warehouse_url=velocity_duckdb, home=tmp_path)
    with pytest.raises(Unavailable, match=r"state\.sqlite"):
        open_oracle(settings)
