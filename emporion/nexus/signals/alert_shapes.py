"""Alertmanager's webhook, version 4, and Grafana's variant of it: read with bounds, whatever else they carry.

Both send groups of alerts; each alert has a fingerprint of its own, by which it is known again. Zero times (`0001-01-01…`) mean
that it has not ended.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from emporion.nexus.signals import rules
from emporion.nexus.signals.errors import AlertsUnreadable
from emporion.plumbing.parsing import named

MOST_LABELS = 64
LONGEST = 500
_NEVER = 1970

Labels = dict[str, str | int | float | bool | None]


class _Alert(msgspec.Struct, rename="camel"):
    """One alert of a group."""

    status: str = "firing"
    labels: Labels = {}
    annotations: Labels = {}
    starts_at: str = ""
    ends_at: str = ""
    generator_url: Annotated[str, Meta(max_length=20_000)] = msgspec.field(default="", name="generatorURL")
    fingerprint: str = ""
    silence_url: str = msgspec.field(default="", name="silenceURL")
    dashboard_url: str = msgspec.field(default="", name="dashboardURL")


class _Group(msgspec.Struct, rename="camel"):
    """A webhook's body."""

    alerts: list[_Alert]
    receiver: str = ""
    status: str = ""
    version: str = "4"
    common_labels: Labels = {}
    common_annotations: Labels = {}
    external_url: str = msgspec.field(default="", name="externalURL")


class SeenAlert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it was told."""

    fingerprint: str
    is_firing: bool
    name: str
    severity: str
    summary: str
    url: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None


_decoder = msgspec.json.Decoder(_Group)


def alerts_of(body: bytes, now: datetime) -> tuple[SeenAlert, ...]:
    """The alerts of a webhook, each once, as it was told last; AlertsUnreadable."""
    try:
        group = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise AlertsUnreadable(reason=str(error)[:200], **named(error)) from error
    if len(group.alerts) > rules.MOST_ALERTS_AT_ONCE:
        raise AlertsUnreadable(reason=f"more than {rules.MOST_ALERTS_AT_ONCE} alerts at once", field="alerts")
    seen = (_seen(alert, group, now) for alert in group.alerts)
    return tuple({alert.fingerprint: alert for alert in seen}.values())


def _seen(alert: _Alert, group: _Group, now: datetime) -> SeenAlert:
    labels = _texts(group.common_labels | alert.labels)
    notes = _texts(group.common_annotations | alert.annotations)
    name = labels.get("alertname") or labels.get("rulename") or notes.get("summary") or "Alert"
    is_firing = alert.status.lower() not in {"resolved", "ok", "inactive"}
    ends_at = _moment(alert.ends_at)
    return SeenAlert(
        fingerprint=(alert.fingerprint or _fingerprint(labels))[:64],
        is_firing=is_firing,
        name=name[:200],
        severity=rules.severity_of(labels),
        summary=(notes.get("summary") or notes.get("description") or notes.get("message") or "")[:LONGEST],
        url=_link(alert.dashboard_url, notes.get("runbook_url", ""), alert.generator_url, group.external_url),
        labels=labels,
        annotations=notes,
        starts_at=_moment(alert.starts_at) or now,
        ends_at=None if is_firing else ends_at or now,
    )


def _texts(told: Labels) -> dict[str, str]:
    pairs = [(name[:100], "" if value is None else str(value)[:LONGEST]) for name, value in told.items()][:MOST_LABELS]
    return {_clean(name): _clean(value) for name, value in pairs}


def _clean(text: str) -> str:
    return text.replace("\0", "")


def _fingerprint(labels: dict[str, str]) -> str:
    """A name for an alert whose sender gave none: what its labels are."""
    return sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16]


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return at if at.year > _NEVER and at.year < 2200 else None


def _link(*candidates: str) -> str:
    """The first that is a link which a browser may be given."""
    return next((one[:LONGEST] for one in candidates if one.startswith(("https://", "http://"))), "")
