"""The share that each visit has in a payment: written by whoever attributes, read by every report with money in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from emporion.store.derived import SITE_CREDITS
from emporion.store.query import EventStore
from emporion.store.types import NOBODY, Amount


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit's share in one payment; what it earned is in minor units, one field for each model of attribution.

    A payment without a visit is one row whose visit is empty. The visit's fields are copied from `site_sessions`.
    """

    site_id: UUID
    paid_at: datetime
    payment_id: UUID
    touch: int
    currency: str
    kind: str = "payment"
    is_refund: bool = False
    method: str = ""
    confidence: Annotated[int, Meta(ge=0, le=100)] = 0
    last: Amount
    first: Amount
    last_non_direct: Amount
    linear: Amount
    time_decay: Amount
    position: Amount
    visitor_id: UUID = NOBODY
    session_started_at: datetime
    source: str = ""
    channel: str = ""
    referrer: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    entry_path: str = ""
    exit_path: str = ""
    host: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    device: str = ""
    browser: str = ""
    system: str = ""
    language: str = ""
    pages: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    number: int = 0
    version: int = 0
    is_deleted: bool = False


def replace_credits(store: EventStore, *, site_id: UUID, payment_id: UUID, credits_: Sequence[Credit], version: int) -> None:
    """Makes these the credits of a payment, whatever they were; none takes the payment out of the figures.

    `version` grows with each call for a payment (microseconds of the clock will do); the same call again changes nothing.
    """
    old = store.rows(
        "SELECT * FROM site_credits WHERE site_id = {site:UUID} AND payment_id = {payment:UUID}",
        {"site": site_id, "payment": payment_id},
        as_=Credit,
    )
    keys = {(credit.paid_at, credit.touch) for credit in credits_}
    gone = [credit for credit in old if not credit.is_deleted and (credit.paid_at, credit.touch) not in keys]
    rows = [msgspec.structs.replace(credit, version=version, is_deleted=False) for credit in credits_]
    rows += [msgspec.structs.replace(credit, version=version, is_deleted=True) for credit in gone]
    store.put(SITE_CREDITS, rows)
