"""Puts receipts on paper: each is drawn once for what it says, and kept."""

import hashlib
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.template.loader import render_to_string

from emporion.checkout.types import PaymentReceiptView, ReceiptView
from emporion.ui.paper import on_paper, style_of

STYLE = "checkout/paper.css"


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
    digest = hashlib.sha256(f"{html}\0{style_of(STYLE)}".encode()).hexdigest()
    name = f"receipts/{organisation_id}/{digest}.pdf"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(on_paper(html, style=STYLE)))
    with default_storage.open(name) as kept:
        return bytes(kept.read())


def erase(organisation_id: UUID) -> None:
    """Erase the drawn receipts of an organisation."""
    folder = f"receipts/{organisation_id}"
    if default_storage.exists(folder):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
