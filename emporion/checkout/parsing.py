"""Turns what a form or a program sent into the words of buying."""

from collections.abc import Mapping
from uuid import UUID

from emporion.checkout.types import PayBy, Place
from emporion.payments.types import Method

KEPT_CARD, NEW_CARD = "payment_token", "new_card_token"  # as payments/card_field.html names them


def uuid_or_none(text: str) -> UUID | None:
    """The id in a text, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def pay_by_of(values: Mapping[str, str]) -> PayBy:
    """How the buyer pays; an unknown method counts as card, whose token is then missing."""
    wanted = values.get("method", "")
    method = Method(wanted) if wanted in set(Method) else Method.CARD
    token = (values.get(KEPT_CARD) or values.get(NEW_CARD) or "").strip() if method is Method.CARD else ""
    return PayBy(method=method, token=token, save_method="save_card" in values)


def place_of(values: Mapping[str, str]) -> Place:
    """Where the purchase goes."""
    return Place(
        project_id=uuid_or_none(values.get("project", "")),
        organisation_name=values.get("organisation_name", "").strip()[:120],
        project_name=values.get("project_name", "").strip()[:120],
    )
