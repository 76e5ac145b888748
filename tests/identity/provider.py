"""An identity provider for tests: keys of its own, published over loopback, tokens of any shape."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key() -> rsa.RSAPrivateKey:
    """A fresh RSA key."""
    return rsa.generate_private_key(65537, 2048)


def ec_key() -> ec.EllipticCurvePrivateKey:
    """A fresh key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: PrivateKey) -> bytes:
    """The public half, as anybody may have it."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def claims(**changed: Any) -> dict[str, Any]:
    """Claims that are accepted, but for what is changed; None takes a claim away."""
    now = int(time.time())
    whole = {
        "sub": "asha",
        "roles": ["analyst"],
        "iss": "oracle",
        "aud": "oracle",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


class Provider:
    """What stands at the JWKS address, how often it was asked, and whether it answers at all."""

    def __init__(self) -> None:
        self.keys: dict[str, PrivateKey] = {}
        self.asked = 0
        self.answer: bytes | None = None  # another body than the key set
        self.status = 200
        self.url = ""

    def token(self, kid: str, **changed: Any) -> str:
        """A token signed with one of the keys."""
        key = self.keys[kid]
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(claims(**changed), key, algorithm=algorithm, headers={"kid": kid})

    def body(self) -> bytes:
        """The key set, or what stands in its place."""
        self.asked += 1
        return (
            self.answer if self.answer is not None else json.dumps({"keys": list(self._published())}).encode()
        )

    def _published(self) -> Iterator[dict[str, Any]]:
        for kid, key in self.keys.items():
            shape: Any = (
                jwt.algorithms.RSAAlgorithm
                if isinstance(key, rsa.RSAPrivateKey)
                else jwt.algorithms.ECAlgorithm
            )
            yield {**shape.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers on a free port of the loopback."""
    here = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = here.body()
            self.send_response(here.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
