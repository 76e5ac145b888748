"""The keys that tokens are signed and checked by: a local secret, or the published keys of an identity provider."""

from __future__ import annotations

import os
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from jwt.algorithms import has_crypto

from oracle_kit.errors import ContentError, NotInstalled, Unauthenticated, Unavailable

SECRET_BYTES = 32  # HS256 takes no shorter one
SECRET_FILE = "secret"  # noqa: S105  # the file's name, not what is in it
FETCH_TIMEOUT_S = 5.0
CACHED_S = 300.0
ASK_AGAIN_S = 10.0  # an unknown key id, or an address that is away, is asked about no more often


class PublishedKeys:
    """The public keys at a JWKS address: cached, read again when a key id is new, so that keys can be rotated."""

    def __init__(self, url: str, ask_again: float = ASK_AGAIN_S) -> None:
        if not has_crypto:
            raise NotInstalled(
                "RS256 and ES256 tokens need the package cryptography.",
                hint="pip install 'oracle-kit[server]'",
            )
        try:
            self._client = jwt.PyJWKClient(
                url, lifespan=CACHED_S, timeout=FETCH_TIMEOUT_S, cooldown_duration=ask_again
            )
        except jwt.PyJWKClientError:
            raise ContentError(
                "the JWKS address is not an http or https URL",
                field="jwks_url",
                hint="Check ORACLE_JWKS_URL.",
            ) from None
        self._lock, self._pause = threading.Lock(), min(ask_again, 2.0)
        self._away_until = 0.0

    def key(self, key_id: object) -> jwt.PyJWK:
        """The key of an id; Unauthenticated where there is none, Unavailable while the address does not answer."""
        if not isinstance(key_id, str):
            raise Unauthenticated("The token does not name its key.", hint="Get a new token.")
        with self._lock:
            if time.monotonic() < self._away_until:
                raise _away()
            try:
                return self._known(key_id)
            except Unavailable:
                self._away_until = time.monotonic() + self._pause
                raise

    def _known(self, key_id: str) -> jwt.PyJWK:
        try:
            self._client.get_signing_keys()  # what fails here is the address, not the token
        except (jwt.PyJWTError, ValueError):
            raise _away() from None
        try:
            return self._client.get_signing_key(key_id)
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, ValueError):
            raise _away() from None
        except jwt.PyJWKClientError:
            raise Unauthenticated("The token's key is not known.", hint="Get a new token.") from None


def _away() -> Unavailable:
    return Unavailable(
        "The address of the public keys gives no keys, so no token can be checked.",
        hint="Check ORACLE_JWKS_URL and the identity provider.",
    )


@dataclass(frozen=True)
class TokenKeys:
    """What tokens are checked by, and what their issuer and audience must be; ContentError where nothing is given."""

    secret: str | None = field(repr=False)
    jwks_url: str | None
    issuer: str
    audience: str
    published: PublishedKeys | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.secret is None and self.jwks_url is None:
            raise ContentError(
                "there is no key to check tokens by", hint="Set ORACLE_SECRET or ORACLE_JWKS_URL."
            )
        if self.secret is not None and len(self.secret.encode()) < SECRET_BYTES:
            raise ContentError(
                f"the secret is shorter than {SECRET_BYTES} bytes",
                field="secret",
                hint="Unset ORACLE_SECRET and one is made, or set a longer one.",
            )
        object.__setattr__(self, "published", PublishedKeys(self.jwks_url) if self.jwks_url else None)


def local_secret(folder: Path) -> str:
    """The secret of this installation, made at first use in a file that its owner alone may read (mode 600).

    Unavailable where the folder cannot be written, or the file can be read by others or is damaged.
    """
    path = folder / SECRET_FILE
    try:
        if not path.exists():
            _make_secret(path)
        return _read_secret(path)
    except OSError as error:
        raise Unavailable(
            f"the secret {path} cannot be read or made: {error.strerror}.",
            hint="Give this account the folder, set ORACLE_HOME to another, or set ORACLE_SECRET.",
        ) from error


def _make_secret(path: Path) -> None:
    """Written whole beside its place, then linked there: of several processes the first one's stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)


def _read_secret(path: Path) -> str:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise Unavailable(
            f"the secret {path} can be read by others.",
            hint=f"Remove it and a new one is made (tokens issued so far end), or chmod 600 {path} if nobody has.",
        )
    secret = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(secret) < SECRET_BYTES:
        raise Unavailable(f"the secret {path} is damaged.", hint="Remove it and a new one is made.")
    return secret
