"""Whether a path stays below the API that it names, however an upstream may read it.

What an upstream makes of a path nobody here knows: servlet containers drop what follows a semicolon (`..;/`), Windows takes
backslashes and drops spaces and dots at the end, a proxy in front may decode once more than the server behind it. So each is
undone here before a path is looked at, and what steps up in any of these readings is refused; everything else passes as it came.
"""

import re
from urllib.parse import unquote_to_bytes

_MOST_ENCODINGS = 4  # what is still encoded then was made to get around somebody
_BETWEEN = re.compile(rb"[/\\]")
_ENDS_A_NAME = re.compile(rb"[;?#]")
_BLANK = bytes(range(0x21)) + b"\x7f"
# Dots and slashes in more bytes than they need, and %u002e: no decoder should take them, and some did.
_LONG_DOT = re.compile(rb"\xc0[\xae\x2e]|\xe0\x80\xae|%u(?:002e|ff0e)|\xef\xbc\x8e", re.IGNORECASE)
_LONG_SLASH = re.compile(rb"\xc0[\xaf\x2f]|\xc1\x9c|\xe0\x80\xaf|%u(?:002f|005c|2215|2216|ff0f)|\xef\xbc\x8f", re.IGNORECASE)
_MAY_CLIMB = (b".", b"%2", b"%5", b"%u", b"%c", b"%e")


def climbs(path: bytes) -> bool:
    """Whether some reading of a path leads above its beginning."""
    if not any(sign in path.lower() for sign in _MAY_CLIMB):
        return False
    for _turn in range(_MOST_ENCODINGS):
        if any(map(_is_step_up, _BETWEEN.split(_LONG_SLASH.sub(b"/", path)))):
            return True
        plain = unquote_to_bytes(path)
        if plain == path:
            return False
        path = plain
    return True


def _is_step_up(name: bytes) -> bool:
    dots = _ENDS_A_NAME.split(_LONG_DOT.sub(b".", name), maxsplit=1)[0].strip(_BLANK)
    return len(dots) > 1 and not dots.strip(b".")
