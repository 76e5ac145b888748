"""Ollama, through its own client, with every wait bounded and every leaked error named."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import ollama

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.address import checked_address
from oracle_kit.llm.answering import finished_answer
from oracle_kit.llm.deadline import Call, Deadline, under_way
from oracle_kit.llm.failures import failure, status_failure
from oracle_kit.llm.network import named_failures
from oracle_kit.llm.provider import ChatAnswer, ChatRequest, ModelFacts, OnText, Probe, Usage, is_remote
from oracle_kit.llm.reply import Reply, with_format_told
from oracle_kit.llm.status import looked, one_token
from oracle_kit.llm.transport import BoundedTransport, drain

OLLAMA_MODEL = "qwen3.6:35b-a3b"


class OllamaProvider:
    """Models on the operator's own Ollama server at `address`; ContentError for an address that is not allowed."""

    def __init__(
        self,
        address: str,
        *,
        model: str = OLLAMA_MODEL,
        id: str = "ollama",
        num_ctx: int | None = None,
        read_s: float = 10.0,
    ) -> None:
        self.id, self.model, self.local = id, model, True
        self.address = checked_address(address, "OLLAMA_HOST")
        self._num_ctx = num_ctx  # the same for every request: another one would load the model again
        timeout = httpx.Timeout(connect=5.0, read=read_s, write=read_s, pool=read_s)
        transport = BoundedTransport(self.address)
        plain: dict[str, Any] = {
            "timeout": timeout,
            "follow_redirects": False,
            "headers": {"Accept-Encoding": "identity"},
        }
        self._http = httpx.Client(base_url=self.address, transport=transport, **plain)
        self._client = ollama.Client(self.address, transport=transport, **plain)
        self._thinks_not: set[str] = set()  # models that refuse `think`

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def models(self, *, deadline: Deadline) -> tuple[ModelFacts, ...]:
        """The models that were pulled, with size, family and whether they are in memory."""
        with under_way(Call(deadline)) as call, _failures(self.id, call):
            loaded = {_full(one.model) for one in self._client.ps().models}
            return tuple(_facts(one, loaded) for one in self._client.list().models)

    def family(self, model: str, *, deadline: Deadline) -> str:
        """The model's architecture as /api/show tells it, or an empty text."""
        with under_way(Call(deadline)) as call, _failures(self.id, call):
            details = self._client.show(model).details
            return (details.family or "") if details else ""

    def status(self, model: str, *, deadline: Deadline, wake: bool = False) -> Probe:
        """Version, list, what is loaded; then one token, unless that would load the model and `wake` is not set."""
        with looked() as look:
            look.version = self._version(deadline)
            look.models = self.models(deadline=deadline)
            facts = next((one for one in look.models if _full(one.name) == _full(model)), None)
            if facts is None:
                raise failure(self.id, "model_missing", model)
            if facts.loaded or wake:
                look.token(self.chat(one_token(model), deadline=deadline))
            elif not facts.remote:
                look.cold(model)
        return look.probe(datetime.now(UTC))

    def chat(
        self,
        request: ChatRequest,
        *,
        deadline: Deadline,
        cancel: threading.Event | None = None,
        on_text: OnText | None = None,
    ) -> ChatAnswer:
        """The model's answer; closing the connection, at a cancel or the deadline, ends it on the server too."""
        with under_way(Call(deadline, cancel)) as call:
            try:
                return self._attempt(request, call, on_text)
            except ProviderFailed as error:
                if not self._refuses_think(request, error):
                    raise
            return self._attempt(request, call, on_text)

    def _attempt(self, request: ChatRequest, call: Call, on_text: OnText | None) -> ChatAnswer:
        reply, last = Reply(on_text), None
        with _failures(self.id, call), closing(self._parts(request)) as parts:
            for part in parts:
                call.heard()
                reply.think(part.message.thinking or "")
                reply.add(part.message.content or "")
                last = part
                if part.done:
                    drain(parts, call)
        if last is None or not last.done:
            raise failure(self.id, "cut", "no last part")
        usage = Usage(prompt_tokens=last.prompt_eval_count, completion_tokens=last.eval_count)
        model, short = last.model or self._named(request), last.done_reason == "length"
        return finished_answer(self.id, request, call, reply, model=model, usage=usage, cut_short=short)

    def _parts(self, request: ChatRequest) -> Generator[ollama.ChatResponse]:
        parts = self._client.chat(**self._asked(request), stream=True)
        return cast("Generator[ollama.ChatResponse]", parts)

    def _asked(self, request: ChatRequest) -> dict[str, Any]:
        model = self._named(request)
        options = {
            "temperature": request.temperature,
            "seed": request.seed,
            "num_predict": request.max_tokens,
            "num_ctx": self._num_ctx,
        }
        asked: dict[str, Any] = {
            "model": model,
            "messages": [message.model_dump() for message in with_format_told(request)],
            "options": {name: value for name, value in options.items() if value is not None},
        }
        if request.response_format is not None:
            asked["format"] = request.response_format
            if model not in self._thinks_not:
                asked["think"] = False  # thinking can leave the JSON empty or cut
        return asked

    def _refuses_think(self, request: ChatRequest, error: ProviderFailed) -> bool:
        """Whether the model took the request only for its `think`; it is left out from then on."""
        said = str(error.details.get("said", ""))
        refused = error.reason == "bad_request" and "think" in said and request.response_format is not None
        model = self._named(request)
        first = refused and model not in self._thinks_not
        if first:
            self._thinks_not.add(model)
        return first

    def _named(self, request: ChatRequest) -> str:
        return request.model or self.model

    def _version(self, deadline: Deadline) -> str:
        """The server's version; the client has no call for it, and another program has no such answer."""
        with under_way(Call(deadline)) as call, _failures(self.id, call):
            response = self._http.get("/api/version")
            if response.status_code != 200:
                raise status_failure(self.id, response.status_code, response.text, call.retry_after)
            return str(response.json()["version"])


@contextmanager
def _failures(provider: str, call: Call) -> Iterator[None]:
    """The client's own error, and all that leaks past it, as ProviderFailed."""
    with named_failures(provider, call):
        try:
            yield
        except ollama.ResponseError as error:
            body = json.dumps({"error": error.error})
            raise status_failure(provider, error.status_code, body, call.retry_after) from error


def _facts(listed: Any, loaded: Iterable[str]) -> ModelFacts:
    name = listed.model or ""
    return ModelFacts(
        name=name,
        size_bytes=int(listed.size) if listed.size is not None else None,
        family=listed.details.family if listed.details else None,
        loaded=_full(name) in loaded,
        remote=is_remote(name),
    )


def _full(model: str | None) -> str:
    name = (model or "").lower()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
