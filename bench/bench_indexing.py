"""How long a real documentation takes to learn, and whether the pages stay quick meanwhile."""

import os
import threading
import time
from pathlib import Path

import httpx

from bench.harness import Figure
from bench.installation import Installation, installed, load, percentile

TITLE = "Indexing"

DATA = (
    Path(os.environ.get("EMPORION_TEST_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data") / "flask-docs" / "docs"
)
KINDS = {".rst", ".md", ".txt"}
LONGEST_SECONDS = 400
LOOKED_AT = ("/marketplace/", "/marketplace/docs-agent/", "/dashboard/", "/agents/")


def measure() -> list[Figure]:
    """The Flask documentation uploaded through the Training page, with people looking at other pages until all of it is ready."""
    files = sorted(path for path in DATA.rglob("*") if path.suffix in KINDS)
    with installed() as one:
        one.start()
        bought = one.shop("agent")
        before = load()
        pages: list[float] = []
        took, progress, passages = _learn(one, bought, files, pages)
    conditions = f"{len(files)} files, {passages} passages, uploaded at once through the page, {before} before"
    return [
        Figure(
            name="the Flask documentation, until all of it is ready",
            value=took,
            unit="s",
            due=180,
            at_least=False,
            compared_with="our promise",
            conditions=conditions,
        ),
        Figure(
            name="steps of progress seen",
            value=progress,
            unit="",
            due=10,
            at_least=True,
            compared_with="something moves at least every 20 s",
            conditions="different states of the list of documents, asked for every second as the page does",
        ),
        Figure(
            name="a page meanwhile, 95th percentile",
            value=percentile(pages, 0.95) * 1000,
            unit="ms",
            due=300,
            at_least=False,
            compared_with="our promise",
            conditions=f"{len(pages)} pages by one person, {', '.join(LOOKED_AT)}; median {percentile(pages, 0.5) * 1000:.0f} ms",
        ),
    ]


def _learn(one: Installation, bought: dict[str, str], files: list[Path], pages: list[float]) -> tuple[float, int, int]:
    done = threading.Event()
    with httpx.Client(base_url=one.url, cookies={"sessionid": bought["session"]}, timeout=60) as client:
        training = f"/agents/{bought['agent']}/training/"
        client.get(training).raise_for_status()
        for path in LOOKED_AT:
            client.get(path).raise_for_status()
        reader = threading.Thread(target=_look, args=(one, bought, done, pages))
        headers = {"X-CSRFToken": client.cookies["csrftoken"], "Referer": one.url}
        began = time.perf_counter()
        reader.start()
        try:
            sent = [("files", (str(path.relative_to(DATA)).replace("/", "-"), path.read_bytes())) for path in files]
            client.post(f"{training}files/", files=sent, headers=headers, follow_redirects=False)
            seen: set[str] = set()
            while time.perf_counter() - began < LONGEST_SECONDS:
                rows = client.get(f"{training}sources/").text
                seen.add(rows)
                if "every 1s" not in rows:
                    break
                time.sleep(1)
            took = time.perf_counter() - began
        finally:
            done.set()
            reader.join()
    learnt = one.shop("learnt")
    assert int(learnt["ready"]) >= len(files), learnt
    return took, len(seen), int(learnt["passages"])


def _look(one: Installation, bought: dict[str, str], done: threading.Event, pages: list[float]) -> None:
    """Somebody who opens one page after the other, four a second."""
    with httpx.Client(base_url=one.url, cookies={"sessionid": bought["session"]}, timeout=60) as client:
        while not done.is_set():
            for path in LOOKED_AT:
                began = time.perf_counter()
                client.get(path).raise_for_status()
                pages.append(time.perf_counter() - began)
                done.wait(0.25)
