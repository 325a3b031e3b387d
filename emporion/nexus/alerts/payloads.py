"""A problem as Prometheus Alertmanager tells it to webhooks (version 4), so that what reads those reads us."""

from typing import Literal, TypedDict

from emporion.nexus.alerts.types import AlertState, AlertView, ProblemState, ProblemView

NEVER = "0001-01-01T00:00:00Z"  # what Alertmanager writes for an end that has not come


class AlertPayload(TypedDict):
    """One alert."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str]
    startsAt: str
    endsAt: str
    generatorURL: str
    fingerprint: str


class WebhookPayload(TypedDict):
    """One problem with its alerts."""

    version: Literal["4"]
    groupKey: str
    truncatedAlerts: int
    status: Literal["firing", "resolved"]
    receiver: str
    groupLabels: dict[str, str]
    commonLabels: dict[str, str]
    commonAnnotations: dict[str, str]
    externalURL: str
    alerts: list[AlertPayload]


def payload(problem: ProblemView, site: str, *, receiver: str = "emporion") -> WebhookPayload:
    """The problem; `site` is where its pages are."""
    url = f"{site.rstrip('/')}/nexus/alerts/{problem.id}/"
    alerts = [_alert(one, url) for one in problem.alerts]
    shared = set(alerts[0]["labels"].items()).intersection(*(one["labels"].items() for one in alerts)) if alerts else set()
    return WebhookPayload(
        version="4",
        groupKey=f'{{}}:{{problem="{problem.number}"}}',
        truncatedAlerts=max(0, problem.alert_count - len(alerts)),
        status="resolved" if problem.state is ProblemState.RESOLVED else "firing",
        receiver=receiver,
        groupLabels={"problem": str(problem.number)},
        commonLabels=dict(sorted(shared)),
        commonAnnotations={"summary": problem.title, "description": problem.sentence},
        externalURL=site,
        alerts=alerts,
    )


def _alert(alert: AlertView, url: str) -> AlertPayload:
    ends = alert.resolved_at
    return AlertPayload(
        status="resolved" if alert.state is AlertState.RESOLVED else "firing",
        labels={**alert.labels, "alertname": alert.title, "severity": alert.severity.value},
        annotations={"summary": alert.title, "description": alert.sentence},
        startsAt=alert.started_at.isoformat(),
        endsAt=ends.isoformat() if ends else NEVER,
        generatorURL=url,
        fingerprint=alert.fingerprint[:16],
    )
