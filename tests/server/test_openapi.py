"""The OpenAPI document is the contract: complete, its examples run, and no answer is undocumented."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest

import oracle_kit
from tests.server import examples
from tests.server.served import Served

ROUTES = sorted((Path(__file__).parents[2] / "canvas_server" / "routes").glob("*.py"))
STANDARD = {
    "__future__",
    "typing",
    "collections.abc",
    "fastapi",
    "fastapi.responses",
    "starlette.concurrency",
}


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """The names that a module imports, each with where from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


@pytest.mark.parametrize("path", ROUTES, ids=lambda path: path.stem)
def test_routes_stand_on_the_kits_public_names_alone(path: Path) -> None:
    for module, name in imported(path):
        if module == "oracle_kit":
            assert name in oracle_kit.__all__, f"{name} is not a public name of the kit"
        else:
            assert module in STANDARD or module.split(".")[0] == "canvas_server", module


def test_fastapi_stands_in_the_server_alone() -> None:
    kit = (Path(oracle_kit.__file__).parent).rglob("*.py")
    found = {
        path.name
        for path in kit
        for module, _ in imported(path)
        if module.split(".")[0] in ("fastapi", "starlette")
    }
    assert found <= {"served.py"}, "the studio's mount is the one exception"


def test_every_operation_is_described_and_every_body_has_an_example(served: Served) -> None:
    document = served.app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                schema = examples.resolved(document, body["schema"])
                assert schema["examples"], (method, path)
                for example in schema["examples"]:
                    jsonschema.validate(example, {**schema, "components": document["components"]})
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if status.startswith("2") and content is not None and not path.endswith("/export"):
                    assert "example" in content, (method, path, status)


def test_examples_of_answers_fit_their_schemas(served: Served) -> None:
    document = served.app.openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                content = response.get("content", {}).get("application/json", {})
                if "example" in content:
                    whole = {**content["schema"], "components": document["components"]}
                    jsonschema.validate(content["example"], whole)


def test_each_example_runs_and_answers_as_its_example_shows(modelled: Served) -> None:
    """What the document shows is what comes back: the same members, of the same types."""
    document = modelled.app.openapi()
    made = examples.run(modelled)
    for name, answers in made.items():
        method, path = name.split(" ")
        for status, body in answers.items():
            content = document["paths"][path][method]["responses"][status]["content"]["application/json"]
            jsonschema.validate(body, {**content["schema"], "components": document["components"]})
            assert examples.shape(content["example"]) == examples.shape(examples.short(body)), (
                f"refresh with `python -m {examples.__name__}`"
            )


def test_failures_carry_no_trace_and_no_statement(analyst: httpx.Client) -> None:
    for path in ("/api/oracle/v1/canvas-pages/'%20or%201=1", "/api/oracle/v1/canvas-pages?cursor=eA=="):
        text = analyst.get(path).text
        assert not re.search(r"Traceback|SELECT|sqlalchemy|\.py", text), text


def test_the_docs_ask_nothing_of_other_hosts(served: Served) -> None:
    page = httpx.get(f"{served.url}/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert httpx.get(served.url + asset).status_code == 200


def test_the_kept_examples_name_no_place(served: Served) -> None:
    text = json.dumps(examples.kept())
    assert served.url not in text
    assert "/tmp" not in text  # noqa: S108  # a path that must not be there
