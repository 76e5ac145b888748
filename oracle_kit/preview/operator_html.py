"""What the operator's view shows besides the models: parts and modes, jobs with their progress, proposed writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oracle_kit.approvals.approval import Approval
from oracle_kit.canvas.format import grouped
from oracle_kit.canvas.format_time import moment_text
from oracle_kit.canvas.html import Html, element, joined, said
from oracle_kit.canvas.page_html import MODES
from oracle_kit.jobs.job import Job
from oracle_kit.preview.cards import act, button

MOST_TEXT = 4_000


def parts_html(ready: Mapping[str, bool]) -> Html:
    """Which parts answer."""
    items = (
        _state(name.capitalize(), up, "answers" if up else "does not answer") for name, up in ready.items()
    )
    return section("Parts", items)


def modes_html(modes: Iterable[str]) -> Html:
    """What answers a prompt, in the order in which it is tried."""
    there = set(modes)
    items = (
        _state(text.capitalize(), name in there, "available" if name in there else "not configured")
        for name, text in MODES.items()
    )
    return section("What answers a prompt, in this order", items)


def _state(name: str, good: bool, text: str) -> Html:
    dot = element("span", class_=f"s-state{' s-good' if good else ''}", aria_hidden="true")
    return entry(element("strong", dot, said(name)), element("span", text, class_="s-quiet"))


def entry(*inside: Html | None) -> Html:
    """One thing of a titled list."""
    return element("li", element("div", *inside, class_="s-entry"))


def section(title: str, items: Iterable[Html]) -> Html:
    """A titled list."""
    made = element("ul", *items, class_="s-list", aria_label=title)
    return joined((element("h2", title, class_="s-h2"), made))


def jobs_html(jobs: Sequence[Job]) -> Html:
    """Batch jobs, newest first, each with what is done and what failed."""
    if not jobs:
        return joined(
            (element("h2", "Batch jobs", class_="s-h2"), element("p", "No jobs.", class_="s-quiet"))
        )
    return section("Batch jobs", (_job(job) for job in jobs))


def _job(job: Job) -> Html:
    done = job.completed_count + job.failed_count + job.cancelled_count
    at = moment_text(job.submitted_at.replace(tzinfo=None, microsecond=0))
    facts = f"{job.status.replace('_', ' ')} · {job.submitted_by} · {at} UTC"
    counts = f"{grouped(done)} of {grouped(job.submitted_count)} ended, {grouped(job.failed_count)} failed"
    bar = element(
        "progress", value=done, max=max(1, job.submitted_count), aria_label=f"Progress of {job.job_id}"
    )
    tools = [
        button("Cancel", act("job", job=job.job_id, do="cancel"), "s-small") if not job.ended else None,
        button("Run what failed again", act("job", job=job.job_id, do="retry"), "s-small")
        if job.ended and job.failed_count
        else None,
    ]
    return entry(
        element("strong", said(f"{job.job_type} · {job.job_id}")),
        element("span", facts, class_="s-quiet"),
        element("p", bar, " ", counts),
        element("p", said(job.failure_reason), class_="s-quiet") if job.failure_reason else None,
        element("div", *tools, class_="s-row"),
    )


def approvals_html(approvals: Sequence[Approval], *, may_review: bool, viewer: str) -> Html:
    """Proposed writes, newest first: what was found, what would be written, and the reviewer's buttons."""
    if not approvals:
        none = element("p", "Nothing is proposed.", class_="s-quiet")
        return joined((element("h2", "Proposed writes", class_="s-h2"), none))
    return section("Proposed writes", (_approval(one, may_review, viewer) for one in approvals))


def _approval(one: Approval, may_review: bool, viewer: str) -> Html:
    at = moment_text(one.proposed_at.replace(tzinfo=None, microsecond=0))
    facts = f"{one.status} · {one.proposed_by} · {at} UTC"
    sides = element("div", _side("Before", one.before), _side("After", one.after), class_="s-two s-sides")
    return entry(
        element("strong", said(one.title)),
        element("span", facts, class_="s-quiet"),
        element("p", said(one.reason), class_="s-quiet") if one.reason else None,
        element("p", element("details", element("summary", "Before and after"), sides)),
        _verdict(one) if may_review and one.status == "pending" and one.proposed_by != viewer else None,
    )


def _side(title: str, value: Any) -> Html:
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    shown = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}…"
    return element(
        "div", element("h3", title), element("pre", element("code", shown), tabindex="0", aria_label=title)
    )


def _verdict(one: Approval) -> Html:
    return element(
        "div",
        button("Approve", act("review", approval=one.approval_id, verdict="approve"), "s-small"),
        button("Reject", act("review", approval=one.approval_id, verdict="reject"), "s-small"),
        class_="s-row",
    )
