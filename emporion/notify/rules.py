"""Decides which channels carry which topic."""

import base64
import binascii
from collections.abc import Mapping

from emporion.kernel.addresses import parts_of
from emporion.notify.types import Channel, NewDevice, Topic

# Somebody who took over an account must not be able to silence the mail that says so.
FIXED = frozenset({(Topic.SECURITY, Channel.EMAIL)})
# A phone that buzzes for every receipt is a phone on which notifications are turned off.
PUSHED_AT_FIRST = frozenset({Topic.INCIDENT, Topic.SECURITY})
OFF_AT_FIRST = frozenset({(Topic.REVIEW, Channel.EMAIL), (Topic.WIDGET, Channel.EMAIL)}) | frozenset(
    (topic, Channel.PUSH) for topic in Topic if topic not in PUSHED_AT_FIRST
)
# What is told to an organisation as a whole; the rest is told to people by name.
POSTED = frozenset({Topic.INCIDENT, Topic.USAGE, Topic.BILLING, Topic.PURCHASE, Topic.AGENT, Topic.VISITOR})


def is_on(topic: Topic, channel: Channel, chosen: Mapping[tuple[Topic, Channel], bool]) -> bool:
    """Whether a topic goes by a channel, given what the person has chosen so far."""
    if (topic, channel) in FIXED:
        return True
    return chosen.get((topic, channel), (topic, channel) not in OFF_AT_FIRST)


def can_be_sealed_for(device: NewDevice) -> bool:
    """Whether its address and keys are of the kind that browsers give: RFC 8291 has a point on P-256 and 16 bytes."""
    try:
        point, secret = (base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) for text in (device.p256dh, device.auth))
    except (binascii.Error, ValueError):
        return False
    is_web = parts_of(device.endpoint).scheme in {"https", "http"} and bool(parts_of(device.endpoint).hostname)
    return is_web and len(point) == 65 and point[0] == 4 and len(secret) == 16
