"""What `make` says on a fresh machine while it fetches what the product needs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The repository as far as `make env` looks at it, with an installer that only notes what it was asked."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / ".venv/bin"
    tools.mkdir(parents=True)
    for name in ("python", "uv"):
        (tools / name).write_text('#!/bin/sh\necho "$@" >> asked\n')
        (tools / name).chmod(0o755)
    return tmp_path


def made(checkout: Path, *, stderr: int = subprocess.PIPE, **environment: str) -> tuple[str, str]:
    """What was said, and how the first installation was asked for."""
    (checkout / "asked").unlink(missing_ok=True)
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "MAKEFLAGS", "MAKELEVEL"}}
    command = ["make", "--no-print-directory", "env"]
    said = subprocess.run(
        command, cwd=checkout, env=kept | environment, stdout=subprocess.PIPE, stderr=stderr, check=True, text=True
    )
    return said.stdout, (checkout / "asked").read_text().splitlines()[0]


def test_the_first_installation_says_how_much_is_fetched_and_how_long_it_takes(checkout: Path) -> None:
    said, asked = made(checkout)
    assert "about 600 MB" in said
    assert "about a minute" in said
    assert "--quiet" in asked, "what is written to a file holds no bars"


def test_a_terminal_shows_how_far_it_is(checkout: Path) -> None:
    ours, theirs = os.openpty()
    try:
        assert "--quiet" not in made(checkout, stderr=theirs)[1]
        (checkout / ".venv/.installed").unlink()
        assert "--quiet" in made(checkout, stderr=theirs, CI="true")[1]
    finally:
        os.close(ours)
        os.close(theirs)


def test_continuous_integration_and_an_update_say_one_short_line(checkout: Path) -> None:
    assert made(checkout, CI="true")[0] == "Installing dependencies…\n"
    os.utime(checkout / "requirements.lock", (2**31, 2**31))
    assert made(checkout)[0] == "Updating dependencies…\n"
