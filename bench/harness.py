"""How a benchmark says what it found: figures with what is due and under which conditions, as a table and as a file.

A benchmark is a module `bench/bench_<name>.py` with `TITLE: str` and `measure() -> list[Figure]`.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number; `due` is what the product promises or what a peer reaches, `at_least` says which way is better."""

    name: str
    value: float
    unit: str
    due: float
    at_least: bool
    compared_with: str
    conditions: str

    @property
    def holds(self) -> bool:
        """Whether the figure is as good as what is due."""
        return self.value >= self.due if self.at_least else self.value <= self.due

    @property
    def ratio(self) -> str:
        """How the figure stands to what is due; a due of nothing has no ratio."""
        return f"{self.value / self.due:.2f}" if self.due else "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one benchmark on one machine."""

    name: str
    title: str
    measured_at: str
    machine: str
    figures: tuple[Figure, ...]


def names() -> list[str]:
    """The benchmarks that there are."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def machine() -> str:
    """What the figures were measured on, with how fast it counts: machines of one kind differ, and one from hour to hour."""
    alone, both = min(_counting(1)), max(_counting(2))
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()};"
        f" counts to ten million in {alone:.2f} s, two processes at once in {both:.2f} s each"
    )


def _counting(processes: int) -> list[float]:
    """Seconds that each of so many processes takes to count to ten million, the best of three tries."""
    code = "import time; began = time.perf_counter(); i = 0\nwhile i < 10_000_000: i += 1\nprint(time.perf_counter() - began)"
    best = [float("inf")] * processes
    for _ in range(3):
        running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        best = [min(least, float(one.communicate()[0])) for least, one in zip(best, running, strict=True)]
    return best


def run(name: str) -> Report:
    """Measures, prints the table and keeps the result."""
    module = importlib.import_module(f"bench.bench_{name}")
    report = Report(
        name=name,
        title=module.TITLE,
        measured_at=datetime.now(UTC).date().isoformat(),
        machine=machine(),
        figures=tuple(module.measure()),
    )
    print(table(report))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(asdict(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return report


def load(path: Path) -> Report:
    """A result that was kept."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Report(**{**raw, "figures": tuple(Figure(**figure) for figure in raw["figures"])})


def written(value: float) -> str:
    """A number with the digits that mean something."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.3g}"


def cells(figure: Figure) -> tuple[str, ...]:
    """A figure as the columns of a table."""
    sign = "≥" if figure.at_least else "≤"
    verdict = "yes" if figure.holds else "NO"
    due = f"{sign} {written(figure.due)}"
    return (
        figure.name,
        f"{written(figure.value)} {figure.unit}",
        due,
        figure.ratio,
        verdict,
        figure.compared_with,
        figure.conditions,
    )


HEAD = ("figure", "measured", "due", "ratio", "holds", "compared with", "conditions")


def table(report: Report) -> str:
    """The figures as text, in columns."""
    rows = [HEAD, *(cells(figure) for figure in report.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"\n{report.title} ({report.machine})", *lines])
