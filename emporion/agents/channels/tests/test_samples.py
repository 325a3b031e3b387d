"""The code that the page gives to copy is run as it stands."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from emporion.agents.channels import snippets


@pytest.mark.requirement("BUY-18", "WID-01")
@pytest.mark.parametrize("label", ["curl", "Python", "JavaScript", "OpenAI SDK"])
def test_each_sample_gets_an_answer(site: str, agent, key: str, label: str) -> None:
    code = next(one.code for one in snippets.api_samples(site=site, agent_id=agent) if one.label == label)
    code = code.replace("What do you know?", "How long are both signing secrets valid?")
    node, curl = shutil.which("node"), shutil.which("curl")
    command = {
        "curl": ["sh", "-c", code],
        "JavaScript": [node, "--input-type=module", "-e", code],
    }.get(label, [sys.executable, "-c", code])
    if command[0] is None or (label == "curl" and curl is None):
        pytest.skip(f"{label} is not installed")
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env={**os.environ, "EMPORION_KEY": key}
    )
    assert "24 hours" in done.stdout, done.stderr


@pytest.mark.requirement("BUY-18")
@pytest.mark.parametrize(("name", "known_as"), [("Café Assistant", "cafe-assistant"), ("Ответы!", "agent"), ("R & D 2", "r-d-2")])
def test_the_connection_configurations_are_what_each_client_takes(agent, name: str, known_as: str) -> None:
    made = snippets.mcp_configurations(site="https://emporion.example", agent_id=agent, name=name, key="ek_1")
    claude_code, desktop, cursor, code = (one.code for one in made)
    url, header = f"https://emporion.example/mcp/{agent}", "Bearer ek_1"
    assert shlex.split(claude_code) == [
        *("claude", "mcp", "add", "--transport", "http", known_as, url),
        *("--header", f"Authorization: {header}"),
    ]
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", known_as), "Claude Code refuses other names"
    assert json.loads(cursor) == {"mcpServers": {known_as: {"url": url, "headers": {"Authorization": header}}}}
    assert json.loads(code) == {"servers": {known_as: {"type": "http", "url": url, "headers": {"Authorization": header}}}}
    bridge = json.loads(desktop)["mcpServers"][known_as]
    assert url in bridge["args"]
    assert all(" " not in argument for argument in bridge["args"]), "Windows cuts arguments at spaces"
    assert bridge["env"] == {"AUTHORIZATION": header}


@pytest.mark.requirement("WID-01")
def test_the_embed_codes_name_the_widget_and_this_server() -> None:
    codes = snippets.embed_codes(site="https://emporion.example", public_id="wid_1")
    assert [code.label for code in codes] == ["HTML", "Next.js", "React", "WordPress", "Tag Manager", "Webflow", "iframe"]
    for one in codes:
        assert "https://emporion.example/widget/" in one.code
        assert "wid_1" in one.code
