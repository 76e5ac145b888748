"""The traps of both protocols that are not every provider's."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from oracle_kit.errors import ProviderFailed
from oracle_kit.llm.deadline import Deadline
from oracle_kit.llm.nemoclaw import NemoclawProvider
from oracle_kit.llm.ollama import OllamaProvider
from oracle_kit.llm.provider import ChatRequest, Message
from oracle_kit.testing import FakeModelServer, Play


def asked(**more: Any) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content="How many?"),), **more)


def soon() -> Deadline:
    return Deadline.within(5)


# Ollama ------------------------------------------------------------------------------------------


def test_thinking_is_switched_off_where_json_is_asked_for(ollama: FakeModelServer) -> None:
    provider = OllamaProvider(ollama.address, model="small")
    provider.chat(asked(response_format="json"), deadline=soon())
    provider.chat(asked(), deadline=soon())
    assert ollama.asked[0]["think"] is False
    assert ollama.asked[1].get("think") is None


def test_a_model_that_cannot_think_is_asked_again_without_and_remembered(ollama: FakeModelServer) -> None:
    ollama.always = Play(refuses="think")
    provider = OllamaProvider(ollama.address, model="small")
    for _ in range(2):
        provider.chat(asked(response_format="json"), deadline=soon())
    assert ["think" in body for body in ollama.asked] == [True, False, False]


def test_options_stand_inside_options_and_the_context_never_varies(ollama: FakeModelServer) -> None:
    provider = OllamaProvider(ollama.address, model="small", num_ctx=4096)
    provider.chat(asked(temperature=0.2, seed=3, max_tokens=9), deadline=soon())
    provider.chat(asked(), deadline=soon())
    assert ollama.asked[0]["options"] == {"temperature": 0.2, "seed": 3, "num_predict": 9, "num_ctx": 4096}
    assert ollama.asked[1]["options"] == {"num_ctx": 4096}


def test_a_look_wakes_no_cold_model_unless_asked(ollama: FakeModelServer) -> None:
    ollama.models["small"]["loaded"] = False
    provider = OllamaProvider(ollama.address, model="small")
    look = provider.status("small", deadline=soon())
    assert look.level == "model_cold"
    assert "/api/chat" not in ollama.paths
    assert look.models[0].loaded is False
    assert provider.status("small", deadline=soon(), wake=True).level == "online"
    assert ollama.paths.count("/api/chat") == 1


def test_family_and_version_are_read(ollama: FakeModelServer) -> None:
    ollama.models["small"]["family"] = "qwen35moe"
    provider = OllamaProvider(ollama.address, model="small")
    assert provider.family("small", deadline=soon()) == "qwen35moe"
    look = provider.status("small", deadline=soon())
    assert (look.version, look.models[0].family, look.models[0].size_bytes) == (
        "0.0.0-fake",
        "qwen35moe",
        1_000_000,
    )


def test_a_model_name_without_tag_is_the_latest(ollama: FakeModelServer) -> None:
    ollama.models = {"small:latest": {"size": 1, "family": "llama", "loaded": False}}
    assert (
        OllamaProvider(ollama.address, model="small").status("small", deadline=soon()).level == "model_cold"
    )


# OpenAI ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_the_base_is_taken_with_or_without_v1(nemoclaw: FakeModelServer, tail: str) -> None:
    provider = NemoclawProvider(nemoclaw.address + tail, "key-of-nemoclaw", model="small")
    assert provider.chat(asked(), deadline=soon()).text
    assert nemoclaw.paths == ["/v1/chat/completions"]


@pytest.mark.parametrize("alias", ["nemotron", "remote_default"])
def test_aliases_are_mapped(nemoclaw: FakeModelServer, alias: str) -> None:
    nemoclaw.models = {"nvidia/nemotron-3-super-120b-a12b": {"size": 1, "family": "", "loaded": True}}
    provider = NemoclawProvider(nemoclaw.address, "key-of-nemoclaw")
    assert provider.chat(asked(model=alias), deadline=soon()).model == "nvidia/nemotron-3-super-120b-a12b"


@pytest.mark.parametrize(("refuses", "had"), [("response_format", 2), ("stream_options", 1), ("seed", 1)])
def test_what_a_server_does_not_know_is_left_out_once(
    nemoclaw: FakeModelServer, refuses: str, had: int
) -> None:
    nemoclaw.always = Play(refuses=refuses, text='{"a": 1}')
    provider = NemoclawProvider(nemoclaw.address, "key-of-nemoclaw", model="small")
    answer = provider.chat(asked(response_format={"type": "object"}, seed=1), deadline=soon())
    assert answer.parsed == {"a": 1}
    assert [refuses in body for body in nemoclaw.asked] == [True] * had + [False]


@pytest.mark.parametrize("status", [200, 422, 500])
def test_a_schema_is_said_in_the_older_form_to_a_server_that_knows_only_that(
    nemoclaw: FakeModelServer, status: int
) -> None:
    nemoclaw.always = Play(refuses="json_schema", status=status)
    provider = NemoclawProvider(nemoclaw.address, "key-of-nemoclaw", model="small")
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    for _ in range(2):
        assert provider.chat(asked(response_format=schema), deadline=soon()).parsed == {"n": 1}
    forms = [body["response_format"] for body in nemoclaw.asked]
    assert [form["type"] for form in forms] == ["json_schema", "json_object", "json_object"]
    assert forms[-1]["schema"] == schema


def test_a_server_that_does_not_stream_is_read_too(nemoclaw: FakeModelServer) -> None:
    body = '{"model": "m", "choices": [{"message": {"content": "Four."}, "finish_reason": "stop"}]}'
    nemoclaw.always = Play(kind="body", body=body)
    provider = NemoclawProvider(nemoclaw.address, "key-of-nemoclaw", model="small")
    assert provider.chat(asked(), deadline=soon()).text == "Four."


def test_a_list_that_is_open_to_all_does_not_hide_a_wrong_key(nemoclaw: FakeModelServer) -> None:
    nemoclaw.open_list = True
    provider = NemoclawProvider(nemoclaw.address, "old-key", model="small")
    assert provider.models(deadline=soon())
    assert provider.status("small", deadline=soon()).level == "unauthorized"


# the wire ----------------------------------------------------------------------------------------


def test_a_redirect_is_not_followed(ollama: FakeModelServer, nemoclaw: FakeModelServer) -> None:
    nemoclaw.always = Play(
        kind="status", status=307, headers={"Location": f"{ollama.address}/v1/chat/completions"}
    )
    provider = NemoclawProvider(nemoclaw.address, "key-of-nemoclaw", model="small")
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(asked(), deadline=soon())
    assert caught.value.reason == "wrong_body"
    assert ollama.paths == []


def test_a_compressed_answer_is_not_taken() -> None:
    class Packs(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            packed = gzip.compress(b"x" * 50_000_000)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Packs)
    threading.Thread(target=server.handle_request, daemon=True).start()
    provider = NemoclawProvider(f"http://127.0.0.1:{server.server_address[1]}", None, model="small")
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(asked(), deadline=soon())
    assert caught.value.reason == "wrong_body"
    server.server_close()


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(3) or [])
    provider = OllamaProvider("http://models.example.com:11434", model="small")
    started = time.monotonic()
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(asked(), deadline=Deadline.within(5, connect_s=0.2))
    assert caught.value.reason == "connect_timeout"
    assert time.monotonic() - started < 0.5


def test_the_key_is_in_no_error_and_no_representation(nemoclaw: FakeModelServer) -> None:
    provider = NemoclawProvider(nemoclaw.address, "very-secret-key", model="small")
    with pytest.raises(ProviderFailed) as caught:
        provider.chat(asked(), deadline=soon())
    assert "very-secret-key" not in f"{caught.value} {caught.value.details} {provider!r} {vars(provider)}"


def test_a_server_that_says_the_key_back_has_it_in_no_failure() -> None:
    with FakeModelServer() as server:
        server.always = Play(kind="status", status=401, body='{"error": "Incorrect API key: sk-1234"}')
        provider = NemoclawProvider(server.address, "sk-1234", model="small")
        with pytest.raises(ProviderFailed, match=r"Incorrect API key: \[key\]") as caught:
            provider.chat(asked(), deadline=soon())
        assert "sk-1234" not in str(caught.value.details)
