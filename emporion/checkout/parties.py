"""Who sells and who buys, as it stands on receipts: the seller by configuration, the buyer as the organization has written it."""

from dataclasses import asdict
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from emporion.accounts import queries as people
from emporion.accounts.actions import record_audit
from emporion.checkout.models import BillingDetails, PaymentReceipt, Receipt
from emporion.checkout.types import BuyerDetails
from emporion.plumbing.types import Actor, Permission

SELLER = "Emporion"


class Named(TypedDict):
    """Seller and buyer in the words of a receipt."""

    seller_name: str
    seller_lines: tuple[str, ...]
    buyer_name: str
    buyer_lines: tuple[str, ...]


def details_of(organisation_id: UUID) -> BuyerDetails:
    """What an organisation has written to stand on its receipts; empty where it has written nothing."""
    row = BillingDetails.objects.filter(pk=organisation_id).first()
    if row is None:
        return BuyerDetails()
    return BuyerDetails(name=row.name, address=row.address, country=row.country, tax_number=row.tax_number)


def change_details(*, details: BuyerDetails, actor: Actor, now: datetime) -> None:
    """Write what stands on the receipts that are made from now on; one that was made stays as it is."""
    actor.require(Permission.MANAGE_BILLING)
    with transaction.atomic():
        written = asdict(details) | {"updated_at": now}
        row, _is_new = BillingDetails.objects.update_or_create(pk=actor.organisation, defaults=written)
        record_audit(actor=actor, verb="billing.details_changed", object_type="organisation", object_id=row.pk, now=now)


def buyer_lines(organisation_id: UUID) -> str:
    """The buyer on a receipt that is made now, a line each: who, where, and the tax number."""
    details = details_of(organisation_id)
    name = details.name or people.organisation_name(organisation_id)
    tax = _("Tax number: %(number)s") % {"number": details.tax_number} if details.tax_number else ""
    return "\n".join(line for line in (name, details.address.strip(), details.country, tax) if line)


def seller_lines() -> str:
    """The seller on a receipt that is made now: what the operator has configured, of which semicolons part the lines."""
    return "\n".join(line.strip() for line in settings.ENVIRONMENT.seller.split(";") if line.strip()) or SELLER


def named(row: Receipt | PaymentReceipt, organisation_id: UUID) -> Named:
    """Seller and buyer as they stood when a receipt was made; of older ones as they are called now."""
    seller = (row.seller or SELLER).splitlines()
    buyer = (row.buyer or people.organisation_name(organisation_id)).splitlines()
    return {
        "seller_name": seller[0],
        "seller_lines": tuple(seller),
        "buyer_name": buyer[0] if buyer else "",
        "buyer_lines": tuple(buyer),
    }


def forget(organisation_id: UUID) -> None:
    """Forget what an organisation that was closed had written, also on its receipts."""
    BillingDetails.objects.filter(pk=organisation_id).delete()
    Receipt.objects.filter(order__organisation_id=organisation_id).update(buyer="")
    PaymentReceipt.objects.filter(organisation_id=organisation_id).update(buyer="")
