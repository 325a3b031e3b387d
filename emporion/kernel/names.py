"""What a name may hold. People tell each other, what they buy and whom they let in apart by names, so every sign of one is seen.

Signs that turn the text around them (U+202E makes "gpj.exe" read "exe.jpg") or that nobody sees (two names that look the same)
are refused where a person or a program gives a name, and left out where one comes from elsewhere, such as a sign-in of another
company. Joiners stay where scripts need them: Persian, the scripts of India, emoji. Source: Unicode Technical Report 36.
"""

from emporion.kernel.errors import Invalid

_RANGES = (
    (0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x034F, 0x034F), (0x061C, 0x061C),
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800),
    (0x3164, 0x3164), (0xD800, 0xDFFF), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0xE0000, 0xE0FFF),
)  # fmt: skip
HIDDEN = frozenset(chr(number) for first, last in _RANGES for number in range(first, last + 1))
_JOINERS = frozenset("\u200c\u200d")


class NameUnreadable(Invalid):
    """A name holds a sign that nobody sees, or that turns the text around it; `sign` is its number."""

    title = "This name holds a sign that cannot be seen or that turns the text around."
    next_step = "Delete it, or type the name again."


def written(name: str, *, field: str = "name", longest: int = 120) -> str:
    """A name as it is kept: no outer spaces, one line, at most so long; `NameUnreadable` where it hides something."""
    for place, sign in enumerate(name):
        if _is_hidden(name, place):
            number, before = f"U+{ord(sign):04X}", readable(name[:place])[-20:]
            after = f" after “{before}”" if before else " at its beginning"
            message = f"This name holds a sign{after} that cannot be seen or that turns the text around ({number})."
            raise NameUnreadable(message, field=field, sign=number)
    return _one_line(name)[:longest].rstrip()


def readable(name: str) -> str:
    """A name from elsewhere without the signs that `written` refuses."""
    return _one_line("".join(sign for place, sign in enumerate(name) if not _is_hidden(name, place)))


def _one_line(name: str) -> str:
    return name.strip() if name.isprintable() else " ".join(name.split())


def _is_hidden(name: str, place: int) -> bool:
    sign = name[place]
    if sign not in HIDDEN:
        return False
    before, after = name[place - 1 : place] if place else "", name[place + 1 : place + 2]
    is_needed = sign in _JOINERS and not before.isascii() and not after.isascii() and before not in HIDDEN
    return not is_needed
