"""Asks Stripe with a read-only key for what happened; needs no webhook, and finds what a webhook missed.

Imported by a job only: the official client takes a second to load. No network call happens inside a transaction.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import stripe
import structlog
from django.conf import settings
from django.db.models import F

from emporion.insights.revenue import stripe_objects
from emporion.insights.revenue.models import Connection
from emporion.insights.revenue.recording import take_in
from emporion.insights.revenue.types import Source
from emporion.kernel.errors import Invalid
from emporion.plumbing import secrets

log = structlog.get_logger()
FIRST_LOOK_BACK = timedelta(days=90)
OVERLAP = timedelta(days=2)  # an intent is found by when it was made, which may be days before it was paid
PAGE = 100
UNKNOWN_KEY = "Stripe does not know this key."
# What is asked for, with what has to come along for an object's other names to be known.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/v1/charges", ()),
    ("/v1/payment_intents", ("data.latest_charge",)),
    ("/v1/checkout/sessions", ()),
    ("/v1/invoices", ("data.payments",)),
    ("/v1/refunds", ()),
    ("/v1/disputes", ()),
)


class _Listed(msgspec.Struct, frozen=True):
    data: tuple[msgspec.Raw, ...] = ()
    has_more: bool = False


def client_of(key: str) -> stripe.StripeClient:
    """A client for a key; its address is the operator's to set, never a website owner's."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": settings.ENVIRONMENT.stripe_url},
        max_network_retries=2,
        http_client=stripe.HTTPXClient(timeout=30, allow_sync_methods=True),
    )


def sync(*, connection_id: UUID, now: datetime) -> int:
    """Take in what happened since the last time; returns how many objects were read. What the key may not read is named."""
    connection = Connection.objects.filter(pk=connection_id, ended_at=None).first()
    if connection is None:
        return 0
    client = client_of(secrets.decrypt(connection.secret))
    since = (connection.synced_to or now - FIRST_LOOK_BACK) - OVERLAP
    count, refused = 0, []
    for path, expand in KINDS:
        try:
            for found in _listed(client, path, expand, since):
                count += 1
                _take(connection, found, now)
        except stripe.AuthenticationError:
            _keep(connection, now, problem="Stripe does not know this key any more.", is_done=False)
            return count
        except stripe.APIConnectionError:
            _keep(connection, now, problem="Stripe does not answer. We try again in ten minutes.", is_done=False)
            return count
        except stripe.StripeError as error:
            refused.append(path.rsplit("/v1/", 1)[-1])
            log.warning("stripe_refused", connection=str(connection.pk), path=path, status=error.http_status)
    problem = f"The key may not read: {', '.join(refused)}." if refused else ""
    _keep(connection, now, problem=problem, is_done=len(refused) < len(KINDS), count=count)
    return count


def check(key: str) -> str:
    """What is wrong with a key, asked of Stripe itself; empty when it works."""
    try:
        client_of(key).raw_request("get", "/v1/charges?limit=1")
    except stripe.AuthenticationError:
        return UNKNOWN_KEY
    except stripe.PermissionError:
        return "The key may not read charges."
    except stripe.StripeError as error:
        return f"Stripe did not answer as expected ({error.http_status or 'no answer'})."
    return ""


def _listed(
    client: stripe.StripeClient, path: str, expand: tuple[str, ...], since: datetime | None
) -> Iterator[stripe_objects.StripeObject]:
    query = f"?limit={PAGE}" + (f"&created[gte]={int(since.timestamp())}" if since else "")
    query += "".join(f"&expand[]={one}" for one in expand)
    after = ""
    while True:
        response = client.raw_request("get", f"{path}{query}{after}")
        listed = msgspec.json.decode(response.body, type=_Listed)
        found = [msgspec.json.decode(raw, type=stripe_objects.StripeObject) for raw in listed.data]
        yield from found
        if not listed.has_more or not found:
            return
        after = f"&starting_after={found[-1].id}"


def _take(connection: Connection, found: stripe_objects.StripeObject, now: datetime) -> None:
    try:
        for reported in stripe_objects.reports_of(found, source=Source.SYNC):
            take_in(site_id=connection.site_id, reported=reported, now=now)
    except (Invalid, *stripe_objects.UNREADABLE) as error:
        log.warning("stripe_object_unreadable", connection=str(connection.pk), kind=found.object, reason=type(error).__name__)


def _keep(connection: Connection, now: datetime, *, problem: str, is_done: bool, count: int = 0) -> None:
    values: dict[str, object] = {"checked_at": now, "problem": problem}
    if is_done:
        values |= {"synced_to": now}
    if count:
        values |= {"last_event_at": now, "last_event": f"{count} objects read", "events": F("events") + count}
    Connection.objects.filter(pk=connection.pk).update(**values)
