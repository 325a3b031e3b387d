"""Rules as people see and change them: the default ones, their own, and those that history suggests."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from emporion.nexus.alerts.defaults import default_rules
from emporion.nexus.alerts.errors import RuleInvalid, RuleNotFound, RulesFull
from emporion.nexus.alerts.judging import JUDGED
from emporion.nexus.alerts.models import AlertRule
from emporion.nexus.alerts.types import Kind, Metric, RuleOrigin, RuleSpec, RuleView, Severity
from emporion.nexus.alerts.wording import of_rule
from emporion.plumbing.types import Actor, Permission

MOST_OWN = 200
LONGEST_WINDOW = 180  # minutes; what takes longer is for the error budget


def rules_of(actor: Actor, project_id: UUID) -> list[RuleView]:
    """The rules of a project, in the order in which they were made."""
    actor.require(Permission.VIEW, project_id)
    return [rule_view(rule) for rule in AlertRule.objects.of(actor).filter(project_id=project_id)]


def rule_of(actor: Actor, rule_id: UUID) -> RuleView:
    """One rule that the actor sees; RuleNotFound otherwise."""
    found = AlertRule.objects.of(actor).filter(pk=rule_id).first()
    if found is None:
        raise RuleNotFound(rule_id=rule_id)
    actor.require(Permission.VIEW, found.project_id)
    return rule_view(found)


def removed_rule(actor: Actor, rule_id: UUID | None) -> RuleView | None:
    """A rule that was removed and can come back, where the actor may bring it back."""
    if rule_id is None or actor.organisation_id is None:
        return None
    found = AlertRule.objects.filter(organisation_id=actor.organisation, pk=rule_id).exclude(removed_at=None).first()
    return rule_view(found) if found and actor.may(Permission.CONFIGURE, found.project_id) else None


def add_rule(*, project_id: UUID, spec: RuleSpec, origin: RuleOrigin, actor: Actor, now: datetime) -> RuleView:
    """Adds a rule. RuleInvalid where it can never speak, RulesFull past 200 of one's own."""
    actor.require(Permission.CONFIGURE, project_id)
    check(spec)
    own = AlertRule.objects.of(actor).filter(project_id=project_id).exclude(origin=RuleOrigin.DEFAULT)
    if own.count() >= MOST_OWN:
        raise RulesFull
    rule = AlertRule(organisation_id=actor.organisation, project_id=project_id, origin=origin, created_at=now)
    rule.created_by = actor.name[:150]
    _write(rule, spec, now)
    return rule_view(rule)


def change_rule(*, rule_id: UUID, spec: RuleSpec, actor: Actor, now: datetime) -> RuleView:
    """Changes what a rule watches and when it speaks."""
    check(spec)
    with transaction.atomic():
        rule = _own(actor, rule_id)
        _write(rule, spec, now)
    return rule_view(rule)


def switch_rule(*, rule_id: UUID, is_enabled: bool, actor: Actor, now: datetime) -> RuleView:
    """Lets a rule rest, or work again; its alerts end when it rests."""
    with transaction.atomic():
        rule = _own(actor, rule_id)
        rule.is_enabled, rule.changed_at = is_enabled, now
        rule.save(update_fields=["is_enabled", "changed_at"])
    return rule_view(rule)


def remove_rule(*, rule_id: UUID, actor: Actor, now: datetime) -> RuleView:
    """Removes a rule; `restore_rule` brings it back. A removed default rule does not appear again by itself."""
    with transaction.atomic():
        rule = _own(actor, rule_id)
        rule.removed_at = now
        rule.save(update_fields=["removed_at"])
    return rule_view(rule)


def restore_rule(*, rule_id: UUID, actor: Actor) -> RuleView:
    """Undoes a removal."""
    with transaction.atomic():
        rule = AlertRule.objects.filter(organisation_id=actor.organisation, pk=rule_id).first()
        if rule is None:
            raise RuleNotFound(rule_id=rule_id)
        actor.require(Permission.CONFIGURE, rule.project_id)
        rule.removed_at = None
        rule.save(update_fields=["removed_at"])
    return rule_view(rule)


def furnish(*, project_id: UUID, api_id: UUID, name: str, actor: Actor, now: datetime) -> int:
    """Gives an API its default rules, each once for ever; returns how many were new."""
    actor.require(Permission.CONFIGURE, project_id)
    made = 0
    for key, spec in default_rules(api_id, name):
        rule = AlertRule(organisation_id=actor.organisation, project_id=project_id, origin=RuleOrigin.DEFAULT)
        rule.created_at, rule.default_key = now, key
        try:
            with transaction.atomic():
                _write(rule, replace(spec, api_id=api_id), now)
        except IntegrityError:
            continue
        made += 1
    return made


def spec_of(rule: AlertRule) -> RuleSpec:
    """What a rule watches."""
    return RuleSpec(
        kind=Kind(rule.kind),
        name=rule.name,
        metric=Metric(rule.metric),
        api_id=rule.api_id,
        model=rule.model,
        feature=rule.feature,
        team=rule.team,
        threshold=rule.threshold,
        objective=rule.objective,
        for_minutes=rule.for_minutes,
        minimum_calls=rule.minimum_calls,
        severity=Severity(rule.severity),
    )


def rule_view(rule: AlertRule) -> RuleView:
    """A rule as its people see it."""
    spec = spec_of(rule)
    return RuleView(
        id=rule.pk,
        organisation_id=rule.organisation_id,
        project_id=rule.project_id,
        spec=spec,
        origin=RuleOrigin(rule.origin),
        is_enabled=rule.is_enabled,
        created_at=rule.created_at,
        created_by=rule.created_by,
        sentence=of_rule(spec),
    )


def _own(actor: Actor, rule_id: UUID) -> AlertRule:
    rule = AlertRule.objects.of(actor).select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise RuleNotFound(rule_id=rule_id)
    actor.require(Permission.CONFIGURE, rule.project_id)
    return rule


def _write(rule: AlertRule, spec: RuleSpec, now: datetime) -> None:
    rule.kind, rule.metric, rule.name = spec.kind, spec.metric, " ".join(spec.name.split())[:120]
    rule.api_id, rule.model, rule.feature, rule.team = spec.api_id, spec.model[:120], spec.feature[:120], spec.team[:120]
    rule.threshold, rule.objective, rule.for_minutes = spec.threshold, spec.objective, spec.for_minutes
    rule.minimum_calls, rule.severity, rule.changed_at = spec.minimum_calls, spec.severity, now
    rule.save()


def check(spec: RuleSpec) -> None:
    """RuleInvalid where a rule could never speak, or always would."""
    if spec.kind not in JUDGED:
        raise RuleInvalid("Only figures of calls can be watched by a rule.", field="kind")
    if not spec.name.strip():
        raise RuleInvalid("The rule needs a name.", next_step="Say in a few words what it watches.", field="name")
    if spec.kind is Kind.THRESHOLD and spec.threshold <= 0:
        raise RuleInvalid("The limit has to be more than nothing.", next_step="Write a number above 0.", field="threshold")
    if spec.metric.is_share and spec.kind in {Kind.THRESHOLD, Kind.QUOTA} and spec.threshold >= 1:
        raise RuleInvalid("A share cannot be over 100%.", next_step="Write a number between 0 and 100.", field="threshold")
    if spec.kind is Kind.BURN_RATE and spec.objective and not 0.5 <= spec.objective < 1:
        raise RuleInvalid(
            "The objective has to be between 50% and 99.999%.", next_step="Write for example 99.9.", field="objective"
        )
    if not 1 <= spec.for_minutes <= LONGEST_WINDOW:
        raise RuleInvalid("The time has to be 1 to 180 minutes.", next_step="Write a number of minutes.", field="for_minutes")
