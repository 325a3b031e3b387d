"""How wide the text of a PDF is, and whether it is bold: what tells words of one line from cells of one row."""

import re
from collections.abc import Iterable
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject

_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|sfbx", re.IGNORECASE)
_BOLD_WEIGHT = 600
_MANY = 70_000  # widths of one font; no font has more glyphs
_USUAL = 500.0  # thousandths of the size


class FontLooks:
    """The widths of a font's codes, read from its dictionary; a font that does not tell them is taken to be of usual width."""

    def __init__(self, font: DictionaryObject | None) -> None:
        self._widths: dict[int, float] = {}
        self._default = _USUAL
        self._code_length = 1
        self.bold = False
        if isinstance(font, DictionaryObject):
            self._read(font)

    def _read(self, font: DictionaryObject) -> None:
        holder: Any = font
        inside = _dictionary(next(iter(_array(font.get("/DescendantFonts"))), None))
        if inside is not None:
            holder, self._code_length = inside, 2
            self._default = _number(inside.get("/DW"), 1000.0)
            self._read_ranges(_array(inside.get("/W")))
        else:
            first = int(_number(font.get("/FirstChar"), 0.0))
            for place, width in enumerate(_array(font.get("/Widths"))):
                self._widths[first + place] = _number(width, self._default)
        described = _dictionary(holder.get("/FontDescriptor"))
        weight = _number(described.get("/FontWeight"), 0.0) if described is not None else 0.0
        self.bold = weight >= _BOLD_WEIGHT or bool(_BOLD.search(str(font.get("/BaseFont", ""))))

    def _read_ranges(self, parts: list[Any]) -> None:
        """`first [w w w]` or `first last w`, ISO 32000-1 section 9.7.4.3."""
        place = 0
        while place + 1 < len(parts) and len(self._widths) < _MANY:
            first, second = int(_number(parts[place], 0.0)), _resolved(parts[place + 1])
            if isinstance(second, ArrayObject):
                self._widths |= {first + nth: _number(width, self._default) for nth, width in enumerate(second[:_MANY])}
                place += 2
            else:
                last = min(int(_number(second, 0.0)), first + _MANY)
                width = _number(parts[place + 2], self._default) if place + 2 < len(parts) else self._default
                self._widths |= dict.fromkeys(range(first, last + 1), width)
                place += 3

    def width(self, shown: Iterable[Any], size: float, spacing: float, word_spacing: float) -> float:
        """How far the operands of the operators that show text move on, in units of text space at a size."""
        total = 0.0
        for one in shown:
            if isinstance(one, int | float):
                total -= float(one) * size / 1000
                continue
            raw = one if isinstance(one, bytes) else str(one).encode("latin-1", errors="replace")
            step = self._code_length
            codes = [int.from_bytes(raw[at : at + step], "big") for at in range(0, len(raw), step)]
            total += sum(self._widths.get(code, self._default) for code in codes) * size / 1000 + spacing * len(codes)
            total += word_spacing * codes.count(32) if step == 1 else 0.0
        return total


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _array(value: Any) -> list[Any]:
    found = _resolved(value)
    return list(found) if isinstance(found, ArrayObject) else []


def _dictionary(value: Any) -> DictionaryObject | None:
    found = _resolved(value)
    return found if isinstance(found, DictionaryObject) else None


def _number(value: Any, otherwise: float) -> float:
    found = _resolved(value)
    return float(found) if isinstance(found, int | float) else otherwise
