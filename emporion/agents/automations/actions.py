"""Verbs of automations: publish a blueprint, provision what was bought, set up, run now, pause, resume, end."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.accounts import queries as accounts
from emporion.accounts.actions import record_audit
from emporion.agents.automations import rules
from emporion.agents.automations.access import seen
from emporion.agents.automations.errors import AgentGone, AutomationNotFound, Ended, NotSetUp, RunUnderWay
from emporion.agents.automations.models import Automation, Blueprint
from emporion.agents.automations.queries import schedule_of
from emporion.agents.automations.running import OPEN, start
from emporion.agents.automations.types import BlueprintSpec, Kind, Order, Schedule, Settings
from emporion.agents.runtime import queries as runtime
from emporion.billing import queries as billing
from emporion.kernel.errors import NotFound
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor, Permission


def register_blueprint(*, spec: BlueprintSpec, now: datetime) -> None:
    """Publish an automation; repeated, it takes over what changed. What was bought keeps its own settings."""
    inputs = [
        {"key": one.key, "label": one.label, "type": one.type, "is_required": one.is_required, "help": one.help}
        for one in spec.inputs
    ]
    Blueprint.objects.update_or_create(
        id=spec.offering_id,
        defaults={
            "slug": spec.slug,
            "name": spec.name,
            "icon": spec.icon,
            "kind": spec.kind,
            "schedule": spec.schedule,
            "inputs": inputs,
            "updated_at": now,
        },
    )


def provision(*, order: Order, now: datetime) -> UUID | None:
    """Bring a bought automation into being, once; `None` when the product is none. One that needs no more than an address
    to write to begins at once with the buyer's.
    """
    blueprint = Blueprint.objects.filter(id=order.product_id).first()
    if blueprint is None:
        return None
    buyer = accounts.person(order.person_id) if order.person_id else None
    schedule = rules.parse_schedule(blueprint.schedule, buyer.time_zone if buyer else "UTC")
    inputs = {"email": buyer.email} if buyer else {}
    is_ready = rules.is_complete(Kind(blueprint.kind), inputs)
    Automation.objects.get_or_create(
        id=order.subscription_id,
        defaults={
            "blueprint": blueprint,
            "organisation_id": order.organisation_id,
            "project_id": order.project_id,
            "kind": blueprint.kind,
            "name": blueprint.name,
            "inputs": inputs,
            "every": schedule.every,
            "at": schedule.at,
            "weekday": schedule.weekday,
            "time_zone": schedule.time_zone,
            "next_run_at": rules.next_slot(schedule, now) if is_ready else None,
            "created_at": now,
        },
    )
    return order.subscription_id


def ensure(*, subscription_id: UUID, actor: Actor, now: datetime) -> UUID:
    """The automation of a subscription, provisioned now if its turn has not come yet: nobody waits after paying."""
    if Automation.objects.filter(id=subscription_id).exists():
        return seen(actor, subscription_id).id
    subscription = billing.subscription(actor, subscription_id)
    order = Order(
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        project_id=subscription.project_id,
        product_id=subscription.product_id,
        person_id=actor.id,
    )
    if not subscription.is_usable or provision(order=order, now=now) is None:
        raise AutomationNotFound
    return subscription.id


@transaction.atomic
def set_up(*, automation_id: UUID, settings: Settings, actor: Actor, now: datetime) -> None:
    """Save inputs and schedule; `InputMissing` names what is missing. From now on it runs."""
    row = seen(actor, automation_id, Permission.CONFIGURE, lock=True)
    kind = Kind(row.kind)
    rules.inputs_of(kind, settings.inputs)
    if kind is Kind.SOURCE_REFRESH:
        _require_agent(actor, UUID(settings.inputs["agent"]), row.project_id)
    if row.inputs.get("url") and row.inputs["url"] != settings.inputs.get("url"):
        row.snapshots.all().delete()  # another website is nothing to compare with
    row.inputs = dict(settings.inputs)
    _set_schedule(row, settings.schedule)
    row.next_run_at = rules.next_slot(settings.schedule, now) if row.is_on else None
    row.save()
    _record(row, "automation.set_up", actor, now)


def _require_agent(actor: Actor, agent_id: UUID, project_id: UUID) -> None:
    try:
        agent = runtime.agent(actor, agent_id)
    except NotFound as error:
        raise AgentGone(field="agent") from error
    if agent.project_id != project_id:
        raise AgentGone("This agent belongs to another project.", next_step="Choose an agent of this project.", field="agent")


def _set_schedule(row: Automation, schedule: Schedule) -> None:
    row.every, row.at, row.weekday, row.time_zone = schedule.every, schedule.at, schedule.weekday, schedule.time_zone


@transaction.atomic
def run_now(*, automation_id: UUID, actor: Actor, now: datetime) -> UUID:
    """Start a run by hand; returns the run. The schedule stays as it is."""
    row = seen(actor, automation_id, Permission.USE, lock=True)
    if row.ended_at is not None:
        raise Ended
    if not rules.is_complete(Kind(row.kind), row.inputs):
        raise NotSetUp
    if row.runs.filter(state__in=OPEN).exists():
        raise RunUnderWay
    run = start(row, slot=f"hand:{new_id()}", due_at=now, now=now, is_by_hand=True)
    assert run is not None, "the slot of a run by hand is new"
    return run.id


@transaction.atomic
def pause(*, automation_id: UUID, actor: Actor, now: datetime) -> None:
    """Have it rest until it is resumed; a run that is under way ends as it began."""
    row = seen(actor, automation_id, Permission.CONFIGURE, lock=True)
    row.is_on, row.next_run_at = False, None
    row.save(update_fields=["is_on", "next_run_at"])
    _record(row, "automation.paused", actor, now)


@transaction.atomic
def resume(*, automation_id: UUID, actor: Actor, now: datetime) -> None:
    """Have it run again at its next time; what was missed is not made up for."""
    row = seen(actor, automation_id, Permission.CONFIGURE, lock=True)
    if row.ended_at is not None:
        raise Ended
    row.is_on = True
    row.next_run_at = rules.next_slot(schedule_of(row), now) if rules.is_complete(Kind(row.kind), row.inputs) else None
    row.save(update_fields=["is_on", "next_run_at"])
    _record(row, "automation.resumed", actor, now)


def _record(row: Automation, verb: str, actor: Actor, now: datetime) -> None:
    record_audit(actor=actor, verb=verb, object_type="automation", object_id=row.id, detail=row.blueprint.name, now=now)


def end(*, subscription_id: UUID, now: datetime) -> None:
    """Stop an automation whose subscription has ended; its history is kept."""
    Automation.objects.filter(id=subscription_id, ended_at=None).update(ended_at=now, next_run_at=None)
