"""Puts receipts on paper: PDF with our own fonts, made once for each content and kept; nothing is fetched from anywhere.

WeasyPrint takes two seconds to import and needs Pango from the system: it is imported when the first receipt is printed.
"""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import cast
from uuid import UUID

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.template.loader import render_to_string

from emporion.checkout.errors import PaperUnavailable
from emporion.checkout.types import PaymentReceiptView, ReceiptView

STYLE = "checkout/paper.css"
FONTS = {"inter-latin": "ui/vendor/inter-latin.woff2", "inter-latin-ext": "ui/vendor/inter-latin-ext.woff2"}


def receipt_pdf(receipt: ReceiptView) -> bytes:
    """The receipt of an order as a PDF; `PaperUnavailable` where the system lacks what draws text."""
    return _printed("checkout/paper.html", receipt, receipt.order.organisation_id)


def payment_receipt_pdf(receipt: PaymentReceiptView) -> bytes:
    """The receipt of another payment as a PDF."""
    return _printed("checkout/payment_paper.html", receipt, receipt.payment.organisation_id)


def to_keep(pdf: bytes, number: str) -> HttpResponse:
    """A receipt as a file that the browser saves under its number."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    return response


def _printed(template: str, receipt: ReceiptView | PaymentReceiptView, organisation_id: UUID) -> bytes:
    html = render_to_string(template, {"receipt": receipt})
    style = _file(STYLE).read_text()
    digest = hashlib.sha256(f"{html}\0{style}".encode()).hexdigest()
    name = f"receipts/{organisation_id}/{digest}.pdf"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(_drawn(html, style)))
    with default_storage.open(name) as kept:
        return bytes(kept.read())


def erase(organisation_id: UUID) -> None:
    """Erase the drawn receipts of an organisation."""
    folder = f"receipts/{organisation_id}"
    if default_storage.exists(folder):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")


def _drawn(html: str, style: str) -> bytes:
    try:
        from weasyprint import CSS, HTML  # noqa: PLC0415 - takes two seconds to load
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above
        from weasyprint.urls import URLFetcher  # noqa: PLC0415 - as above
    except OSError as error:
        raise PaperUnavailable(why=str(error)[:200]) from error
    fonts = FontConfiguration()
    only_data = URLFetcher(allowed_protocols={"data"})  # whatever a receipt says, nothing is read or fetched for it
    for name, path in FONTS.items():
        style = style.replace(f"{name}.woff2", f"data:font/woff2;base64,{b64encode(_file(path).read_bytes()).decode()}")
    sheet = CSS(string=style, url_fetcher=only_data, font_config=fonts)
    drawn: bytes = HTML(string=html, url_fetcher=only_data).write_pdf(stylesheets=[sheet], font_config=fonts)
    return drawn


def _file(name: str) -> Path:
    return Path(cast("str", finders.find(name)))
