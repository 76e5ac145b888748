"""What docs/client.md tells a frontend developer is run as it stands, and its page is opened in a browser."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.server.served import V1, Served

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "client.md").read_text(encoding="utf-8")
PAGE = (DOCS / "client.html").read_text(encoding="utf-8")
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
BROWSERS_OWN = {  # what Chromium asks for by itself, on an empty page too
    "accounts.google.com",
    "clients2.google.com",
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "update.googleapis.com",
}
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=10000",
)


def test_the_guide_runs_as_it_stands(served: Served, tmp_path: Path) -> None:
    token = served.oracle.issue_token(served.oracle.viewer("analyst"))
    commands = [
        command if language == "sh" else f"\"{sys.executable}\" - <<'END'\n{command}END"
        for language, command in re.findall(r"```(sh|python) run\n(.*?)```", GUIDE, re.DOTALL)
    ]
    script = "\n".join(f"echo '=== {at}'\n{command}\necho" for at, command in enumerate(commands))
    environment = {**os.environ, "ORACLE": served.url + V1, "TOKEN": token}
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    said = re.split(r"=== \d+\n", done.stdout)[1:]
    assert len(said) == len(commands) == 10
    me, made, answer, page, events, edited, live, history, asked, missing = said
    assert json.loads(me)["id"] == "analyst"
    assert "HTTP/1.1 201 Created" in made
    assert json.loads(answer)["status"] == "answered"
    assert all(block["html"] for block in json.loads(page)["revision"]["blocks"])
    assert re.findall(r"event: (\w+)", events) == ["stage"] * 6 + ["answer"]
    assert json.loads(edited)["blocks"][0]["kind"] == "text"
    assert live.startswith("Monday review is at revision 3 with analyst\n2 prompt by analyst")
    assert "3 edit by analyst" in live
    assert [kind in history for kind in ("prompt", "edit", '"change":"added"')] == [True] * 3
    assert '"title":"What if"' in asked
    assert '"state":"open"' in asked
    assert json.loads(missing)["code"] == "not_found"


def test_the_page_is_short_and_uses_documented_routes_alone(served: Served) -> None:
    assert len(PAGE.splitlines()) <= 60
    paths = {path.removeprefix(V1) for path in served.app.openapi()["paths"]}
    used = re.findall(r"post\([\"`](/[^\"`?]+)", PAGE)
    assert len(used) == 2
    assert all(re.sub(r"\$\{page\}", "{page_id}", path) in paths for path in used)


@pytest.fixture
def hosted() -> Iterator[str]:
    """The folder of docs on an origin of its own, as a frontend would be."""
    handler = functools.partial(Quiet, directory=str(DOCS))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def opened(address: str, profile: Path) -> str:
    """The document of an address after its scripts have run."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed, so the client page is not opened")
def test_the_page_shows_blocks_in_a_browser(
    serve: Callable[..., Served], hosted: str, tmp_path: Path
) -> None:
    served = serve(origins=(hosted,))
    token = served.oracle.issue_token(served.oracle.viewer("analyst"))
    given = {"server": served.url, "token": token, "prompt": "Show overdue high-QD follow-ups"}
    page = opened(f"{hosted}/client.html#{urlencode(given)}", tmp_path)
    assert "Overdue follow-ups with high-QD leads" in page
    assert "answered (codebook_retrieval); understood: Overdue, High QD" in page
    told = opened(f"{hosted}/client.html#{urlencode({**given, 'token': 'none'})}", tmp_path)
    assert "Not signed in: The token cannot be read." in told


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed, so /docs is not opened")
def test_the_docs_open_in_a_browser_with_no_outside_request(served: Served, tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    address = f"{served.url}/docs"
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={tmp_path / 'p'}",
        f"--log-net-log={log}",
        "--dump-dom",
        address,
    ]
    page = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
    assert "/api/oracle/v1/canvas-pages/{page_id}/prompts" in page.replace("<wbr>", "").replace("\u200b", "")
    asked = set(re.findall(r'"url":"(https?://[^"]+)"', log.read_text(errors="replace")))
    hosts = {urlsplit(one).netloc for one in asked} - BROWSERS_OWN
    assert hosts == {urlsplit(served.url).netloc}
