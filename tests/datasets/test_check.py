"""`oracle check`: what it finds in content, and that it finds nothing where there is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracle_kit.check import check_content, content_faults
from oracle_kit.datasets.catalog import Catalog
from oracle_kit.datasets.finding import Finding
from oracle_kit.datasets.warehouse import Warehouse
from oracle_kit.windows import Clock


def found(
    warehouse: Warehouse,
    catalog: Catalog,
    clock: Clock,
    level: str,
) -> list[Finding]:
    return [one for one in check_content(catalog, warehouse, clock) if one.level == level]


def changed(folder: Path, name: str, old: str, new: str) -> Catalog:
    path = folder / "desk" / f"{name}.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return Catalog.load(folder)


def test_the_library_has_no_errors_and_every_expression_has_its_type_and_unit(
    library: Catalog, warehouse: Warehouse, clock: Clock
) -> None:
    assert found(warehouse, library, clock, "error") == []
    facts = {
        one.field: one.message for one in found(warehouse, library, clock, "fact") if "loans" in one.file
    }
    assert facts["measures.page_price"] == "float in INR/pages"
    assert facts["glossary.overdue"] == "boolean"
    assert facts["fields.days_held"] == "integer in day"


def test_a_dataset_without_policy_is_said(library: Catalog, duckdb_library: Warehouse, clock: Clock) -> None:
    said = [str(one) for one in found(duckdb_library, library, clock, "warning")]
    assert any("desk.notes has no policy: nobody may read it" in one for one in said)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "words: [dear, expensive]",
            "words: [dear, total fees]",
            "'total fees' is the measure fees and the term dear",
        ),
        ("words: [back]", "words: [late]", "'late' is a value of status and the term overdue"),
        ("words: [other loans]", "words: [bad]", "'bad' is the term bad and the relation siblings"),
    ],
)
def test_words_that_mean_two_things(
    old: str, new: str, message: str, library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    warnings = found(duckdb_library, changed(library_folder, "loans", old, new), clock, "warning")
    assert message in [one.message for one in warnings]


def test_a_word_that_a_default_decides_is_no_collision(
    library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    catalog = changed(
        library_folder, "loans", "label: Member, words: [borrower]", "label: Member, words: [place]"
    )
    catalog = changed(
        library_folder,
        "loans",
        "column: branch.region, type: text, role: dimension",
        "column: branch.region, type: text, role: dimension, words: [place]",
    )
    assert not [one for one in found(duckdb_library, catalog, clock, "warning") if "'place'" in one.message]


def test_fields_that_nothing_names(library: Catalog, duckdb_library: Warehouse, clock: Clock) -> None:
    named = {
        one.field
        for one in found(duckdb_library, library, clock, "warning")
        if "nothing names" in one.message
    }
    assert "fields.mail_host" in named
    assert "fields.email" not in named


def test_values_that_the_database_has_and_the_file_does_not(
    library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    catalog = changed(
        library_folder,
        "loans",
        "values: [fiction, science, history, Zen, éclair]",
        "values: [fiction, science, history]",
    )
    warnings = found(duckdb_library, catalog, clock, "warning")
    assert "the database also has Zen, éclair" in [one.message for one in warnings]


def test_what_does_not_run_is_an_error_with_its_place(
    library_folder: Path, duckdb_library: Warehouse, clock: Clock
) -> None:
    catalog = changed(
        library_folder, "loans", "table: books, keys: {book_id: book_id}", "table: books, keys: {book_id: id}"
    )
    errors = found(duckdb_library, catalog, clock, "error")
    assert [(one.field, one.message) for one in errors] == [("joins.book.keys", "books has no column 'id'")]


def test_faults_of_files_that_do_not_load(library_folder: Path) -> None:
    assert content_faults(library_folder) == ()
    (library_folder / "desk" / "bad.yaml").write_text("title: [\n")
    (fault,) = content_faults(library_folder)
    assert fault.file == "datasets/desk/bad.yaml"
    assert "not valid YAML" in str(fault)
