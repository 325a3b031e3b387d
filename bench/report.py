"""docs/benchmarks.md is generated from bench/results, so that a number in the documentation was measured."""

from pathlib import Path

from bench import harness

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

INTRODUCTION = """# Benchmarks

Measured by `make bench` on the machine that each table names. Generated from `bench/results/` by `python -m bench.report`: do
not edit by hand. "Due" is what the product promises, or what a peer reaches where the table says so. A machine that takes twice
as long to count as another does half as much in most tables.
"""


def render() -> str:
    """The page, from the results that are kept."""
    parts = [INTRODUCTION]
    for path in sorted(harness.RESULTS.glob("*.json")):
        one = harness.load(path)
        parts.append(f"\n## {one.title}\n\n{one.measured_at}, {one.machine}. Run again: `python -m bench {one.name}`.\n")
        parts.append(
            _row(harness.HEAD) + _row(("---",) * len(harness.HEAD)) + "".join(map(_row, map(harness.cells, one.figures)))
        )
    return "\n".join(parts)


def _row(texts: tuple[str, ...]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|") for text in texts) + " |\n"


def write() -> None:
    """Renews the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    write()
