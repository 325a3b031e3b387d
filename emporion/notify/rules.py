"""Decides which channels carry which topic."""

from collections.abc import Mapping

from emporion.notify.types import Channel, Topic

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
