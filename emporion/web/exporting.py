"""Builds the copy of a person's data: what each domain holds of them and of the organisations that they own, as JSON and CSV."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.core.files.base import File
from django.utils.translation import gettext as _

from emporion.accounts import queries as people
from emporion.accounts.actions import keep_export
from emporion.accounts.actions.exports import ExportAsked
from emporion.accounts.types import AuditSearch, OrganisationView, PersonView
from emporion.agents.runtime import queries as agents
from emporion.billing import queries as billing
from emporion.billing.types import Period
from emporion.checkout import queries as checkout
from emporion.kernel.errors import NotFound
from emporion.ledger import queries as ledger
from emporion.payments import queries as payments
from emporion.plumbing.types import Actor, JobContext, Role

Cells = Sequence[object]
ALL = 1_000_000


def build_export(asked: ExportAsked, *, job: JobContext) -> None:
    """Build the copy and keep it; built again after a crash, it is kept once."""
    person = people.person(asked.person_id)
    if person is None:
        return
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            for name, text in _parts(person, job.now):
                package.writestr(name, text)
        file.seek(0)
        keep_export(export_id=asked.export_id, content=File(file), title=_("The copy of your data is ready"), now=job.now)


def _parts(person: PersonView, now: datetime) -> Iterator[tuple[str, str]]:
    actor = people.actor_for_person(person_id=person.id, name=person.name)
    places = people.organisations_of(actor)
    about = {"person": asdict(person), "organisations": [{"name": one.name, "role": one.role} for one in places]}
    yield "person.json", json.dumps(about, indent=2, ensure_ascii=False, default=str)
    for place in places:
        if place.role is Role.OWNER:
            inside = people.actor_for_person(person_id=person.id, name=person.name, organisation_id=place.id)
            for name, text in _organisation(place, inside, now):
                yield f"{place.slug}/{name}", text


def _organisation(place: OrganisationView, actor: Actor, now: datetime) -> Iterator[tuple[str, str]]:
    about = {
        "organisation": asdict(place),
        "members": [asdict(one) for one in people.members_of(actor)],
        "agents": [asdict(one) for one in agents.agents(actor)],
        "subscriptions": [asdict(one) for one in billing.subscriptions_of(actor)],
        "cards": [asdict(one) for one in payments.saved_methods(actor)],
    }
    yield "organisation.json", json.dumps(about, indent=2, ensure_ascii=False, default=str)
    yield "orders.csv", _orders(actor)
    yield "charges.csv", _charges(actor)
    yield "payments.csv", _payments(actor)
    yield "postings.csv", _postings(actor)
    uses = list(_uses(actor, now))
    yield "uses.csv", _table(("subscription", "metric", "quantity", "event", "used_at"), uses)
    yield "conversations.csv", _conversations(str(use[3]) for use in uses)
    yield "audit.csv", _audit(actor)


def _orders(actor: Actor) -> str:
    rows = (
        (one.number, one.state, one.title, one.total.major, one.total.currency, one.receipt_number, one.created_at)
        for one in checkout.orders_of(actor, limit=ALL)
    )
    return _table(("number", "state", "what", "total", "currency", "receipt", "created_at"), rows)


def _charges(actor: Actor) -> str:
    rows = (
        (one.product_name, one.kind, one.state, one.amount.major, one.amount.currency, one.created_at, one.settled_at)
        for one in billing.charges_of(actor, limit=ALL)
    )
    return _table(("what", "kind", "state", "amount", "currency", "created_at", "settled_at"), rows)


def _payments(actor: Actor) -> str:
    rows = (
        (one.id, one.method, one.state, one.amount.major, one.amount.currency, one.refunded.major, one.created_at)
        for one in payments.payments_of(actor, limit=ALL)
    )
    return _table(("id", "method", "state", "amount", "currency", "refunded", "created_at"), rows)


def _postings(actor: Actor) -> str:
    rows = (
        (one.transaction_id, one.kind, one.account.kind, one.amount.major, one.amount.currency, one.occurred_at)
        for one in ledger.entries_of(actor, limit=ALL)
    )
    return _table(("transaction", "kind", "account", "amount", "currency", "occurred_at"), rows)


def _uses(actor: Actor, now: datetime) -> Iterator[Cells]:
    for one in billing.subscriptions_of(actor):
        whole = Period(start=one.started_at, end=max(now, one.started_at))
        for component in one.plan.components:
            for use in billing.uses_of(actor, one.id, component.metric, whole, limit=ALL):
                yield (one.product_name, use.metric, use.quantity, use.event_id, use.used_at)


def _conversations(events: Iterable[str]) -> str:
    """The conversations that uses were counted for, each once, message by message."""
    seen: set[str] = set()
    rows: list[Cells] = []
    for event in events:
        if event in seen or (found := _messages(event)) is None:
            continue
        seen.update(str(row[2]) for row in found)
        rows.extend(found)
    return _table(("agent", "conversation", "message", "channel", "speaker", "text", "at"), rows)


def _messages(event: str) -> list[Cells] | None:
    try:
        found = agents.conversation_of_message(UUID(event))
    except (ValueError, NotFound):
        return None  # a run of an automation, or a conversation that was deleted
    return [(found.agent_name, found.id, one.id, found.channel, one.speaker, one.text, one.created_at) for one in found.messages]


def _audit(actor: Actor) -> str:
    rows = (
        (one.at, one.actor_name, one.verb, one.object_type, one.detail) for one in people.audit_of(actor, AuditSearch(limit=ALL))
    )
    return _table(("at", "who", "did", "to", "detail"), rows)


def _table(head: Sequence[str], rows: Iterable[Cells]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """A value as text; what a spreadsheet would run as a formula is quoted."""
    shown = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{shown}" if shown[:1] in {"=", "+", "@", "\t", "\r"} else shown
