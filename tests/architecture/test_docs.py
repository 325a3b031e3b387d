"""The docs know every setting, every command and every target that exists."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from emporion.config.environment import Environment

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_has_its_line() -> None:
    text = (ROOT / "docs/operators/configuration.md").read_text()
    missing = [field.name for field in fields(Environment) if f"`EMPORION_{field.name.upper()}`" not in text]
    assert missing == []


def test_every_setting_named_in_the_docs_exists() -> None:
    known = {f"EMPORION_{field.name.upper()}" for field in fields(Environment)} | {
        "EMPORION_TEST_DATA",
        "EMPORION_TEST_PROCESSES",
        "EMPORION_BROWSER",
    }
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for name in re.findall(r"EMPORION_[A-Z_]+[A-Z]", path.read_text()):
            assert name in known, f"{path.name} names {name}"


def test_links_between_pages_of_the_docs_lead_somewhere() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.relative_to(ROOT)} links to {target}"


def names_in(path: Path) -> set[str]:
    """What a module defines, with the methods of its classes as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            found |= {
                f"{node.name}.{part.name}" for part in ast.walk(node) if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return found


def test_every_place_on_the_tour_is_there() -> None:
    places = re.findall(r"`([\w/]+\.py):([\w.]+)`", (ROOT / "docs/tour.md").read_text())
    missing = [
        f"{file}:{name}"
        for file, name in places
        if not (ROOT / "emporion" / file).is_file() or name not in names_in(ROOT / "emporion" / file)
    ]
    assert missing == [], "mend docs/tour.md: it names what has moved"
    assert len(places) > 25


@pytest.mark.parametrize("command", ["serve", "web", "worker", "edge", "migrate", "doctor", "refunds"])
def test_every_command_is_explained(command: str) -> None:
    assert f"emporion {command}" in (ROOT / "docs/operators/one-machine.md").read_text()
