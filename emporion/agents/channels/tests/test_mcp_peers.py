"""An agent's MCP server in the hands of other people's programs: the Inspector and the conformance suite, both from npm."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NODE = "node@22.23.3"  # the peers want 22 or later
PEERS = ("@modelcontextprotocol/inspector@2.12.0", "@modelcontextprotocol/conformance@0.1.16")
# The others call tools, prompts and resources of the suite's own reference server, which an agent does not have.
PROTOCOL = {
    "dns-rebinding-protection",
    "ping",
    "server-initialize",
    "tools-call-error",
    "tools-call-simple-text",
    "tools-list",
}

pytestmark = [pytest.mark.peers, pytest.mark.requirement("BUY-19")]


@pytest.fixture(scope="session")
def npm_home() -> Path:
    """The peers, installed once into a folder that later runs find again."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, and the peers come from there")
    home = Path(os.environ.get("EMPORION_PEERS", Path(tempfile.gettempdir()) / "emporion-peers"))
    home.mkdir(parents=True, exist_ok=True)
    for packages in ((NODE,), PEERS):
        _install(home, packages)
    return home


def _install(home: Path, packages: tuple[str, ...]) -> None:
    stamp = home / f"{packages[0].rsplit('/')[-1]}.installed"
    if stamp.exists():
        return
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(home), *packages]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=_environment(home))
    if done.returncode:
        pytest.skip(f"npm could not install the peers: {done.stderr[-200:]}")
    stamp.touch()


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{home / 'node_modules/node/bin'}{os.pathsep}{os.environ['PATH']}"}


def run(home: Path, script: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(home / "node_modules/node/bin/node"), str(home / "node_modules/@modelcontextprotocol" / script), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=200, env=_environment(home), cwd=home)


def test_the_inspector_lists_the_tool_and_asks(npm_home: Path, site: str, agent, key: str) -> None:
    server = ("--cli", f"{site}/mcp/{agent}", "--transport", "http", "--header", f"Authorization: Bearer {key}")
    listed = run(npm_home, "inspector/clients/launcher/build/index.js", *server, "--method", "tools/list")
    assert json.loads(listed.stdout)["tools"][0]["name"] == "ask", listed.stderr
    question = "question=How long are both signing secrets valid?"
    asked = run(
        npm_home,
        "inspector/clients/launcher/build/index.js",
        *server,
        "--method",
        "tools/call",
        "--tool-name",
        "ask",
        "--tool-arg",
        question,
    )
    assert "24 hours" in json.loads(asked.stdout)["content"][0]["text"], asked.stderr


def test_the_conformance_suite_finds_the_protocol_kept(npm_home: Path, site: str, agent, key: str) -> None:
    """All scenarios run; those that call the tools, prompts and resources of the suite's own reference server cannot pass."""
    done = run(npm_home, "conformance/dist/index.js", "server", "--url", f"{site}/keyed/{key}/{agent}", "--suite", "all")
    said = re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)
    passed = {
        name for name, good in re.findall(r"^\s*(?:✓|✗|✔|✖) ([\w-]+): (\d+) passed, 0 failed", said, re.MULTILINE) if int(good)
    }
    assert passed >= PROTOCOL, said[-3000:]
