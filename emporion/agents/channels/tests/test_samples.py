"""The code that the page gives to copy is run as it stands."""

import os
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


@pytest.mark.requirement("WID-01")
def test_the_embed_codes_name_the_widget_and_this_server() -> None:
    codes = snippets.embed_codes(site="https://emporion.example", public_id="wid_1")
    assert [code.label for code in codes] == ["HTML", "Next.js", "React", "WordPress", "Tag Manager", "Webflow", "iframe"]
    for one in codes:
        assert "https://emporion.example/widget/" in one.code
        assert "wid_1" in one.code
