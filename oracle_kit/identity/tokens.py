"""A signed token (JWT) to a Viewer, and a Viewer to a token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from pydantic import TypeAdapter, ValidationError

from oracle_kit.errors import Refused, Unauthenticated, did_you_mean
from oracle_kit.identity.keys import PublishedKeys, TokenKeys, local_secret
from oracle_kit.identity.roles import ROLES
from oracle_kit.model import Viewer
from oracle_kit.query import Scalar

__all__ = ["PublishedKeys", "TokenKeys", "authenticate", "issue_token", "local_secret"]

REQUIRED = ["sub", "roles", "iss", "aud", "iat", "exp"]
REGISTERED = {*REQUIRED, "nbf", "jti", "attributes"}
PUBLISHED_ALGORITHMS = ("RS256", "ES256")
LONGEST = 16_384  # characters of a token
LAST_MOMENT = 253_402_300_799  # the end of the year 9999
LEEWAY_S = 10  # between the clocks of two machines
_GET_ANOTHER = "Get a new token; `oracle token` issues one."
_attributes = TypeAdapter(dict[str, Scalar])


def issue_token(viewer: Viewer, keys: TokenKeys, hours: float) -> str:
    """A token for the viewer, valid for so many hours, signed with the local secret (HS256).

    Refused where tokens come from an identity provider alone, for an unknown role, and for a time that is no time.
    """
    if keys.secret is None:
        raise Refused("Tokens are issued by the identity provider here.", hint="Sign in there.")
    for role in viewer.roles:
        if role not in ROLES:
            raise Refused(f"{role!r} is not a role.", hint=did_you_mean(role, ROLES))
    if not viewer.id.strip():
        raise Refused("A token is for somebody.", hint="Give the user's id.")
    if not 0 < hours <= 24 * 366:
        raise Refused(
            "A token is valid for more than none and at most 8,784 hours.", hint="Give another number."
        )
    now = datetime.now(UTC)
    claims = {
        "sub": viewer.id,
        "roles": list(viewer.roles),
        "attributes": viewer.attributes,
        "iss": keys.issuer,
        "aud": keys.audience,
        "iat": now,
        "exp": now + timedelta(hours=hours),
    }
    return jwt.encode(claims, keys.secret, algorithm="HS256")


def authenticate(token: str, keys: TokenKeys) -> Viewer:
    """The viewer behind a token: its subject, the roles that are known here, its attributes.

    Attributes are the claim `attributes` and every other claim of our own kind (text, number, yes or no), as identity
    providers send them. Unauthenticated says what is wrong with the token and nothing of what it holds; Unavailable
    while the published keys cannot be read.
    """
    try:
        claims = _verified(token, keys)
    except jwt.InvalidTokenError as error:
        raise Unauthenticated(_reason(error), hint=_GET_ANOTHER) from None
    except (jwt.PyJWTError, ValueError, RecursionError):  # what a hostile token makes a parser or a key say
        raise Unauthenticated("The token cannot be read.", hint=_GET_ANOTHER) from None
    return _viewer(claims)


def expiry(token: str) -> datetime:
    """When a token ends that `authenticate` has accepted (UTC, with its zone)."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return datetime.fromtimestamp(min(float(claims["exp"]), LAST_MOMENT), UTC)


def _verified(token: str, keys: TokenKeys) -> dict[str, Any]:
    if len(token) > LONGEST:
        raise jwt.DecodeError
    header = jwt.get_unverified_header(token)
    key, algorithm = _key(header, keys)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=keys.issuer,
        audience=keys.audience,
        leeway=LEEWAY_S,
        options={"require": REQUIRED},
    )
    return claims


def _key(header: dict[str, Any], keys: TokenKeys) -> tuple[str | jwt.PyJWK, str]:
    """The key that this algorithm is checked by; a secret never checks a public key's algorithm, nor the reverse."""
    algorithm = header.get("alg")
    if algorithm == "HS256" and keys.secret is not None:
        return keys.secret, algorithm
    if algorithm in PUBLISHED_ALGORITHMS and keys.published is not None:
        return keys.published.key(header.get("kid")), algorithm
    raise jwt.InvalidAlgorithmError


def _reason(error: jwt.InvalidTokenError) -> str:
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (jwt.ExpiredSignatureError, "The token has expired."),
        (jwt.ImmatureSignatureError, "The token is not valid yet."),
        (jwt.InvalidSignatureError, "The token's signature does not fit."),
        (jwt.InvalidAudienceError, "The token is meant for another audience."),
        (jwt.InvalidIssuerError, "The token comes from another issuer."),
        (jwt.InvalidAlgorithmError, "The token is signed in a way that is not accepted here."),
    )
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"The token lacks the claim {error.claim!r}."
    return next((reason for kind, reason in reasons if isinstance(error, kind)), "The token cannot be read.")


def _viewer(claims: dict[str, Any]) -> Viewer:
    subject, roles = claims["sub"], claims["roles"]
    if not isinstance(subject, str) or not subject.strip():
        raise Unauthenticated("The token does not say who it is for.", hint=_GET_ANOTHER)
    if not isinstance(roles, list):
        raise Unauthenticated("The token's roles are not a list.", hint=_GET_ANOTHER)
    own = {name: value for name, value in claims.items() if name not in REGISTERED and _is_scalar(value)}
    try:
        attributes = _attributes.validate_python(claims.get("attributes", {}))
    except ValidationError:
        raise Unauthenticated(
            "The token's attributes are not names and plain values.", hint=_GET_ANOTHER
        ) from None
    known = tuple(role for role in ROLES if role in roles)
    return Viewer(id=subject, roles=known, attributes={**own, **attributes})


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float))
