"""OpenAI chat completions: NVIDIA's hosted endpoints, NIM, vLLM, a router, llama.cpp's server.

Spoken with httpx alone. OpenAI's client library would bring its own retries and ten-minute timeouts, which multiply
the shared deadline, typed answers that a rewriting router does not keep to, and ten further packages; what is needed
of the protocol is two requests and lines that begin with "data:".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.address import checked_address
from oracle_kit.llm.answering import finished_answer
from oracle_kit.llm.deadline import Call, Deadline, under_way
from oracle_kit.llm.failures import failure, status_failure
from oracle_kit.llm.network import named_failures
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, ModelFacts, OnText, Probe, Usage
from oracle_kit.llm.reply import Reply, with_format_told
from oracle_kit.llm.status import looked, one_token
from oracle_kit.llm.transport import BoundedTransport, drain

NEMOCLAW_MODEL = "nvidia/nemotron-3-super-120b-a12b"
ALIASES = {"nemotron": NEMOCLAW_MODEL, "remote_default": NEMOCLAW_MODEL}
_OPTIONAL = {  # what a server may not know, each left out once; and the words of a complaint about it
    "response_format": ("response_format", "json_schema", "json_object", "guided_", "grammar"),
    "stream_options": ("stream_options",),
    "seed": ("seed",),
}


class NemoclawProvider:
    """Models behind OpenAI's protocol at `address`, with or without /v1; ContentError for one not allowed."""

    def __init__(
        self,
        address: str,
        key: str | None,
        *,
        model: str = NEMOCLAW_MODEL,
        id: str = "nemoclaw",
        local: bool = False,
        aliases: dict[str, str] | None = None,
        read_s: float = 10.0,
    ) -> None:
        self.id, self.local = id, local
        self._aliases = ALIASES if aliases is None else aliases
        self.model = self._aliases.get(model, model)
        self.address = checked_address(address, "NEMOCLAW_API_URL")
        self._older_schemas = False
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._http = httpx.Client(
            base_url=self.address if self.address.endswith("/v1") else f"{self.address}/v1",
            transport=BoundedTransport(self.address),
            timeout=httpx.Timeout(connect=5.0, read=read_s, write=read_s, pool=read_s),
            headers=headers,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def models(self, *, deadline: Deadline) -> tuple[ModelFacts, ...]:
        """The models that the server names; it tells nothing of their size or whether they are in memory."""
        with under_way(Call(deadline)) as call, named_failures(self.id, call):
            response = self._http.get("/models")
            self._check(response, call)
            return tuple(ModelFacts(name=str(one["id"])) for one in response.json()["data"])

    def family(self, model: str, *, deadline: Deadline) -> None:
        """None: these servers batch by themselves."""

    def status(self, model: str, *, deadline: Deadline, wake: bool = False) -> Probe:
        """The list, then one token: some servers list their models for any key, or for none."""
        named = self._aliases.get(model, model)
        with looked() as look:
            look.models = self.models(deadline=deadline)
            if look.models and all(one.name != named for one in look.models):
                raise failure(self.id, "model_missing", named)
            look.token(self.chat(one_token(named), deadline=deadline))
        return look.probe(datetime.now(UTC))

    def chat(
        self,
        request: ChatRequest,
        *,
        deadline: Deadline,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
    ) -> ChatAnswer:
        """The model's answer, and the model that gave it; what a server does not know is left out and asked again."""
        asked = self._asked(request)
        with under_way(Call(deadline, cancel)) as call:
            while True:
                try:
                    return self._attempt(request, asked, call, on_text)
                except ProviderFailed as error:
                    refused = _refused(asked, error)
                    if refused is None:
                        raise
                    asked = self._without(asked, refused)

    def _without(self, asked: dict[str, Any], refused: str) -> dict[str, Any]:
        """The request without what was refused; a schema is first said in the older form, and from then on."""
        form = asked.get("response_format", {})
        if refused == "response_format" and form.get("type") == "json_schema":
            self._older_schemas = True
            return {**asked, "response_format": _older(form["json_schema"]["schema"])}
        return {name: value for name, value in asked.items() if name != refused}

    def _attempt(
        self, request: ChatRequest, asked: dict[str, Any], call: Call, on_text: OnText | None
    ) -> ChatAnswer:
        reply, model, usage, finish = Reply(on_text), str(asked["model"]), Usage(), None
        with (
            named_failures(self.id, call),
            self._http.stream("POST", "/chat/completions", json=asked) as response,
        ):
            self._check(response, call)
            for part in self._parts(response, call):
                call.heard()
                model = part.get("model") or model
                usage = _usage(part.get("usage")) or usage
                for choice in (part.get("choices") or [])[:1]:
                    said = choice.get("delta") or choice.get("message") or {}
                    reply.think(said.get("reasoning_content") or said.get("reasoning") or "")
                    reply.add(said.get("content") or "")
                    finish = choice.get("finish_reason") or finish
        if finish is None:
            raise failure(self.id, "cut", "no finish_reason")
        short = finish == "length"
        return finished_answer(self.id, request, call, reply, model=model, usage=usage, cut_short=short)

    def _check(self, response: httpx.Response, call: Call) -> None:
        if response.status_code != 200:
            body = response.read().decode("utf-8", "replace")
            key = self._http.headers.get("Authorization", "").removeprefix("Bearer ")
            body = body.replace(key, "[key]") if key else body  # some servers say it back
            raise status_failure(self.id, response.status_code, body, call.retry_after)

    def _parts(self, response: httpx.Response, call: Call) -> Iterator[dict[str, Any]]:
        """The answer's parts: events, or the one body of a server that does not stream."""
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            yield self._part(json.loads(response.read()))
            return
        lines = response.iter_lines()
        for line in lines:
            text = line[5:].strip() if line.startswith("data:") else ""
            if text == "[DONE]":
                return drain(lines, call)
            if text:
                yield self._part(json.loads(text))

    def _part(self, part: Any) -> dict[str, Any]:
        """One part; an error in mid-stream comes as a part of its own."""
        if not isinstance(part, dict):
            raise failure(self.id, "wrong_body", "not an object")
        if part.get("error"):
            raise status_failure(self.id, -1, json.dumps(part), None)
        if "choices" not in part:
            raise failure(self.id, "wrong_body", "no choices")
        return part

    def _asked(self, request: ChatRequest) -> dict[str, Any]:
        model = request.model or self.model
        asked: dict[str, Any] = {
            "model": self._aliases.get(model, model),
            "messages": [message.model_dump() for message in with_format_told(request)],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": request.temperature,
            "seed": request.seed,
            "max_tokens": request.max_tokens,
            "response_format": _format(request, self._older_schemas),
        }
        return {name: value for name, value in asked.items() if value is not None}


def _format(request: ChatRequest, older: bool) -> dict[str, Any] | None:
    wanted = request.response_format
    if wanted is None:
        return None
    if wanted == "json":
        return {"type": "json_object"}
    return (
        _older(wanted)
        if older
        else {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted}}
    )


def _older(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as llama.cpp's Python server takes it; others read the type and leave the rest."""
    return {"type": "json_object", "schema": schema}


def _refused(asked: dict[str, Any], error: ProviderFailed) -> str | None:
    """What of the request the server complained about and can do without; some complain with a 500."""
    said = str(error.details.get("said", ""))
    if error.reason not in ("bad_request", "server_error"):
        return None
    blamed = (name for name, words in _OPTIONAL.items() if any(word in said for word in words))
    return next((name for name in blamed if name in asked), None)


def _usage(counted: Any) -> Usage | None:
    if not isinstance(counted, dict):
        return None
    prompt, completion = counted.get("prompt_tokens"), counted.get("completion_tokens")
    return Usage(
        prompt_tokens=prompt if isinstance(prompt, int) else None,
        completion_tokens=completion if isinstance(completion, int) else None,
    )
