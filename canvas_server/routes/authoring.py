"""Templates and chapters proposed, versioned and retired, and a template's block put on a page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from canvas_server import answers
from canvas_server.batch_answers import ApprovalAnswer
from canvas_server.deps import (
    Html,
    IdempotencyKey,
    IfMatch,
    TemplateId,
    TheOracle,
    TheViewer,
    etag,
    seen_version,
    version_etag,
)
from canvas_server.json_answer import JsonAnswer
from canvas_server.strict import StrictRoute
from canvas_server.template_bodies import (
    NewChapter,
    NewSubchapter,
    NewTemplate,
    Retired,
    SeedPage,
    Synthesize,
    SynthesizedTemplate,
    TemplateVersion,
    Versions,
)

router = APIRouter(tags=["taxonomy"], route_class=StrictRoute)
v1_router = APIRouter(tags=["templates"], route_class=StrictRoute)


@router.post("/template-chapters", status_code=201, response_model=ApprovalAnswer)
def propose_chapter(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewChapter, key: IdempotencyKey = None
) -> JsonAnswer:
    """A chapter, proposed: it is there once a reviewer approves it."""
    return _chapter(request, oracle, viewer, body, key)


@router.post("/template-subchapters", status_code=201, response_model=ApprovalAnswer)
def propose_subchapter(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewSubchapter, key: IdempotencyKey = None
) -> JsonAnswer:
    """A subchapter of a chapter that there is, proposed: it is there once a reviewer approves it."""
    return _chapter(request, oracle, viewer, body, key)


@router.post("/component-templates", status_code=201, response_model=ApprovalAnswer)
def propose_template(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewTemplate, key: IdempotencyKey = None
) -> JsonAnswer:
    """A template of a new id, checked as files are and proposed: live everywhere once a reviewer approves it."""
    text = body.text or oracle.drafts.written(body.template)
    made = oracle.approvals.propose_template(
        body.id, text, viewer=viewer, reason=body.reason, key=key, new=True
    )
    return _proposed(request, made, 201)


@router.put("/component-templates/{template_id}", status_code=202, response_model=ApprovalAnswer)
def propose_version(
    request: Request,
    oracle: TheOracle,
    viewer: TheViewer,
    template_id: TemplateId,
    body: TemplateVersion,
    key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> JsonAnswer:
    """Another version of a template, proposed: it holds before the one there is once a reviewer approves it.

    With `If-Match`, 412 where another version is in force than the one that was read.
    """
    seen_version(if_match, oracle.templates.read(template_id, viewer=viewer))
    text = body.text or oracle.drafts.written(body.template)
    made = oracle.approvals.propose_template(
        template_id, text, viewer=viewer, reason=body.reason, key=key, new=False
    )
    return _proposed(request, made, 202)


@router.delete("/component-templates/{template_id}", response_model=Retired)
def retire(
    oracle: TheOracle, viewer: TheViewer, template_id: TemplateId, if_match: IfMatch = None
) -> JsonAnswer:
    """What was made here of a template is taken back, and its file's version holds again.

    409, naming the file, where a file is all that there is of it.
    """
    seen_version(if_match, oracle.templates.read(template_id, viewer=viewer))
    left = oracle.templates.retire(template_id, viewer=viewer)
    return JsonAnswer({"id": template_id, "in_force": left.model_dump(mode="json") if left else None})


@router.get("/component-templates/{template_id}/versions", response_model=Versions)
def versions(oracle: TheOracle, viewer: TheViewer, template_id: TemplateId) -> JsonAnswer:
    """The versions of a template, newest first, each with its YAML; `in_force` is the one that answers."""
    found = oracle.templates.versions(template_id, viewer=viewer)
    etag_of = version_etag(oracle.templates.read(template_id, viewer=viewer))
    return JsonAnswer({"items": [one.model_dump(mode="json") for one in found]}, headers=etag_of)


@router.post("/component-templates/{template_id}/seed", status_code=201, response_model=answers.Answered)
def seed(
    oracle: TheOracle,
    viewer: TheViewer,
    template_id: TemplateId,
    body: SeedPage,
    key: IdempotencyKey = None,
    html: Html = False,
) -> JsonAnswer:
    """The template's blocks put on a page, its places filled with values, without a prompt."""
    answer = oracle.templates.seed(template_id, body.values, viewer=viewer, page=body.page_id, key=key)
    state = etag(answer.revision.id, answer.revision.at) if answer.revision is not None else {}
    return JsonAnswer(oracle.answer_json(answer, html=html), 201, state)


PROPOSED: dict[int | str, dict[str, Any]] = {
    201: {"model": SynthesizedTemplate, "description": "The draft, saved as a proposal"}
}


@v1_router.post("/component-templates/synthesize", response_model=SynthesizedTemplate, responses=PROPOSED)
def synthesize(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: Synthesize, key: IdempotencyKey = None
) -> JsonAnswer:
    """A sound draft of a template, found by the understanding that answers prompts; no model is needed.

    It is previewed on the rows that I may see. Nothing is kept but, with `propose`, a proposal (201).
    """
    made = oracle.synthesis.draft(
        body.description, asks=body.asks, dataset=body.dataset, template_id=body.id, viewer=viewer
    )
    told = made.model_dump(mode="json", exclude={"blocks"})
    told["blocks"] = [oracle.block_json(block) for block in made.blocks]
    if not body.propose:
        return JsonAnswer({**told, "approval": None})
    saved = oracle.approvals.propose_template(
        made.template_id, made.text, viewer=viewer, reason=body.reason, key=key
    )
    told["approval"] = saved.model_dump(mode="json")
    return JsonAnswer(told, 201, _location(request, saved))


def _chapter(
    request: Request, oracle: TheOracle, viewer: TheViewer, body: NewChapter, key: str | None
) -> JsonAnswer:
    text = oracle.drafts.written({"title": body.title, "description": body.description})
    made = oracle.approvals.propose_template(
        body.id, text, viewer=viewer, reason=body.reason, key=key, new=True
    )
    return _proposed(request, made, 201)


def _proposed(request: Request, made: Any, status: int) -> JsonAnswer:
    return JsonAnswer(made.model_dump(mode="json"), status, _location(request, made))


def _location(request: Request, made: Any) -> dict[str, str]:
    site = request.url.path.partition("/api/oracle/")[0]
    return {"Location": f"{site}/api/oracle/v1/approvals/{made.approval_id}"}
