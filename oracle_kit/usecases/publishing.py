"""Templates and chapters on their way into force: checked as files are, proposed, published as versions."""

from __future__ import annotations

from oracle_kit.approvals.approval import Approval, ApprovalStatus, Proposed
from oracle_kit.approvals.templates import PUBLISH, Row, described, publish, version_in_force
from oracle_kit.check.ground import ground_on
from oracle_kit.codebook.load import Chapter, Codebook, load_chapter, load_template
from oracle_kit.codebook.template import Template
from oracle_kit.errors import Conflict, ContentError, NotFound
from oracle_kit.language.tongue import load_tongue
from oracle_kit.model import Viewer
from oracle_kit.usecases.parts import Parts


def proposal(
    parts: Parts, template_id: str, text: str, viewer: Viewer, reason: str, new: bool | None = None
) -> Proposed:
    """A proposal of a template, or of a chapter where the id has one part or two; ContentError names a fault.

    Conflict where it must be `new` and is not, NotFound where it must not be new and is.
    """
    _check_new(parts, template_id, new)
    made = _read(parts, template_id, text)
    what = "chapter" if isinstance(made, Chapter) else "template"
    return Proposed(
        action=PUBLISH,
        title=f"Publish a {what}",
        arguments={"template_id": template_id, "text": text},
        before={"version": _version(parts, template_id), "row": _now(parts, template_id)},
        after=[{"insert": "oracle_templates", "row": described(made)}],
        reason=reason,
        viewer=viewer,
    )


def carried_out(
    parts: Parts, approval: Approval, proposer: Viewer, viewer: Viewer, comment: str
) -> tuple[ApprovalStatus, str]:
    """How an approved proposal ended, and why where it was not applied; what is applied is known here at once.

    `failed` where the text is no longer sound, `stale` where another version is in force than when it was proposed.
    Raises Conflict where somebody else decided it meanwhile.
    """
    template_id, text = approval.arguments["template_id"], approval.arguments["text"]
    try:
        _read(parts, template_id, text)
    except ContentError as error:
        return "failed", str(error)
    current = _version(parts, template_id)
    if current != approval.before["version"] and approval.status == "pending":
        told = f"version {current} was published" if current else "the version that was in force was retired"
        return "stale", f"{told} since this was proposed"
    publish(
        parts.state,
        approval.approval_id,
        approval.arguments,
        approval.before,
        after_version=_file_version(parts, template_id),
        author=proposer.id,
        by=viewer.id,
        comment=comment,
    )
    parts.knowledge.renew()
    return "applied", ""


def _read(parts: Parts, template_id: str, text: str) -> Template | Chapter:
    beside = parts.knowledge.current().codebook
    if template_id.count(".") < 2:
        return load_chapter(text, template_id, beside)
    props = {kind.name: kind.Props for kind in parts.kinds}
    ground = ground_on(parts.catalog, load_tongue(), parts.clock(), props)
    return load_template(text, template_id, ground, beside)


def _check_new(parts: Parts, template_id: str, new: bool | None) -> None:
    known = _known(parts.knowledge.current().codebook, template_id)
    if new and known is not None:
        raise Conflict(f"{template_id} is there already.", hint="Propose another version of it instead.")
    if new is False and known is None:
        raise NotFound(f"There is no template {template_id!r}.", hint="Propose it as a new one.")


def _version(parts: Parts, template_id: str) -> int:
    with parts.state.read() as connection:
        return version_in_force(connection, template_id)


def _now(parts: Parts, template_id: str) -> Row | None:
    """What a reviewer compares with: the template or chapter of that id as it is now."""
    found = _known(parts.knowledge.current().codebook, template_id)
    return described(found) if found is not None else None


def _known(codebook: Codebook, template_id: str) -> Template | Chapter | None:
    chapters = {**codebook.chapters, **codebook.subchapters}
    return codebook.templates.get(template_id) or chapters.get(template_id)


def _file_version(parts: Parts, template_id: str) -> int:
    """The version that the file of the id says; 0 where there is no file of it."""
    codebook = parts.knowledge.files.codebook
    template = codebook.templates.get(template_id)
    return template.version if template is not None else 0
