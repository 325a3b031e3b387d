"""What alice has of on call and of the channels that tell her: a device that is pushed to, and more as it comes."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from emporion.nexus.alerts.models import Problem
from emporion.nexus.alerts.types import Severity
from emporion.nexus.oncall import actions, paging
from emporion.nexus.oncall.types import NewOverride, NewSchedule
from emporion.notify.actions import add_destination, try_destination
from emporion.notify.types import DestinationKind, Message, NewDestination, Topic

if TYPE_CHECKING:
    from tests.architecture.tenant_world import Builder

BASE_POINT = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"  # of P-256


def furnish(builder: "Builder", project_id: UUID) -> None:
    """Everything of on call, in alice's project."""
    world = builder.world
    keys = {"p256dh": BASE_POINT, "auth": "MDEyMzQ1Njc4OWFiY2RlZg"}
    said = {"endpoint": f"https://192.0.66.2/{project_id}", "keys": keys, "label": "velloziaceae phone"}
    device = world.clients["alice"].post("/notifications/devices/", json.dumps(said), content_type="application/json")
    world.ids["device_id"] = device.json()["id"]
    _rotation(builder, project_id)
    _channel(builder, project_id)
    if "problem_id" not in world.ids:
        world.ids["problem_id"] = str(_problem(builder, project_id).pk)
    page = paging.NewPage(
        organisation_id=builder.alice.organisation,
        project_id=project_id,
        title="Velloziaceae fails",
        sentence="The velloziaceae API answers nobody.",
    )
    page_id = paging.open_page(page=page, now=builder.now)
    world.ids["page_id"] = str(page_id)


def _problem(builder: "Builder", project_id: UUID) -> Problem:
    return Problem.objects.create(
        organisation_id=builder.alice.organisation,
        project_id=project_id,
        api_id=builder.world.ids.get("api_id"),
        number=77,
        title="Velloziaceae is slow",
        severity=Severity.TICKET,
        opened_at=builder.now,
        last_seen_at=builder.now,
    )


def _rotation(builder: "Builder", project_id: UUID) -> None:
    alice, now = builder.alice, builder.now
    assert alice.id
    spec = NewSchedule(name="Velloziaceae watch", time_zone="Europe/Berlin", people=(alice.id,))
    made = actions.create_schedule(schedule=spec, project_id=project_id, actor=alice, now=now)
    span = NewOverride(person_id=alice.id, starts_at=now, ends_at=now + timedelta(hours=8))
    builder.world.ids["schedule_id"] = str(made.id)
    builder.world.ids["override_id"] = str(actions.take_over(schedule_id=made.id, override=span, actor=alice, now=now))


def _channel(builder: "Builder", project_id: UUID) -> None:
    spec = NewDestination(
        kind=DestinationKind.SLACK, name="#velloziaceae", address="https://192.0.66.2/hooks/velloziaceae", project_id=project_id
    )
    made, _secret = add_destination(destination=spec, actor=builder.alice, now=builder.now)
    word = Message(topic=Topic.INCIDENT, title="Velloziaceae is posted")
    try_destination(destination_id=made, message=word, actor=builder.alice, now=builder.now)
    builder.world.ids["destination_id"] = str(made)
