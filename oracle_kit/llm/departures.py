"""What left the process: to whom, at which level, how much of it; never the text itself unless that is a setting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from oracle_kit.llm.lane import Lane
from oracle_kit.llm.policy import Workload
from oracle_kit.llm.provider import ChatRequest
from oracle_kit.query import digest
from oracle_kit.state.audit import AuditEntry

SENT = "llm.sent"


class Departures:
    """Audit entries of one prompt, chat or batch item: one per request that was sent to a provider."""

    def __init__(
        self, who: str, workload: Workload, *, sees: Callable[[Lane], str], keep_texts: bool = False
    ) -> None:
        self._who, self._workload, self._sees, self._keep = who, workload, sees, keep_texts
        self.entries: list[AuditEntry] = []

    def __call__(self, lane: Lane, request: ChatRequest) -> None:
        """Note a request that is sent now."""
        messages = [message.model_dump() for message in request.messages]
        model = request.model or lane.provider.model
        detail: dict[str, Any] = {
            "workload": self._workload,
            "sees": self._sees(lane),
            "local": lane.provider.local,
            "host": urlsplit(str(getattr(lane.provider, "address", ""))).hostname or "",
            "bytes": len(json.dumps(messages, ensure_ascii=False).encode()),
            "digest": digest(messages),
        }
        if self._keep:
            detail["messages"] = messages
        self.entries.append(
            AuditEntry(who=self._who, action=SENT, subject=f"{lane.id}/{model}", detail=detail)
        )
