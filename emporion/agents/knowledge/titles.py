"""Tells a title from what programs write in its place: “about:blank”, “Untitled”, “Microsoft Word - prices.docx”; pure."""

import re
import tomllib
from pathlib import Path

from .lexicon import fold

_LISTED = tomllib.loads(Path(__file__).with_name("titles.toml").read_text("utf-8"))
_PROGRAMS = _LISTED["programs"]
_NAMES = frozenset(_PROGRAMS["printing"] + _PROGRAMS["alone"])
_NOTHING, _UNNUMBERED, _NUMBERED = (
    frozenset(fold(words) for language in _LISTED[kind].values() for words in language)
    for kind in ("nothing", "unnumbered", "numbered")
)
_AROUND = " \t-–—_.:()[]{}<>«»\"'“”„*#"
_NUMBER = re.compile(r"[\s_\-–#(]*\d+\)?$")  # the copy or the scan that it was: “Document (2)”, “scan_0007”
# An address of the web or of a disk; one without a scheme has “www.” or something after its host, for “Node.js” is a title.
_ADDRESS = re.compile(
    r"(?:about|blob|chrome|data|javascript|mailto|view-source):\S|[a-z][a-z0-9+.-]+:/|(?:www\.|[\w.-]+@[\w-]+\.)\S+$"
    r"|(?:(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?|[\w.-]+:\d+)/\S*$|[a-z]:\\|\\\\|~?/[\w.~%-]+/\S*$",
    re.IGNORECASE,
)
_FILE = re.compile(
    rf"(?:.*\S\.(?:{'|'.join(_PROGRAMS['printed'])})|\S+\.(?:{'|'.join(_PROGRAMS['endings'])}))(?:[?#]\S*)?$", re.IGNORECASE
)
_PRINTED = re.compile(rf"(?:{'|'.join(map(re.escape, _PROGRAMS['printing']))})\s+[-–—]\s", re.IGNORECASE)
_MARK = re.compile(r"\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)


def meaningful(title: str, *makers: str) -> str:
    """The title, or nothing where it says nothing of the document; `makers` are the programs that its file names as its own."""
    title = " ".join(title.split())
    bare = fold(title.strip(_AROUND))
    is_word = any(character.isalpha() for character in bare) and not _MARK.fullmatch(bare)
    counted = _NUMBER.sub("", bare).strip(_AROUND)
    is_nothing = bare in _NOTHING | _UNNUMBERED or counted in _NOTHING or (counted != bare and counted in _NUMBERED)
    is_program = bare in _NAMES or bare in {fold(maker.strip(_AROUND)) for maker in makers}
    is_name = _ADDRESS.match(title) or _FILE.match(title) or _PRINTED.match(title)
    return title if is_word and not (is_nothing or is_program or is_name) else ""
