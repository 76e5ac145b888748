"""Tokens signed with the local secret: what is accepted, and what each refusal says."""

from __future__ import annotations

import base64
import json
import time
import traceback
from typing import Any

import jwt
import pytest

from oracle_kit.errors import ContentError, Refused, Unauthenticated
from oracle_kit.identity.tokens import TokenKeys, authenticate, issue_token
from oracle_kit.model import Viewer
from tests.identity.provider import claims

SECRET = "the-secret-of-this-test-0123456789-abcdef"  # noqa: S105  # opens nothing but this test
KEYS = TokenKeys(SECRET, None, "oracle", "oracle")
ASHA = Viewer(
    id="asha", roles=("analyst", "manager"), attributes={"team": "kolkata-1", "user_id": 7, "remote": True}
)


def signed(**changed: Any) -> str:
    return jwt.encode(claims(**changed), SECRET, algorithm="HS256")


def unsigned(header: dict[str, Any], body: Any, signature: str = "") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body)
    ]
    return ".".join([*parts, signature])


def refusal(token: str, keys: TokenKeys = KEYS) -> str:
    with pytest.raises(Unauthenticated) as caught:
        authenticate(token, keys)
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told
    assert len(token) < 10 or token not in told
    return caught.value.message


def test_an_issued_token_gives_the_viewer_back() -> None:
    assert authenticate(issue_token(ASHA, KEYS, hours=1), KEYS) == ASHA


def test_an_issued_token_ends_when_it_says() -> None:
    told = jwt.decode(issue_token(ASHA, KEYS, hours=2), options={"verify_signature": False})
    assert told["exp"] - told["iat"] == 7200
    assert (told["iss"], told["aud"], told["sub"]) == ("oracle", "oracle", "asha")


def test_roles_that_are_not_known_here_are_left_out() -> None:
    viewer = authenticate(signed(roles=["everyone@corp", "analyst", 7, {"a": 1}]), KEYS)
    assert viewer.roles == ("analyst",)
    assert authenticate(signed(roles=[]), KEYS).roles == ()


def test_attributes_come_from_their_claim_and_from_plain_claims() -> None:
    viewer = authenticate(
        signed(team="kolkata-1", groups=["a"], attributes={"user_id": 7}, jti="x", nbf=1), KEYS
    )
    assert viewer.attributes == {"team": "kolkata-1", "user_id": 7}


def test_the_claim_attributes_wins_over_a_plain_one() -> None:
    assert authenticate(signed(team="a", attributes={"team": "b"}), KEYS).attributes == {"team": "b"}


def test_clocks_may_differ_by_some_seconds() -> None:
    now = int(time.time())
    assert authenticate(signed(exp=now - 5), KEYS).id == "asha"
    assert authenticate(signed(iat=now + 5), KEYS).id == "asha"


def test_an_expired_token() -> None:
    assert refusal(signed(exp=int(time.time()) - 60)) == "The token has expired."


def test_a_token_of_tomorrow() -> None:
    tomorrow = int(time.time()) + 86400
    assert refusal(signed(iat=tomorrow, exp=tomorrow + 60)) == "The token is not valid yet."
    assert refusal(signed(nbf=tomorrow, exp=tomorrow + 60)) == "The token is not valid yet."


def test_a_forged_token() -> None:
    forged = jwt.encode(claims(roles=["admin"]), "another-secret-0123456789-0123456789", algorithm="HS256")
    assert refusal(forged) == "The token's signature does not fit."


def test_a_token_whose_claims_were_changed() -> None:
    head, _, tail = signed().split(".")
    admin = unsigned({}, claims(roles=["admin"])).split(".")[1]
    assert refusal(f"{head}.{admin}.{tail}") == "The token's signature does not fit."


def test_a_token_for_another_audience_or_of_another_issuer() -> None:
    assert refusal(signed(aud="billing")) == "The token is meant for another audience."
    assert refusal(signed(iss="elsewhere")) == "The token comes from another issuer."


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 7, ["HS256"]])
def test_a_token_that_is_not_signed(algorithm: Any) -> None:
    token = unsigned({"alg": algorithm, "typ": "JWT"}, claims(roles=["admin"]))
    assert refusal(token) in (
        "The token is signed in a way that is not accepted here.",
        "The token cannot be read.",
    )


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_with_the_right_secret(algorithm: str) -> None:
    long = "s" * 64
    token = jwt.encode(claims(), long, algorithm=algorithm)
    keys = TokenKeys(long, None, "oracle", "oracle")
    assert refusal(token, keys) == "The token is signed in a way that is not accepted here."


@pytest.mark.parametrize("claim", ["sub", "roles", "iss", "aud", "iat", "exp"])
def test_a_token_that_lacks_a_claim(claim: str) -> None:
    assert refusal(signed(**{claim: None})) == f"The token lacks the claim {claim!r}."


@pytest.mark.parametrize("wrong", [{"roles": "admin"}, {"roles": {"admin": True}}, {"sub": " "}, {"sub": ""}])
def test_a_token_with_claims_of_the_wrong_shape(wrong: dict[str, Any]) -> None:
    assert refusal(signed(**wrong)) in (
        "The token's roles are not a list.",
        "The token does not say who it is for.",
    )


@pytest.mark.parametrize("attributes", [["team"], "team", {"team": ["a"]}, {"team": {"a": 1}}])
def test_attributes_that_are_not_plain(attributes: Any) -> None:
    assert refusal(signed(attributes=attributes)) == "The token's attributes are not names and plain values."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "....",
        "₹.₹.₹",
        "\x00.\x00.\x00",
        "A" * 20_000,
        "[" * 9_000,
    ],
)
def test_what_is_no_token_at_all(token: str) -> None:
    assert refusal(token) == "The token cannot be read."


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_signed_body_that_is_no_object(body: Any) -> None:
    token = jwt.PyJWS().encode(json.dumps(body).encode(), SECRET, algorithm="HS256")
    assert refusal(token) == "The token cannot be read."


def test_every_refusal_says_what_to_do() -> None:
    with pytest.raises(Unauthenticated) as caught:
        authenticate("x", KEYS)
    assert caught.value.hint == "Get a new token; `oracle token` issues one."


def test_the_secret_stands_in_no_repr() -> None:
    assert SECRET not in repr(KEYS)
    assert SECRET not in str(KEYS)


def test_a_token_for_an_unknown_role_is_not_issued() -> None:
    with pytest.raises(Refused, match=r"'analist' is not a role\. Did you mean analyst"):
        issue_token(Viewer(id="asha", roles=("analist",)), KEYS, hours=1)


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 1e6])
def test_a_token_for_a_time_that_is_no_time_is_not_issued(hours: float) -> None:
    with pytest.raises(Refused, match="valid for more than none"):
        issue_token(ASHA, KEYS, hours=hours)


def test_a_token_for_nobody_is_not_issued() -> None:
    with pytest.raises(Refused, match="for somebody"):
        issue_token(Viewer(id=" ", roles=("viewer",)), KEYS, hours=1)


def test_keys_that_cannot_work_are_refused_at_the_start() -> None:
    with pytest.raises(ContentError, match="no key to check tokens by"):
        TokenKeys(None, None, "oracle", "oracle")
    with pytest.raises(ContentError, match="shorter than 32 bytes") as caught:
        TokenKeys("hunter2", None, "oracle", "oracle")
    assert "hunter2" not in str(caught.value)
