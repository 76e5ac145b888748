"""Requests made from the OpenAPI document, good and bad: no failure of ours, and no answer that it does not tell of.

`make fuzz` runs many more: ORACLE_FUZZ is how many cases each operation gets.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from canvas_server import create_app
from oracle_kit import Settings
from tests.server import examples
from tests.server.served import Served

CASES = int(os.environ.get("ORACLE_FUZZ", "6"))
PROBES: dict[str, Any] = {
    "page_id": "",
    "block_id": "",
    "revision_id": "",
    "template_id": "follow_ups.overdue.high_qd",
    "job_id": "",
    "request_id": "1",
    "approval_id": "",
    "provider_id": "ollama",
}

load_all_checks()
api = schemathesis.openapi.from_dict(create_app(settings=Settings()).openapi())


@pytest.fixture(scope="module")
def probed(modelled: Served) -> Served:
    """A server with a model, and a page for the requests to meet."""
    served = modelled
    with served.client() as client:
        answer = served.asked(client, "Show overdue high-QD follow-ups")
        PROBES.update(examples.batch_ids(client), approval_id=examples.proposed(served))
    PROBES.update(
        page_id=answer["page_id"], revision_id=answer["revision"], block_id=answer["blocks"][0]["id"]
    )
    return served


@api.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=CASES < 50,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_undocumented_and_none_is_a_failure_of_ours(case: Any, probed: Served) -> None:
    for name in list(case.path_parameters or {}):
        if len(str(case.path_parameters[name])) % 2 or len(str(case.path_parameters[name])) < 4:
            case.path_parameters[name] = PROBES[name]
    token = probed.oracle.issue_token(probed.oracle.viewer("analyst"))
    answer = case.call(headers={"Authorization": f"Bearer {token}"}, base_url=probed.url)
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    if answer.status_code == 503 and answer.json()["code"] == "no_provider":
        checks.remove(not_a_server_error)  # the model's answer did not fit the schema that was made up
    case.validate_response(answer, checks=checks)
