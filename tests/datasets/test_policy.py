"""Who reads what: roles add up, attributes bound, personal data masked, and reasons that reveal nothing."""

from __future__ import annotations

from typing import Any

import pytest

from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.compile import compile_query
from oracle_kit.datasets.policy import access, denial
from oracle_kit.errors import FieldNotAllowed
from oracle_kit.model import Viewer
from oracle_kit.query import Dimension, Having, Measure, Order, Query
from oracle_kit.windows import Clock
from tests.datasets.conftest import Ask
from tests.datasets.lending import VIEWERS
from tests.datasets.shapes import is_, listed, loans, many, members


def who(*roles: str, **attributes: Any) -> Viewer:
    return Viewer(id="who", roles=roles, attributes=attributes)


def test_a_role_without_filter_reads_all_and_sees_personal_data_masked(library: Catalog) -> None:
    allowed = access(library.datasets["desk.loans"], VIEWERS["analyst"])
    assert allowed is not None
    assert allowed.row_filter is None
    assert allowed.rows == ""
    assert allowed.masked == {"email", "mail_host"}
    assert allowed.scope.filters == ()
    assert allowed.scope.masked == ("email", "mail_host")


def test_a_row_filter_is_spelled_the_same_however_the_attribute_was_written(
    library: Catalog,
) -> None:
    dataset = library.datasets["desk.loans"]
    number, text = access(dataset, who("clerk", user_id=101)), access(dataset, who("clerk", user_id="101"))
    assert number is not None
    assert number == text
    assert number.scope.filters == ("manager_id = 101",)
    assert number.labels == ("your branch",)
    assert number.masked == frozenset()


def test_filters_of_two_roles_are_joined_by_or_and_only_what_both_unmask_is_shown(
    library: Catalog, ask: Ask
) -> None:
    allowed = access(library.datasets["desk.loans"], VIEWERS["clerk and lead"])
    assert allowed is not None
    assert allowed.rows == "your branch or your region"
    assert allowed.masked == {"email", "mail_host"}
    found = ask(listed("region", "manager_id", "email"), VIEWERS["clerk and lead"])
    assert {row[3] for row in found.rows} == {"•••"}
    assert all(row[1] == "east" or row[2] == 101 for row in found.rows)
    assert {row[2] for row in found.rows} > {101}
    assert found.policies == ("your branch", "your region", "Email masked")


def test_a_wider_role_wins_the_rows_and_keeps_them_masked(library: Catalog, ask: Ask) -> None:
    both = VIEWERS["clerk and analyst"]
    assert ask(loans("loans"), both).rows == ask(loans("loans"), VIEWERS["analyst"]).rows
    allowed = access(library.datasets["desk.loans"], both)
    assert allowed is not None
    assert allowed.masked == {"email", "mail_host"}


def test_one_of_two_wide_roles_that_unmasks_is_enough(library: Catalog) -> None:
    allowed = access(library.datasets["desk.loans"], who("analyst", "auditor"))
    assert allowed is not None
    assert allowed.masked == frozenset()


def test_whoever_may_see_personal_data_sees_it(ask: Ask) -> None:
    found = ask(listed("email", limit=3), VIEWERS["clerk"])
    assert all(str(row[1]).endswith("@example.org") for row in found.rows)
    assert not found.columns[1].masked
    assert found.scopes[0].filters == ("manager_id = 101",)


def test_what_is_computed_from_personal_data_is_masked_too(ask: Ask) -> None:
    found = ask(listed("email", "mail_host", limit=3))
    assert {value for row in found.rows for value in row[1:]} == {"•••"}
    assert [column.masked for column in found.columns] == [False, True, True]
    assert [column.type for column in found.columns[1:]] == ["text", "text"]


DENIED = [
    (who("viewer"), "You may not read Loans with the role viewer."),
    (who("operator"), "You may not read Loans with the role operator."),
    (who(), "You may not read Loans with the role none."),
    (who("guest"), "You may not read Loans with the role guest."),
    (who("clerk"), "You may not read Loans: your account has no valid user_id."),
    (who("clerk", user_id=None), "You may not read Loans: your account has no valid user_id."),
    (who("clerk", user_id="everyone"), "You may not read Loans: your account has no valid user_id."),
    (who("clerk", user_id=True), "You may not read Loans: your account has no valid user_id."),
    (who("lead", region=""), "You may not read Loans: your account has no valid region."),
    (who("clerk", "lead"), "You may not read Loans: your account has no valid user_id or region."),
]


@pytest.mark.parametrize(("viewer", "reason"), DENIED)
def test_denied_with_a_reason_and_never_empty(
    viewer: Viewer, reason: str, library: Catalog, clock: Clock
) -> None:
    dataset = library.datasets["desk.loans"]
    assert access(dataset, viewer) is None
    assert denial(dataset, viewer) == reason
    with pytest.raises(FieldNotAllowed, match="You may not read Loans"):
        compile_query(loans("loans"), library, viewer, clock)


def test_a_role_that_lacks_its_attribute_gives_nothing_beside_one_that_has_it(library: Catalog) -> None:
    allowed = access(library.datasets["desk.loans"], who("clerk", "lead", region="east"))
    assert allowed is not None
    assert allowed.scope.filters == ("region = 'east'",)


def test_a_dataset_without_policy_is_read_by_nobody(library: Catalog, clock: Clock) -> None:
    query = Query(dataset="desk.notes", columns=("city",))
    for viewer in [*VIEWERS.values(), who("admin")]:
        with pytest.raises(FieldNotAllowed, match="You may not read Private notes"):
            compile_query(query, library, viewer, clock)


def test_related_rows_of_a_denied_dataset_are_denied(library: Catalog, clock: Clock) -> None:
    guest = who("guest")
    assert compile_query(Query(dataset="desk.members", columns=("name",)), library, guest, clock)
    for query in (members(many("loans")), members(many("loans", "eq", 0)), members(many("loans", "ge", 0))):
        with pytest.raises(FieldNotAllowed, match="You may not read Loans"):
            compile_query(query, library, guest, clock)


EMAIL = is_("email", "eq", "m1@example.org")
MASKED_USES = {
    "filter": loans("loans", where=EMAIL),
    "null test": loans("loans", where=is_("email", "is_null")),
    "sort a list": listed("member", order=(Order(by="email"),)),
    "group": loans("loans", by=("email",)),
    "group by what is computed from it": loans("loans", by=("mail_host",)),
    "count": loans(Measure(fn="count", field="email")),
    "count distinct": loans(Measure(fn="count_distinct", field="email")),
    "least": loans(Measure(fn="min", field="email")),
    "measure where": loans(Measure(name="loans", where=EMAIL)),
    "fraction": loans(Measure(name="loans", where=EMAIL, of_all=True)),
    "nested": members(many("loans", where=EMAIL)),
    "nested deep": members(many("loans", where=many("siblings", "ge", 2, where=EMAIL))),
    "bound": loans(
        Measure(fn="max", field="email"),
        by=("city",),
        having=(Having(measure="max_email", op="gt", values=("m",)),),
    ),
    "band": loans("loans", by=(Dimension(field="email", size=1),)),
}


@pytest.mark.parametrize("use", MASKED_USES)
def test_a_masked_field_can_only_be_shown(use: str, library: Catalog, clock: Clock) -> None:
    with pytest.raises(FieldNotAllowed, match="masked for you") as caught:
        compile_query(MASKED_USES[use], library, VIEWERS["analyst"], clock)
    assert "@" not in caught.value.message


@pytest.mark.parametrize("use", ["filter", "group", "sort a list", "nested", "measure where"])
def test_who_sees_a_field_may_use_it(use: str, ask: Ask) -> None:
    assert ask(MASKED_USES[use], VIEWERS["clerk"]).rows is not None


def test_the_row_filter_holds_inside_related_rows(ask: Ask) -> None:
    """A clerk's members that have loans of their branch: none of the members has another branch's."""
    all_of_them = {row[0] for row in ask(members(many("loans"))).rows}
    own = {row[0] for row in ask(members(many("loans")), VIEWERS["clerk"]).rows}
    branch = {row[0] for row in ask(members(is_("manager_id", "eq", 101))).rows}
    assert own == all_of_them & branch
    assert own < all_of_them


def test_the_statement_carries_scopes_of_all_it_reads_and_the_tightest_timeout(
    library: Catalog, clock: Clock
) -> None:
    statement = compile_query(members(many("loans")), library, VIEWERS["clerk"], clock)
    assert [scope.dataset for scope in statement.scopes] == ["desk.members", "desk.loans"]
    assert statement.timeout_s == 5
    assert statement.policies == ("your branch",)


def test_the_row_cap_holds_whatever_is_asked(ask: Ask, library: Catalog, clock: Clock) -> None:
    statement = compile_query(listed("fee", limit=100_000), library, VIEWERS["analyst"], clock)
    assert statement.limit == statement.row_cap == 500
    grouped = compile_query(
        loans("loans", by=("member_id",), limit=100_000), library, VIEWERS["analyst"], clock
    )
    assert grouped.limit == 500
