"""Rules of every template and stylesheet of the product; the names say which bug each prevents."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[2]
REPOSITORY = PRODUCT.parent
TEMPLATES = [path for path in PRODUCT.rglob("templates/**/*.html") if "mail" not in path.parts]
STYLES = [path for path in PRODUCT.rglob("static/**/*.css") if "vendor" not in path.parts]
# Runs on somebody else's page, or is printed on paper, where our tokens are not: it brings its own colours.
OWN_COLOURS = {"widget", "panel", "embed", "paper"}
COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(|\b(?:white|black|red|green|blue|gray|grey)\b(?=\s*[;}])"
)


def lines_with(path: Path, pattern: re.Pattern[str]) -> list[str]:
    text = re.sub(r"/\*.*?\*/|\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), path.read_text(), flags=re.DOTALL)
    return [
        f"{path.relative_to(REPOSITORY)}:{at}: {line.strip()[:90]}"
        for at, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.requirement("UX-01")
def test_no_template_has_inline_style_script_or_handlers_that_the_policy_would_block() -> None:
    inline = re.compile(
        r"""<style|\sstyle=|\son[a-z]+=["']|javascript:|hx-on|<script(?![^>]*\b(?:src=|type="application/(?:ld\+)?json"))"""
    )
    assert [line for path in TEMPLATES for line in lines_with(path, inline)] == []


@pytest.mark.requirement("UX-01")
def test_no_colour_is_written_outside_the_tokens_so_that_dark_mode_reaches_all() -> None:
    ours = [path for path in STYLES if path.name != "tokens.css" and not OWN_COLOURS & set(path.stem.split("-"))]
    found = [line for path in ours for line in lines_with(path, COLOUR)]
    assert [line for line in found if "color-mix(" not in line.split(":", 2)[2] or "#" in line.split(":", 2)[2]] == []


@pytest.mark.requirement("UX-01")
def test_every_stylesheet_stays_in_a_layer_so_that_order_of_files_decides_nothing() -> None:
    loose = [path for path in STYLES if not OWN_COLOURS & set(path.stem.split("-")) and "@layer" not in path.read_text()]
    assert loose == []


@pytest.mark.requirement("UX-01")
def test_vendored_files_are_the_pinned_ones() -> None:
    check = subprocess.run([sys.executable, REPOSITORY / "tools/vendor", "--check"], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stderr
