"""The style sheets that ship with the product, and the policy that lets in nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from oracle_kit.canvas.html import Html, element


@cache
def sheet(*names: str) -> str:
    """The named style sheets of `assets/` as one."""
    folder = files("oracle_kit.canvas").joinpath("assets")
    return "\n".join(folder.joinpath(f"{name}.css").read_text(encoding="utf-8").strip() for name in names)


def style_element(*names: str) -> Html:
    """The sheets as one `<style>`; they are ours and hold no markup."""
    return Html(f"<style>{sheet(*names)}</style>")


def policy(*names: str) -> Html:
    """The content security policy of a page with exactly these sheets: nothing else may load or run.

    The one inline sheet is let in by its hash; there is no script, font, frame or picture to let in.
    """
    digest = base64.b64encode(hashlib.sha256(sheet(*names).encode()).digest()).decode()
    rules = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element("meta", http_equiv="Content-Security-Policy", content=rules)
