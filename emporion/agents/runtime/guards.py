"""What stands between a model and a visitor: no invented source, no recited instructions. Pure and streaming."""

import re
from collections.abc import Iterable

LEAK_WORDS = 10
SUSPECT_WORDS = 4
_WORD = re.compile(r"\S+\s*")
_MARK = re.compile(r"\[(\d{1,3})\]")
_OPEN_MARK = re.compile(r"\[\d{0,3}$")


class CitationFilter:
    """Lets `[n]` pass for sources that were given and drops every other number, whatever the chunks are cut like."""

    def __init__(self, given: Iterable[int]) -> None:
        self._given = frozenset(given)
        self._held = ""
        self.cited: list[int] = []

    def feed(self, text: str) -> str:
        """What may be shown now."""
        text = self._held + text
        unfinished = _OPEN_MARK.search(text)
        self._held = text[unfinished.start() :] if unfinished else ""
        return self._clean(text[: len(text) - len(self._held)])

    def finish(self) -> str:
        """What was held back to the end."""
        held, self._held = self._held, ""
        return self._clean(held)

    def _clean(self, text: str) -> str:
        return _MARK.sub(self._judge, text)

    def _judge(self, match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in self._given:
            return ""
        if number not in self.cited:
            self.cited.append(number)
        return f"[{number}]"


class LeakGuard:
    """Holds words back as soon as they run along the secret text and says so when the run is too long to be chance.

    A run of `SUSPECT_WORDS` words is held, one of `LEAK_WORDS` is a leak; words that the sources hold too are free.
    """

    def __init__(self, secret: str, free: str = "") -> None:
        self._secret = _folded(secret)
        self._free = _folded(free)
        self._partial = ""
        self._held: list[str] = []
        self._run: list[str] = []
        self.leaked = False

    def feed(self, text: str) -> str:
        """What may be shown now; nothing after a leak."""
        self._partial += text
        pieces = _WORD.findall(self._partial)
        if pieces and not pieces[-1][-1].isspace():
            self._partial = pieces.pop()
        else:
            self._partial = ""
        return "".join(self._word(piece) for piece in pieces)

    def finish(self) -> str:
        """The last words, unless they leak."""
        last = self._word(self._partial) if self._partial else ""
        self._partial = ""
        return "" if self.leaked else last + self._release()

    def _word(self, piece: str) -> str:
        if self.leaked:
            return ""
        word = _bare(piece)
        if word:
            self._run.append(word)
            while self._run and not self._is_secret(self._run):
                self._run.pop(0)
        if len(self._run) >= LEAK_WORDS:
            self.leaked = True
            return ""
        self._held.append(piece)
        return "" if len(self._run) >= SUSPECT_WORDS else self._release()

    def _release(self) -> str:
        held, self._held = self._held, []
        return "".join(held)

    def _is_secret(self, run: list[str]) -> bool:
        text = f" {' '.join(run)} "
        return text in self._secret and text not in self._free


def _bare(piece: str) -> str:
    return re.sub(r"[^\w]+", "", piece).casefold()


def _folded(text: str) -> str:
    words = (_bare(word) for word in text.split())
    return f" {' '.join(word for word in words if word)} "
