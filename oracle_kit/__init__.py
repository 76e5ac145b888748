"""Oracle: typed questions answered from a codebook, every number read live under an allowlist.

The public names are loaded when they are first used, so that importing the package stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oracle_kit.bootstrap import open_oracle as open_oracle
    from oracle_kit.errors import Conflict as Conflict
    from oracle_kit.errors import ContentError as ContentError
    from oracle_kit.errors import NotFound as NotFound
    from oracle_kit.errors import NotPermitted as NotPermitted
    from oracle_kit.errors import OracleError as OracleError
    from oracle_kit.errors import Refused as Refused
    from oracle_kit.errors import StaleRevision as StaleRevision
    from oracle_kit.errors import Unauthenticated as Unauthenticated
    from oracle_kit.errors import Unavailable as Unavailable
    from oracle_kit.model import Answer as Answer
    from oracle_kit.model import Block as Block
    from oracle_kit.model import Page as Page
    from oracle_kit.model import Revision as Revision
    from oracle_kit.model import Viewer as Viewer
    from oracle_kit.oracle import Oracle as Oracle
    from oracle_kit.query import Query as Query
    from oracle_kit.settings import Settings as Settings
    from oracle_kit.settings import read_settings as read_settings
    from oracle_kit.usecases.opened_requests import OpenedRequest as OpenedRequest

__version__ = "0.1.0"

_HOMES = {
    "bootstrap": ("open_oracle",),
    "errors": (
        "Conflict",
        "ContentError",
        "NotFound",
        "NotPermitted",
        "OracleError",
        "Refused",
        "StaleRevision",
        "Unauthenticated",
        "Unavailable",
    ),
    "model": ("Answer", "Block", "Page", "Revision", "Viewer"),
    "oracle": ("Oracle",),
    "query": ("Query",),
    "settings": ("Settings", "read_settings"),
    "usecases.opened_requests": ("OpenedRequest",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted([*_HOME_OF, "__version__"])  # all are strings


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext oracle_kit`: the magics `%oracle` and `%%oracle` in a notebook."""
    import_module("oracle_kit.notebook").install(shell)


def __getattr__(name: str) -> Any:
    """A public name, imported from its module at first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
