"""What alice has of on call and of the channels that tell her: a device that is pushed to, and more as it comes."""

import json
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from tests.architecture.tenant_world import Builder


def furnish(builder: "Builder", project_id: UUID) -> None:
    """Everything of on call, in alice's project."""
    world = builder.world
    keys = {"p256dh": "BNx", "auth": "c2Vj"}
    said = {"endpoint": f"https://192.0.66.2/{project_id}", "keys": keys, "label": "velloziaceae phone"}
    device = world.clients["alice"].post("/notifications/devices/", json.dumps(said), content_type="application/json")
    world.ids["device_id"] = device.json()["id"]
