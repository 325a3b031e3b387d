"""What a file is called that was uploaded: by its folder and name, and by a number where others came under the same; pure."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count
from pathlib import PurePosixPath

LONGEST = 200


def path_of(name: str) -> str:
    """A name as it was sent, with its folders: “tutorial/views.rst”. It is for reading only, nothing is stored under it."""
    parts = [readable(part) for part in re.split(r"[\\/]", name)]
    parts = [part for part in parts if part and not re.fullmatch(r"[A-Za-z]:", part)]
    while len(parts) > 1 and len("/".join(parts)) > LONGEST:
        del parts[0]
    return "/".join(parts)[-LONGEST:] or "document"


def readable(part: str) -> str:
    """One part of a path with its printable characters alone: databases refuse some others, and none is to be seen."""
    part = "".join(character for character in part if character.isprintable()).strip()
    return part.rstrip(".") if part.strip(".") else ""


def names_for(path: str, contents: Sequence[str], *, kept: Mapping[str, str], others: Container[str]) -> dict[str, str]:
    """The name for each of the different contents (by their hash) that come under one path in one upload.

    A content that is kept already, under the path or a number of it, stays where it is; the rest take the path itself and then
    the numbers, in the order in which they come. `kept` are the names that there are with their contents, `others` the other
    paths of the upload, which are no number of this one.
    """
    family = {name: content for name, content in kept.items() if name not in others and is_of(path, name)}
    own_first = sorted(family.items(), key=lambda one: (one[0] != path, one[0]), reverse=True)
    names = {content: name for name, content in own_first if content in contents}
    taken = {*names.values()}
    free = (name for name in _numbered(path) if name not in taken and name not in others)
    return {content: names.get(content) or next(free) for content in contents}


def free_name(path: str, kept: Container[str]) -> str:
    """The path itself, or the first number of it that nothing is called by."""
    return next(name for name in _numbered(path) if name not in kept)


def stem_of(path: str) -> str:
    """What all numbers of a path begin with."""
    return path.removesuffix(PurePosixPath(path).suffix)


def _numbered(path: str) -> Iterator[str]:
    yield path
    stem = stem_of(path)
    yield from (f"{stem} ({number}){path[len(stem) :]}" for number in count(2))


def is_of(path: str, name: str) -> bool:
    """Whether a name is a path or a number of it."""
    stem = stem_of(path)
    return name == path or re.fullmatch(rf"{re.escape(stem)} \(\d+\){re.escape(path[len(stem) :])}", name) is not None
