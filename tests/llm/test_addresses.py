"""Where a provider may be."""

from __future__ import annotations

import pytest

from oracle_kit.errors import ContentError
from oracle_kit.llm.address import checked_address
from oracle_kit.llm.opened import open_providers
from oracle_kit.llm.policy import load_policy

PUBLIC = [
    "8.8.8.8",
    "http://8.8.8.8:11434",
    "https://1.1.1.1/v1",
    "http://[2606:4700:4700::1111]:80",
    "http://[::ffff:8.8.8.8]/",
    "http://134744072:11434",
    "http://0x08080808/",
    "http://8.8.2056/",
    "http://8.8.8.8./v1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_raw_public_address_is_refused_with_the_reason(address: str) -> None:
    with pytest.raises(ContentError, match=r"OLLAMA_HOST: a raw public IP address") as caught:
        checked_address(address, "OLLAMA_HOST")
    assert "stable name" in caught.value.hint


@pytest.mark.parametrize(
    ("address", "full"),
    [
        ("localhost:11434", "http://localhost:11434"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("10.0.3.4:11434", "http://10.0.3.4:11434"),
        ("192.168.1.9", "http://192.168.1.9"),
        ("http://[::1]:11434", "http://[::1]:11434"),
        ("https://models.example.com", "https://models.example.com"),
        (" gpu-box:11434 ", "http://gpu-box:11434"),
    ],
)
def test_names_and_private_addresses_are_taken(address: str, full: str) -> None:
    assert checked_address(address, "OLLAMA_HOST") == full


@pytest.mark.parametrize(
    "address",
    ["ftp://models", "http://", "http://user:secret@models/v1", "http://models?key=1", "http://models:port"],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(ContentError) as caught:
        checked_address(address, "NEMOCLAW_API_URL")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("variable", ["OLLAMA_HOST", "NEMOCLAW_API_URL"])
def test_it_is_refused_when_the_providers_are_opened(variable: str) -> None:
    environ = {variable: "http://8.8.8.8", "NEMOCLAW_API_KEY": "k"}
    with pytest.raises(ContentError, match=variable):
        open_providers(environ, load_policy())


def test_what_is_not_set_is_not_configured() -> None:
    policy = load_policy()
    assert open_providers({}, policy) == ()
    assert open_providers({"NEMOCLAW_API_URL": "http://models.example.com"}, policy) == ()
    both = open_providers(
        {
            "OLLAMA_HOST": "localhost",
            "NEMOCLAW_API_URL": "https://models.example.com",
            "NEMOCLAW_API_KEY": "k",
        },
        policy,
    )
    assert [(one.id, one.local, one.model) for one in both] == [
        ("ollama", True, "qwen3.6:35b-a3b"),
        ("nemoclaw", False, "nvidia/nemotron-3-super-120b-a12b"),
    ]
