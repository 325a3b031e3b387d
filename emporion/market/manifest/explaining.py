"""Says in a seller's words what is wrong with a manifest: where it stands and what to do about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from emporion.plumbing.members import members_beside, nearest

Key = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_ASSIGNMENT = re.compile(r"^\s*([A-Za-z0-9_.-]+)\s*=")
TAGS = frozenset({"hosted", "automation", "app"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct; `line` is the nearest line when the key itself is missing."""

    file: str
    message: str
    next_step: str
    key: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key + ': ' if self.key else ''}{self.message} {self.next_step}"


def explain(file: Path, text: str, kind: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Each error of a validation as a `Problem`."""
    for detail in error.errors(include_url=False, include_context=True):
        key = _without_tags(detail["loc"])
        yield Problem(
            file=str(file),
            line=line_of(text, key),
            key=dotted(key),
            message=_message(detail),
            next_step=_next_step(detail, key, kind),
        )


def line_of(text: str, key: Key) -> int | None:
    """The line where the key is assigned, else the line of the table that should hold it; from 1."""
    lines = dict(_positions(text))
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return None


def dotted(key: Key) -> str:
    """A key as people write it: `plans[0].components[1].metric`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _positions(text: str) -> Iterator[tuple[Key, int]]:
    """The key and line of every table header and assignment; arrays of tables are counted as they come."""
    counts: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(header[2].split("."), header[1] == "[[", counts)
            yield table, number
        elif assignment := _ASSIGNMENT.match(line):
            yield (*table, *assignment[1].split(".")), number


def _table(names: list[str], is_array: bool, counts: dict[Key, int]) -> Key:
    path: Key = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, names[-1])
    if is_array:
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path


def _without_tags(location: Key) -> Key:
    return tuple(part for index, part in enumerate(location) if not (part in TAGS and index == 1 and location[0] == "delivery"))


def _message(detail: ErrorDetails) -> str:
    known = {
        "missing": "The key is missing.",
        "extra_forbidden": "The key is not known.",
        "union_tag_not_found": "The kind of the delivery is missing.",
        "union_tag_invalid": "The kind of the delivery is not known.",
    }
    return known.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").rstrip(".") + "."


def _next_step(detail: ErrorDetails, key: Key, kind: type[BaseModel]) -> str:
    name = str(key[-1]) if key else ""
    if detail["type"] == "missing":
        return f"Add `{name} = …`; docs/sellers/offering-format.md says what belongs there."
    if detail["type"] == "extra_forbidden":
        close = nearest(name, members_beside(kind, key))
        return f"Did you mean `{close}`?" if close else "Remove it, or see docs/sellers/offering-format.md for the known keys."
    if detail["type"].startswith("union_tag"):
        return 'Write `kind = "hosted"`, `"automation"` or `"app"`.'
    if detail["type"].endswith("_type"):
        return "Text stands in quotes, numbers and true/false without, lists in [ ]."
    return "See docs/sellers/offering-format.md for what this key takes."
