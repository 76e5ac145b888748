"""Where a provider may be: a stable name, this machine, or a private network; never a bare public IP address."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from oracle_kit.errors import ContentError


def checked_address(address: str, setting: str) -> str:
    """The address with its scheme, without a trailing slash; ContentError names the setting and the reason."""
    full = address.strip()
    full = full if "://" in full else f"http://{full}"
    try:
        parts = urlsplit(full)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ContentError(f"this is no address: {error}", field=setting) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ContentError("an address starts with http:// or https:// and names a host", field=setting)
    if parts.username is not None or parts.query or parts.fragment:
        hint = "Keys have a setting of their own."
        raise ContentError("an address holds no user, query or fragment", field=setting, hint=hint)
    if _is_public(host):
        hint = "Give the stable name of the ingress, or of this machine: an address changes hands, a name does not."
        raise ContentError(
            "a raw public IP address is not taken as a provider's address", field=setting, hint=hint
        )
    return full.rstrip("/")


def _is_public(host: str) -> bool:
    ip = _ip(host.rstrip("."))
    if ip is None:
        return False
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    return bool(inner.is_global)


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host spells, also as one number or in octal, as resolvers take it."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
