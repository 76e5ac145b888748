"""Dataset files that are wrong say where, why, and what is nearest; those against another schema as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from oracle_kit.datasets.catalog import Catalog, read_catalog
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.errors import ContentError
from tests.datasets import lending

FAULTS = [
    ("grain: one row per loan\n", "", "'grain' is required here", "grain", ""),
    ("version: 3", "versoin: 3", "'versoin' is not a key", "versoin", "version"),
    (
        "column: member.name",
        "column: membr.name",
        "there is no join 'membr'",
        "fields.member.column",
        "member",
    ),
    ("key: loan_id", "key: loanid", "there is no field 'loanid'", "key", "loan_id"),
    (
        "default_measure: loans",
        "default_measure: loan",
        "there is no measure 'loan'",
        "default_measure",
        "loans",
    ),
    ("default_time: due_at", "default_time: fee", "there is no time field 'fee'", "default_time", ""),
    (
        "default_dimension: due_at:month",
        "default_dimension: due_at:moon",
        "no grain 'moon'",
        "default_dimension",
        "month",
    ),
    ("drill: [[region, city]]", "drill: [[region, citty]]", "no field 'citty'", "drill.0.1", "city"),
    ("list_order: [-fee]", "list_order: [-fees_]", "no field 'fees_'", "list_order.0", "fee"),
    ("owner: manager_id", "owner: manager", "no field 'manager'", "owner", "manager_id"),
    ("best: {by: fee", "best: {by: money", "no field or measure 'money'", "best.by", ""),
    ("best: {by: fee", "best: {groups: fee, by: fee", "no measure 'fee'", "best.groups", "fees"),
    (
        "fields:\n  loan_id: {column: loan_id, type: integer, role: id",
        "fields:\n  loan_id: {within: overdu, column: loan_id, type: integer, role: id",
        "no glossary term 'overdu'",
        "fields.loan_id.within",
        "overdue",
    ),
    ("place: {name: city", "place: {name: town", "no field, measure or term 'town'", "defaults.place", ""),
    (
        "{dataset: desk.loans, keys",
        "{dataset: desk.loan, keys",
        "no dataset 'desk.loan'",
        "relations.siblings.dataset",
        "desk.loans",
    ),
    (
        "{dataset: desk.loans, keys",
        "{takes: [statuss], dataset: desk.loans, keys",
        "no field in desk.loans 'statuss'",
        "relations.siblings.takes.0",
        "status",
    ),
    (
        "keys: {member_id: member_id}, words: [other",
        "keys: {member: member_id}, words: [other",
        "member is text, member_id is integer",
        "relations.siblings.keys.member",
        "",
    ),
    (
        "expression: price / pages, type: decimal",
        "expression: price / pages, type: text",
        "is a float, the field is declared text",
        "fields.per_page.expression",
        "",
    ),
    (
        "unit: INR/pages}\n  days_late",
        "unit: INR}\n  days_late",
        "is in INR/pages, the field is declared in INR",
        "fields.per_page.expression",
        "",
    ),
    (
        "{expression: email, type: text",
        "{expression: mail_host, type: text",
        "computed from itself",
        "fields.mail_host",
        "",
    ),
    ("{where: fee >= 100", "{where: bad and fee >= 100", "computed from itself", "glossary.", ""),
    ("overdue: {where", "city: {where", "is a term and a field", "glossary.city", "Rename"),
    (
        "  loans: {expression: count()",
        "  where: {expression: count()",
        "cannot be a name",
        "measures.where",
        "",
    ),
    (
        "rows: manager_id = viewer.user_id, label: your branch",
        "rows: manager_id = viewer.user_id",
        "needs a label",
        "policy.roles.clerk",
        "label",
    ),
    ("auditor: {", "auditer: {", "no role 'auditer'", "policy.roles.auditer", "auditor"),
    (
        "auditor: {unmasked: [email]}",
        "auditor: {unmasked: [city]}",
        "no personal field 'city'",
        "policy.roles.auditor.unmasked.0",
        "",
    ),
    (
        "role: id, lookup: exact}",
        "role: time, lookup: exact}",
        "does not fit the type integer",
        "fields.loan_id.role",
        "",
    ),
    (
        "label: Email, pii: true}",
        "label: Email, pii: true, values: database}",
        "has no list of values",
        "fields.email.values",
        "",
    ),
    (
        "type: float, role: number, unit: score}",
        "type: float, role: number, lookup: word}",
        "lookup does not work",
        "fields.score.lookup",
        "",
    ),
    (
        "identity: member_id",
        "identity: membr_id",
        "no field 'membr_id'",
        "fields.member.identity",
        "member_id",
    ),
    ("history, Zen", "history, 7", "7 is no text", "fields.genre.values", ""),
    (
        "values: database, value_words",
        "values: database, listed: true, value_words",
        "declares its values",
        "fields.city.listed",
        "",
    ),
    ("row_cap: 500", "row_cap: 0", "greater than or equal to 1", "policy.row_cap", ""),
    ("    column: status\n", "", "either a column or an expression", "fields.status", ""),
    (
        "branch: {table: branches, keys: {member.branch_id",
        "branch: {table: branches, keys: {book.branch_id",
        "joined later",
        "joins.branch.keys.book.branch_id",
        "",
    ),
    ("title: Loans", "title: Loans: and more", "not valid YAML", "", ""),
    ("key: loan_id", "key: loan_id\nkey: fee", "stands twice", "key", ""),
]


def test_a_plain_number_may_turn_one_unit_into_another(library_folder: Path) -> None:
    path = library_folder / "desk" / "loans.yaml"
    months = 'months_late: {expression: "days_between(due_at, now) / 30.4", type: float, role: number, unit: month}'
    text = path.read_text()
    path.write_text(text.replace("  fee_band:", f"  {months}\n  fee_band:", 1))
    assert Catalog.load(library_folder).datasets["desk.loans"].fields["months_late"].unit == "month"


@pytest.mark.parametrize(("old", "new", "message", "field", "hint"), FAULTS)
def test_a_fault_says_where_and_what(
    old: str, new: str, message: str, field: str, hint: str, library_folder: Path
) -> None:
    path = library_folder / "desk" / "loans.yaml"
    text = path.read_text()
    assert old in text
    spoiled = text.replace(old, new, 1)
    path.write_text(spoiled)
    with pytest.raises(ContentError) as caught:
        Catalog.load(library_folder)
    error = caught.value
    assert message in error.message
    assert error.file == "datasets/desk/loans.yaml"
    assert field in error.field
    assert hint in error.hint
    assert 1 <= error.line <= len(spoiled.splitlines())


def test_the_line_is_the_one_that_is_wrong(library_folder: Path) -> None:
    path = library_folder / "desk" / "loans.yaml"
    path.write_text(path.read_text().replace("returned_at is null and", "returned is null and"))
    with pytest.raises(ContentError) as caught:
        Catalog.load(library_folder)
    assert "returned is null" in path.read_text().splitlines()[caught.value.line - 1]


def test_every_file_is_read_before_it_gives_up(library_folder: Path) -> None:
    for name in ("loans", "members"):
        path = library_folder / "desk" / f"{name}.yaml"
        path.write_text(path.read_text().replace("key: ", "kee: ", 1))
    (library_folder / "workbench.yaml").write_text("curency: INR")
    _, faults = read_catalog(library_folder)
    assert [fault.file for fault in faults] == [
        "datasets/desk/loans.yaml",
        "datasets/desk/members.yaml",
        "datasets/workbench.yaml",
    ]


@pytest.mark.parametrize(
    ("count", "message"), [(10_001, "10,000 are the most"), (1_000_000, "too many for content")]
)
def test_a_list_of_values_that_nobody_wrote_is_refused_at_once(
    count: int, message: str, library_folder: Path
) -> None:
    path = library_folder / "desk" / "loans.yaml"
    values = "".join(f"      - shelf{number}\n" for number in range(count))
    field = (
        "  shelf:\n    column: status\n    type: text\n    role: dimension\n    label: Shelf\n    values:\n"
    )
    path.write_text(path.read_text().replace("fields:\n", f"fields:\n{field}{values}", 1))
    with pytest.raises(ContentError) as caught:
        Catalog.load(library_folder)
    assert message in caught.value.message
    assert "lookup: word" in caught.value.hint


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no dataset file"):
        Catalog.load(tmp_path)


def test_ids_are_paths_and_digests_follow_the_content(library: Catalog, library_folder: Path) -> None:
    assert list(library.datasets) == ["desk.loans", "desk.members", "desk.notes"]
    same = Catalog.load(library_folder)
    assert same.digest == library.digest
    path = library_folder / "desk" / "notes.yaml"
    path.write_text(path.read_text().replace("words: [note]", "words: [note, memo]"))
    other = Catalog.load(library_folder)
    assert other.digest != library.digest
    assert other.datasets["desk.loans"].digest == library.datasets["desk.loans"].digest


# against the live schema -----------------------------------------------------------------------


def test_the_library_fits_its_warehouse(library: Catalog, warehouse: Warehouse) -> None:
    assert library.verify(warehouse) == ()


SCHEMAS = [
    (
        "ALTER TABLE members RENAME COLUMN score TO scores",
        "members has no column 'score'",
        "fields.score.column",
        "scores",
    ),
    ("ALTER TABLE books RENAME TO book", "there is no table 'books'", "joins.book.table", "book"),
    (
        "ALTER TABLE loans RENAME COLUMN book_id TO volume",
        "loans has no column 'book_id'",
        "joins.book.keys",
        "",
    ),
    (
        "ALTER TABLE loans ALTER fee TYPE DOUBLE",
        "the column is DOUBLE, the field is declared decimal",
        "fields.fee.type",
        "float",
    ),
    (
        "ALTER TABLE loans ALTER due_at TYPE DATE",
        "the column is DATE, the field is declared timestamp",
        "fields.due_at.type",
        "date",
    ),
    (
        "ALTER TABLE books ALTER pages TYPE VARCHAR",
        "the column is VARCHAR, the field is declared integer",
        "fields.pages.type",
        "text",
    ),
    (
        "INSERT INTO books VALUES (3, 'fiction', 1, 1, 1)",
        "books.book_id is not unique",
        "joins.book.keys",
        "relation",
    ),
    ("INSERT INTO loans SELECT * FROM loans LIMIT 1", "does not name one row", "key", ""),
]


@pytest.mark.parametrize(("change", "message", "field", "hint"), SCHEMAS)
def test_another_schema_is_a_finding(
    change: str, message: str, field: str, hint: str, library: Catalog, tmp_path: Path
) -> None:
    path = tmp_path / "changed.duckdb"
    lending.build(f"duckdb:///{path}")
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    warehouse = Warehouse(f"duckdb:///{path}")
    findings = library.verify(warehouse)
    warehouse.close()
    own = [one for one in findings if one.file == "library/desk/loans.yaml"]
    assert own
    assert message in own[0].message
    assert own[0].field == field
    assert hint in own[0].hint
    assert own[0].line > 0
    assert own[0].level == "error"


def test_a_wider_number_than_the_column_holds_is_fine(
    library_folder: Path, duckdb_library: Warehouse
) -> None:
    path = library_folder / "desk" / "loans.yaml"
    path.write_text(
        path.read_text().replace("column: book.pages, type: integer", "column: book.pages, type: decimal")
    )
    path.write_text(
        path.read_text().replace(
            'page_band: {expression: "bucket(pages, 0, 100, 300)", type: integer',
            'page_band: {expression: "bucket(pages, 0, 100, 300)", type: decimal',
        )
    )
    assert Catalog.load(library_folder).verify(duckdb_library) == ()


def test_tables_of_another_schema_are_found(postgres_library: Warehouse, library_folder: Path) -> None:
    path = library_folder / "desk" / "notes.yaml"
    edit: Callable[[str, str], int] = lambda old, new: path.write_text(path.read_text().replace(old, new))  # noqa: E731 - two words
    edit("table: branches", "table: public.branches")
    assert Catalog.load(library_folder).verify(postgres_library) == ()
    edit("table: public.branches", "table: private.branches")
    findings = Catalog.load(library_folder).verify(postgres_library)
    assert "there is no table 'private.branches'" in findings[0].message
    assert "public.branches" in findings[0].hint
