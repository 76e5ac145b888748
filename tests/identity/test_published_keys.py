"""Tokens of an identity provider: RS256 and ES256 through its published keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator

import jwt
import pytest

from oracle_kit.errors import ContentError, Refused, Unauthenticated, Unavailable
from oracle_kit.identity.tokens import PublishedKeys, TokenKeys, authenticate, issue_token
from oracle_kit.model import Viewer
from tests.identity.provider import Provider, claims, ec_key, provider, public_pem, rsa_key


@pytest.fixture
def idp() -> Iterator[Provider]:
    with provider() as here:
        here.keys = {"one": rsa_key(), "two": ec_key()}
        yield here


@pytest.fixture
def keys(idp: Provider) -> TokenKeys:
    return TokenKeys(None, idp.url, "oracle", "oracle")


def test_both_algorithms_are_accepted_and_the_keys_are_asked_for_once(idp: Provider, keys: TokenKeys) -> None:
    for kid in ("one", "two", "one", "two"):
        viewer = authenticate(idp.token(kid, team="kolkata-1"), keys)
        assert viewer == Viewer(id="asha", roles=("analyst",), attributes={"team": "kolkata-1"})
    assert idp.asked == 1


def test_a_rotated_key_is_found_and_the_old_one_no_longer_accepted(idp: Provider) -> None:
    published = PublishedKeys(idp.url, ask_again=0)
    assert published.key("one").key_id == "one"
    idp.keys["three"] = ec_key()
    del idp.keys["one"]
    assert published.key("three").key_id == "three"
    with pytest.raises(Unauthenticated, match="key is not known"):
        published.key("one")


def test_unknown_keys_do_not_make_us_ask_each_time(idp: Provider, keys: TokenKeys) -> None:
    authenticate(idp.token("one"), keys)
    foreign = jwt.encode(claims(), rsa_key(), algorithm="RS256", headers={"kid": "unheard-of"})
    for _ in range(5):
        with pytest.raises(Unauthenticated, match="key is not known"):
            authenticate(foreign, keys)
    assert idp.asked == 1


def test_a_token_signed_by_somebody_else_under_a_known_name(idp: Provider, keys: TokenKeys) -> None:
    for key, algorithm, kid in ((rsa_key(), "RS256", "one"), (ec_key(), "ES256", "two")):
        forged = jwt.encode(claims(), key, algorithm=algorithm, headers={"kid": kid})
        with pytest.raises(Unauthenticated, match="signature does not fit"):
            authenticate(forged, keys)


def test_a_key_of_the_other_kind(idp: Provider, keys: TokenKeys) -> None:
    crossed = jwt.encode(claims(), ec_key(), algorithm="ES256", headers={"kid": "one"})
    with pytest.raises(Unauthenticated):
        authenticate(crossed, keys)


def test_a_token_that_names_no_key(idp: Provider, keys: TokenKeys) -> None:
    with pytest.raises(Unauthenticated, match="does not name its key"):
        authenticate(jwt.encode(claims(), idp.keys["one"], algorithm="RS256"), keys)


@pytest.mark.parametrize("with_secret", [False, True])
def test_a_public_key_is_never_taken_for_a_secret(idp: Provider, with_secret: bool) -> None:
    """The classic confusion: HS256, signed with the public key as its secret."""
    secret = "s" * 40 if with_secret else None
    keys = TokenKeys(secret, idp.url, "oracle", "oracle")
    authenticate(idp.token("one"), keys)
    for shape in (public_pem(idp.keys["one"]), json.dumps(json.loads(idp.body())["keys"][0]).encode()):
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in ({"alg": "HS256", "kid": "one"}, claims(roles=["admin"]))
        )
        mac = hmac.new(shape, head + b"." + body, hashlib.sha256).digest()
        forged = b".".join([head, body, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
        with pytest.raises(Unauthenticated):
            authenticate(forged, keys)


def test_no_algorithm_is_not_accepted(idp: Provider, keys: TokenKeys) -> None:
    with pytest.raises(Unauthenticated, match="not accepted here"):
        authenticate(jwt.encode(claims(), "", algorithm="none", headers={"kid": "one"}), keys)


def test_the_local_secret_and_the_published_keys_stand_side_by_side(idp: Provider) -> None:
    keys = TokenKeys("s" * 40, idp.url, "oracle", "oracle")
    asha = Viewer(id="asha", roles=("analyst",))
    assert (
        authenticate(issue_token(asha, keys, hours=1), keys) == authenticate(idp.token("two"), keys) == asha
    )


def test_without_a_secret_no_token_is_issued(keys: TokenKeys) -> None:
    with pytest.raises(Refused, match="issued by the identity provider"):
        issue_token(Viewer(id="asha", roles=()), keys, hours=1)


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"[]", b"{}", b'{"keys": []}', b'{"keys": [7]}', b'{"keys": 7}']
)
def test_an_address_that_gives_no_keys_is_not_the_tokens_fault(
    idp: Provider, keys: TokenKeys, answer: bytes
) -> None:
    idp.answer = answer
    with pytest.raises(Unavailable, match="gives no keys") as caught:
        authenticate(idp.token("one"), keys)
    assert "ORACLE_JWKS_URL" in caught.value.hint


def test_an_address_that_is_away_and_comes_back(idp: Provider) -> None:
    keys = TokenKeys(None, idp.url, "oracle", "oracle")
    assert keys.published is not None
    keys.published._pause = 0.05
    idp.status = 503
    with pytest.raises(Unavailable, match="gives no keys"):
        authenticate(idp.token("one"), keys)
    asked = idp.asked
    with pytest.raises(Unavailable):
        authenticate(idp.token("one"), keys)
    assert idp.asked == asked, "an address that just failed is not asked for every token"
    idp.status = 200
    threading.Event().wait(0.06)
    assert authenticate(idp.token("one"), keys).id == "asha"


def test_an_address_where_nobody_listens(idp: Provider) -> None:
    nowhere = TokenKeys(None, "http://127.0.0.1:9/jwks.json", "oracle", "oracle")
    with pytest.raises(Unavailable, match="gives no keys"):
        authenticate(idp.token("one"), nowhere)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "jwks.json"])
def test_an_address_must_be_http(url: str) -> None:
    with pytest.raises(ContentError, match="not an http or https URL"):
        TokenKeys(None, url, "oracle", "oracle")


def test_many_threads_ask_once(idp: Provider, keys: TokenKeys) -> None:
    token = idp.token("one")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(authenticate(token, keys).id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["asha"] * 8
    assert idp.asked == 1
