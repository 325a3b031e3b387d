"""What alice's project has of alerting: a rule, a problem that was split, with its alerts, and a maintenance window."""

from datetime import datetime, timedelta
from uuid import UUID

from emporion.nexus.alerts import regrouping, ruling, silencing
from emporion.nexus.alerts.gathering import Ground, gather
from emporion.nexus.alerts.models import Alert
from emporion.nexus.alerts.types import Kind, Observation, RuleOrigin, RuleSpec, Severity
from emporion.plumbing.types import Actor


def furnish(*, word: str, project_id: UUID, api_id: UUID, actor: Actor, now: datetime) -> dict[str, str]:
    """Makes all of it, with the word in every text, and returns the ids under the names of the parameters."""
    spec = RuleSpec(kind=Kind.THRESHOLD, name=f"The {word} rule", threshold=0.1, api_id=api_id, feature=word)
    rule = ruling.add_rule(project_id=project_id, spec=spec, origin=RuleOrigin.PERSON, actor=actor, now=now)
    ground = Ground(organisation_id=actor.organisation, project_id=project_id)
    noticed = [
        Observation(
            kind=Kind.EXTERNAL,
            key=f"{word}:{number}",
            severity=Severity.PAGE,
            title=f"The {word} fails",
            sentence=f"The {word} answers nobody.",
            api_id=api_id,
            rule_id=rule.id,
            labels={"service": word},
            started_at=now,
        )
        for number in range(3)
    ]
    gather(ground, noticed, now=now)
    first, *_ = alerts = list(Alert.objects.filter(project_id=project_id))
    split = regrouping.split(problem_id=first.problem_id, alert_ids=[alerts[-1].pk], actor=actor, now=now)
    window = silencing.NewSilence(starts_at=now, ends_at=now + timedelta(hours=1), reason=f"The {word} moves", api_id=api_id)
    silence = silencing.add_silence(project_id=project_id, silence=window, actor=actor, now=now)
    return {
        "problem_id": str(first.problem_id),
        "alert_id": str(alerts[0].pk),
        "rule_id": str(rule.id),
        "silence_id": str(silence.id),
        "regrouping_id": str(split),
    }
