"""What is put on paper shows the letters that were written, in every alphabet that we bring, and asks nobody for anything."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.staticfiles import finders
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from emporion.ui.paper import FONTS, on_paper

NAMES = "Zażółć gęślą jaźń Łódź Đặng Αθήνα Київ İstanbul"


def shape(font: TTFont, glyph: str) -> list[Any]:
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    return pen.value


def letters(pdf: bytes) -> Iterator[tuple[str, list[Any]]]:
    """Each letter that the paper says it shows, with the shape that it draws for it."""
    fonts = cast("dict[str, Any]", PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"])["/Font"]
    for held in (fonts[name] for name in fonts):
        drawn = TTFont(io.BytesIO(held["/DescendantFonts"][0]["/FontDescriptor"]["/FontFile2"].get_data()))
        said = held["/ToUnicode"].get_data().decode()
        for glyph, letter in re.findall(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>", said):
            yield chr(int(letter, 16)), shape(drawn, drawn.getGlyphName(int(glyph, 16)))


@pytest.mark.requirement("BIL-08")
def test_a_name_in_any_alphabet_that_we_bring_is_drawn_with_its_own_letters() -> None:
    ours = [TTFont(Path(cast("str", finders.find(f"ui/vendor/{name}.woff2")))) for name in FONTS]
    written = dict(letters(on_paper(f"<p>{NAMES}</p>", style="checkout/paper.css")))
    assert written.keys() >= set(NAMES.replace(" ", ""))
    for letter in set(NAMES.replace(" ", "")):
        may_be = [shape(font, font.getBestCmap()[ord(letter)]) for font in ours if ord(letter) in font.getBestCmap()]
        assert written[letter] in may_be, letter


def test_what_is_written_makes_the_paper_fetch_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("p { color: red }")
    asks = f'<link rel="stylesheet" href="file://{tmp_path}/secret.css"><p>Text<img src="http://127.0.0.1:9/x.png">'
    assert on_paper(asks, style="checkout/paper.css") == on_paper("<p>Text<img>", style="checkout/paper.css")
