"""The studio in a browser: how soon a page of 20 blocks stands, how soon a commit appears, scrolling, sessions.

Floors, measured in the same run: the same blocks as one static HTML file from the same server; an empty session.
Needs an installed Chromium (ORACLE_CHROMIUM names one elsewhere).
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import uvicorn

from canvas_server import create_app
from oracle_kit import Oracle, Settings, open_oracle

PROMPTS = (
    "pipeline value by city",
    "leads by month in 2025",
    "overdue follow-ups",
    "leads by source",
    "visits by project",
)
BLOCKS, SESSIONS, TABLES, ROWS = 20, 100, 50, 1_000
SCROLL = """() => new Promise((done) => {
  const gaps = [], step = 120;
  let last = performance.now();
  window.scrollTo(0, 0);
  requestAnimationFrame(function frame(now) {
    gaps.push(now - last); last = now;
    window.scrollBy(0, step);
    gaps.length < 150 ? requestAnimationFrame(frame) : done(gaps.slice(1));
  });
})"""
LONG_TASKS = """window.longTasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) => window.longTasks.push(one.duration)))
  .observe({ type: "longtask", buffered: true });"""


def main() -> None:
    """Print the figures."""
    path = os.environ.get("ORACLE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        print("no Chromium is installed: nothing is measured")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, _served(Path(home)) as (oracle, url):
        page_id = _page(oracle)
        token = oracle.issue_token(oracle.viewer("analyst"))
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
            _visible(browser, oracle, url, token, page_id)
            _commits(browser, oracle, url, token, page_id)
            _scrolling(browser, oracle, url, token)
            _sessions(browser, url, token, page_id)
            browser.close()


def _page(oracle: Oracle) -> str:
    viewer = oracle.viewer("analyst")
    page = oracle.pages.create("Twenty blocks", viewer=viewer)
    while True:
        for prompt in PROMPTS:
            oracle.ask(prompt, viewer=viewer, page=page.id)
            revision = oracle.pages.revision(page.id, viewer=viewer)
            if len(revision.blocks) >= BLOCKS:
                extra = [{"op": "remove", "block_id": one.id} for one in revision.blocks[BLOCKS:]]
                if extra:
                    oracle.pages.edit(page.id, extra, viewer=viewer)
                return page.id


def _visible(browser: Any, oracle: Oracle, url: str, token: str, page_id: str) -> None:
    """From a cold cache: until the last block is seen, and until it can be pressed; beside it, one static file."""
    seen, live, long_tasks, floors = [], [], [], []
    for _ in range(5):
        context, page = _window(browser, url, token)
        page.add_init_script(LONG_TASKS)
        started = time.perf_counter()
        page.goto(f"{url}/studio?page={page_id}", wait_until="commit")
        page.locator("article.o-block").nth(BLOCKS - 1).wait_for()
        seen.append(time.perf_counter() - started)
        page.locator("#first-view").wait_for(state="detached")
        live.append(time.perf_counter() - started)
        page.wait_for_timeout(300)
        long_tasks.append(max(page.evaluate("window.longTasks"), default=0.0))
        started = time.perf_counter()
        page.set_content(oracle.pages.export(page_id, "html", viewer=oracle.viewer("analyst")))
        page.locator("article.o-block").nth(BLOCKS - 1).wait_for()
        floors.append(time.perf_counter() - started)
        context.close()
    floor = f"static file: {_ms(floors)}"
    print(f"page of {BLOCKS} blocks seen, cold cache: {_ms(seen)} ({floor}); to be pressed: {_ms(live)}")
    print(f"longest task of the browser meanwhile: {_ms(long_tasks, 1)}")


def _ms(found: Sequence[float], scale: float = 1000.0) -> str:
    return f"median {median(found) * scale:.0f} ms, worst {max(found) * scale:.0f} ms"


def _commits(browser: Any, oracle: Oracle, url: str, token: str, page_id: str) -> None:
    """From a commit of somebody else until its block stands in an open page, timed in the browser and here."""
    viewer, found, floors = oracle.viewer("analyst"), [], []
    context, page = _window(browser, url, token)
    page.goto(f"{url}/studio?page={page_id}")
    page.locator("#first-view").wait_for(state="detached")
    page.locator("article.o-block").nth(BLOCKS - 1).wait_for()
    for at in range(10):
        oracle.pages.edit(page_id, [{"op": "add_note", "text": f"note number {at} here"}], viewer=viewer)
        started = time.perf_counter()
        page.get_by_text(f"note number {at} here").wait_for()
        found.append(time.perf_counter() - started)
        started = time.perf_counter()
        page.get_by_text(f"note number {at} here").wait_for()
        floors.append(time.perf_counter() - started)
    context.close()
    print(f"a block stands after its commit: {_ms(found)} (only looking for it: {_ms(floors)})")


def _scrolling(browser: Any, oracle: Oracle, url: str, token: str) -> None:
    """Fifty tables of a thousand rows, scrolled from top to bottom: the frames that came late, the longest task."""
    page_id = _tables(oracle)
    context, page = _window(browser, url, token)
    page.add_init_script(LONG_TASKS)
    started = time.perf_counter()
    page.goto(f"{url}/studio?page={page_id}", wait_until="commit")
    page.locator("#first-view").wait_for(state="detached")
    page.locator("article.o-block").nth(TABLES - 1).wait_for()
    stood = time.perf_counter() - started
    page.wait_for_timeout(1000)
    page.evaluate("window.longTasks.length = 0")
    gaps = sorted(page.evaluate(SCROLL))
    longest = max(page.evaluate("window.longTasks"), default=0.0)
    floor = sorted(page.evaluate(SCROLL.replace("step = 120", "step = 0")))
    rows = sum(
        len(one.rows) for one in oracle.pages.revision(page_id, viewer=oracle.viewer("analyst")).blocks
    )
    context.close()
    late, idle = sum(gap > 50 for gap in gaps), sum(gap > 50 for gap in floor)
    print(f"{TABLES} tables, {rows:,} rows in all: to be pressed after {stood * 1000:.0f} ms")
    print(
        f"scrolled in {len(gaps)} frames: median {gaps[len(gaps) // 2]:.0f} ms, worst {gaps[-1]:.0f} ms, "
        f"{late} later than 50 ms (standing still: median {floor[len(floor) // 2]:.0f} ms, worst {floor[-1]:.0f} ms, "
        f"{idle} later); longest task {longest:.0f} ms"
    )


def _tables(oracle: Oracle) -> str:
    """A page of fifty tables with a thousand rows each."""
    viewer = oracle.viewer("analyst")
    answer = oracle.ask(f"list of {ROWS} leads", viewer=viewer)
    page_id, block = str(answer.page_id), answer.blocks[0]
    if len(block.rows) != ROWS:
        raise SystemExit(f"the table has {len(block.rows)} rows, not {ROWS}")
    edits = [{"op": "duplicate", "block_id": block.id}] * (TABLES - len(answer.blocks))
    oracle.pages.edit(page_id, edits, viewer=viewer)
    return page_id


def _sessions(browser: Any, url: str, token: str, page_id: str) -> None:
    """What open sessions hold, and what is left once they are closed."""
    for count in (SESSIONS, SESSIONS):
        before = _memory()
        context, page = _window(browser, url, token)
        tabs = [page] + [context.new_page() for _ in range(9)]
        for _ in range(count // 10):
            for tab in tabs:
                tab.goto(f"{url}/studio?page={page_id}")
                tab.locator("#first-view").wait_for(state="detached")
                tab.locator("article.o-block").nth(BLOCKS - 1).wait_for()
        held = _memory()
        context.close()
        time.sleep(15)
        gc.collect()
        after = _memory()
        sizes = f"{before:.0f} MB before, {held:.0f} MB held, {after:.0f} MB after"
        print(f"{count} sessions, ten tabs at a time: {sizes}; {_documents()} documents left", flush=True)


def _documents() -> int:
    from bokeh.document import Document

    return sum(isinstance(one, Document) for one in gc.get_objects())


def _memory() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _window(browser: Any, url: str, token: str) -> tuple[Any, Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "oracle_studio", "value": token, "url": f"{url}/studio"}])
    return context, context.new_page()


@contextmanager
def _served(home: Path) -> Iterator[tuple[Oracle, str]]:
    settings = Settings(home=home, rate_per_minute=1_000_000, rate_burst=1_000_000)
    oracle = open_oracle(settings)
    config = uvicorn.Config(create_app(oracle, settings), host="127.0.0.1", port=0, log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield oracle, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        oracle.close()


if __name__ == "__main__":
    main()
