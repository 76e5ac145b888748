"""Request bodies of merge requests, each with examples that the tests run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from canvas_server.bodies import Body, Title
from oracle_kit.canvas.merge import Resolution

Said = Annotated[str, Field(max_length=20_000)]
Resolutions = Annotated[tuple[Resolution, ...], Field(max_length=2_000)]
PageOf = Annotated[str, Field(max_length=100)]


def shown(*examples: dict[str, Any]) -> ConfigDict:
    """The configuration of a body with these examples."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class NewMergeRequest(Body):
    """What one page asks another to take over; without a target, the page that the source was forked from."""

    model_config = shown({"source": "page_fork", "title": "Better titles", "message": "For Monday."})
    source: PageOf
    target: PageOf | None = None
    title: Title
    message: Said = ""


class RequestComment(Body):
    """What there is to say; its author and its reviewers may settle conflicts with it."""

    model_config = shown({"comment": "Why a table?"})
    comment: Said = ""
    resolutions: Resolutions = ()


class RequestReview(Body):
    """A verdict; `resolutions` settle conflicts, each with `take`: ours (the target), theirs (the source) or keep."""

    model_config = shown(
        {"verdict": "request_changes", "comment": "Shorter, please."},
        {
            "verdict": "approve",
            "comment": "Good.",
            "resolutions": [{"block": "blk_0", "part": "title", "take": "theirs"}],
        },
    )
    verdict: Literal["approve", "request_changes", "reject"]
    comment: Said = ""
    resolutions: Resolutions = ()


class RequestClosing(Body):
    """Why the request is withdrawn."""

    model_config = shown({"comment": "Asked again, on the new page."})
    comment: Said = ""
