"""A mark is drawn by strangers and stands in our pages: only plain shapes get through, rebuilt from what was understood."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

SHAPES: Final = {
    "path": frozenset({"d"}),
    "rect": frozenset({"x", "y", "width", "height", "rx", "ry"}),
    "circle": frozenset({"cx", "cy", "r"}),
    "ellipse": frozenset({"cx", "cy", "rx", "ry"}),
    "line": frozenset({"x1", "y1", "x2", "y2"}),
}
CLASSES: Final = frozenset({"f", "f2", "s", "s2", "cut"})
MAX_BYTES: Final = 20_000
_NUMBERS: Final = re.compile(r"^[0-9MmLlHhVvCcSsQqTtAaZz\s,.+-]{1,4000}$")
_SVG: Final = "{http://www.w3.org/2000/svg}"


class MarkRefused(Exception):
    """The drawing holds something that a mark may not hold; `step` says what to do."""

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


def read_mark(content: bytes) -> str:
    """The shapes of a mark as markup that is safe inside an `<svg viewBox="0 0 40 40">` of ours."""
    if len(content) > MAX_BYTES:
        raise MarkRefused("The mark is larger than 20 kB.", "Draw it with fewer points.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser=parser)
    except etree.XMLSyntaxError as error:
        raise MarkRefused(f"The mark is not an SVG: {error.msg}.", "Save it again as plain SVG.") from None
    if root.tag != f"{_SVG}svg" or root.get("viewBox") != "0 0 40 40":
        raise MarkRefused(
            "The mark is not drawn on 40 by 40.", 'Begin it with <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">.'
        )
    return "".join(_shapes(root))


def _shapes(root: etree._Element) -> Iterator[str]:
    for element in root:
        name = str(element.tag).removeprefix(_SVG)
        if name not in SHAPES:
            raise MarkRefused(f"<{name}> may not stand in a mark.", f"Use only {', '.join(sorted(SHAPES))}.")
        classes = element.get("class", "")
        if classes not in CLASSES:
            raise MarkRefused(f'class="{classes}" is not known.', f"Give each shape one class of {', '.join(sorted(CLASSES))}.")
        values = {key: value for key, value in element.attrib.items() if key != "class"}
        if wrong := sorted(
            str(key) for key, value in values.items() if key not in SHAPES[name] or not _NUMBERS.match(str(value))
        ):
            raise MarkRefused(
                f"{wrong[0]} on <{name}> is not allowed.", f"Use only {', '.join(sorted(SHAPES[name]))}, with numbers."
            )
        yield f'<{name} class="{classes}"' + "".join(f' {key}="{value}"' for key, value in values.items()) + "/>"
