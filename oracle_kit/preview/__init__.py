"""Panel: interactive blocks and the studio. An optional extra; nothing below imports it, and only it knows Panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from oracle_kit.errors import NotInstalled

if TYPE_CHECKING:
    from oracle_kit.oracle import Oracle

_NEEDS = ("panel", "bokeh_fastapi")


def panel_installed() -> bool:
    """Whether the studio can be served here."""
    return all(find_spec(name) is not None for name in _NEEDS)


def mount_studio(
    app: Any,
    oracle: Callable[[], Oracle],
    *,
    prefix: str = "/studio",
    secret: str | None = None,
    origins: Sequence[str] = (),
) -> None:
    """The studio under `prefix` of a FastAPI application; `oracle` gives the workbench once requests come in.

    Several server processes give the same `secret`, so that a page that one of them made can open its socket at
    another; unset, one is made. `origins` are further pages that may open sockets. NotInstalled without Panel.
    """
    require_panel()
    from oracle_kit.preview.served import mount

    mount(app, oracle, prefix=prefix, secret=secret, origins=origins)


def require_panel() -> None:
    """Returns where Panel and what serves it are installed; NotInstalled says the command that installs them."""
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise NotInstalled(
            f"The studio needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed.",
            hint="Run: pip install 'oracle-kit[preview]'",
        )
