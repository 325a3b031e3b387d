"""Drafts a post-incident report from what was recorded, and from nothing else; each fact links to where it is stored."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.nexus.incidents import rules
from emporion.nexus.incidents.impact import IncidentImpact
from emporion.nexus.incidents.types import EntryKind, EntryView, IncidentView, MitigationView, ProofView, UpdateView

SIGNS = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseWords:
    """What a phase is called, from when on it was slow, and what is said of it."""

    name: object
    slow_from: timedelta
    praise: object
    blame: object


PHASES = (
    PhaseWords(
        name=lazy("Detect"),
        slow_from=timedelta(minutes=2),
        praise=lazy("It was noticed within %s."),
        blame=lazy("It took %s until it was noticed. Look at the thresholds."),
    ),
    PhaseWords(
        name=lazy("Acknowledge"),
        slow_from=timedelta(minutes=5),
        praise=lazy("Somebody had it within %s."),
        blame=lazy("It took %s until somebody had it. Look at the on-call schedule."),
    ),
    PhaseWords(
        name=lazy("First update"),
        slow_from=timedelta(minutes=15),
        praise=lazy("People heard of it within %s of the declaration."),
        blame=lazy("It took %s until people heard of it."),
    ),
    PhaseWords(
        name=lazy("Mitigate"),
        slow_from=timedelta(minutes=15),
        praise=lazy("Something was done about it within %s."),
        blame=lazy("It took %s until something was done about it. A standing fallback route takes no time at all."),
    ),
    PhaseWords(
        name=lazy("Recover"),
        slow_from=timedelta(minutes=45),
        praise=lazy("It recovered %s after that, proof included."),
        blame=lazy("It took %s to recover, proof included."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyCause:
    """A cause in words, with what speaks for and against it."""

    text: str
    percent: int
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Everything that a draft is made from."""

    incident: IncidentView
    timeline: tuple[EntryView, ...]
    impact: IncidentImpact
    proofs: tuple[ProofView, ...]
    mitigations: tuple[MitigationView, ...]
    updates: tuple[UpdateView, ...]
    causes: tuple[LikelyCause, ...] = ()
    verdict: str = ""
    thresholds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of an incident: from when to when, and the line that ended it; `took` is `None` where it never ended."""

    name: str
    began_at: datetime
    ended_at: datetime | None
    slow_from: timedelta
    praise: str
    blame: str

    @property
    def took(self) -> timedelta | None:
        """How long it lasted."""
        return max(self.ended_at - self.began_at, timedelta()) if self.ended_at else None

    @property
    def is_slow(self) -> bool:
        """Whether it took longer than it should, or never ended."""
        return self.took is None or self.took > self.slow_from


def markdown(known: Recorded) -> str:
    """The whole draft."""
    incident = known.incident
    parts = [
        [f"# {incident.code}: {plain(incident.title)}", ""],
        _in_short(known),
        _impact(known),
        _phases(known),
        _lists(known),
        _causes(known),
        _done(known),
        _proof(known),
        _timeline(known),
        _thresholds(known),
    ]
    return "\n".join(line for part in parts for line in part).strip() + "\n"


def phases(known: Recorded) -> tuple[Phase, ...]:
    """Detect, acknowledge, tell, mitigate, recover; each begins where it could."""
    incident = known.incident
    detected = _first(known.timeline, EntryKind.PROBLEM) or incident.declared_at
    acknowledged = incident.acknowledged_at or _first(known.timeline, EntryKind.ACKNOWLEDGED) or incident.declared_at
    told = min((one.posted_at for one in known.updates), default=None)
    end = incident.recovered_at or incident.closed_at
    mitigated = incident.mitigated_at
    spans = (
        (incident.began_at, detected),
        (detected, acknowledged),
        (incident.declared_at, told),
        (acknowledged, mitigated),
        (mitigated or acknowledged, end),
    )
    return tuple(
        Phase(
            name=str(words.name),
            began_at=began,
            ended_at=ended,
            slow_from=words.slow_from,
            praise=str(words.praise),
            blame=str(words.blame),
        )
        for words, (began, ended) in zip(PHASES, spans, strict=True)
    )


def plain(text: str) -> str:
    """Words of people and programs as Markdown that shows them as they are, on one line."""
    return SIGNS.sub(r"\\\1", " ".join(text.split()))


def _in_short(known: Recorded) -> list[str]:
    incident, impact = known.incident, known.impact
    end = incident.closed_at
    page = incident.url
    when = f"[{_moment(incident.began_at)}]({page}{_anchor(known.timeline, EntryKind.PROBLEM, EntryKind.DECLARED)})"
    until = f"[{_clock(end)}]({page}{_anchor(known.timeline, EntryKind.CLOSED)})" if end else _("now")
    lasted = rules.lasted((end or impact.until) - incident.began_at)
    lines = [
        f"## {_('In short')}",
        "",
        _("Severity %(severity)s. From %(began)s to %(until)s UTC, %(lasted)s.")
        % {"severity": int(incident.severity), "began": when, "until": until, "lasted": lasted},
        _("%(failed)s of %(calls)s calls failed (%(rate)s).")
        % {
            "failed": _link(f"{impact.failed_calls:,}", _calls_url(known)),
            "calls": _link(f"{impact.calls:,}", _calls_url(known)),
            "rate": rules.percent(impact.failure_rate),
        },
    ]
    if impact.is_attributed:
        facts = {"customers": _link(f"{impact.customers:,}", _calls_url(known)), "active": f"{impact.active_customers:,}"}
        lines.append(_("%(customers)s of %(active)s active customers felt it.") % facts)
    if known.verdict:
        lines.append(known.verdict)
    if incident.close_reason:
        facts = {"who": plain(incident.closed_by), "why": plain(incident.close_reason)}
        lines.append(_("It was closed without proof of recovery by %(who)s: “%(why)s”") % facts)
    return [*lines, ""]


def _impact(known: Recorded) -> list[str]:
    impact = known.impact
    lines = [f"## {_('Who felt it')}", ""]
    for title, felt in ((_("Feature"), impact.features), (_("Customer"), impact.top_customers)):
        if not felt:
            continue
        lines += [f"| {title} | {_('Customers')} | {_('Failed calls')} |", "| --- | ---: | ---: |"]
        url = _calls_url(known)
        lines += [f"| {plain(one.name)} | {one.customers:,} | {_link(f'{one.failed_calls:,}', url)} |" for one in felt[:10]]
        lines.append("")
    if len(lines) == 2:
        lines += [_("The calls carry neither feature nor customer, so that nobody can be named."), ""]
    return lines


def _phases(known: Recorded) -> list[str]:
    lines = [f"## {_('Where the time went')}", "", f"| {_('Phase')} | {_('From')} | {_('To')} | {_('Took')} |"]
    lines.append("| --- | --- | --- | ---: |")
    for phase in phases(known):
        ended = _clock(phase.ended_at) if phase.ended_at else _("never")
        took = rules.lasted(phase.took) if phase.took is not None else "–"
        began = _link(_clock(phase.began_at), f"{known.incident.url}#timeline")
        lines.append(f"| {phase.name} | {began} | {_link(ended, known.incident.url + '#timeline')} | {took} |")
    return [*lines, ""]


def _lists(known: Recorded) -> list[str]:
    found = phases(known)
    good = [phase.praise % rules.lasted(phase.took) for phase in found if phase.took is not None and not phase.is_slow]
    slow = [phase.blame % rules.lasted(phase.took) for phase in found if phase.took is not None and phase.is_slow]
    never = [_("“%s” never happened.") % phase.name for phase in found if phase.took is None]
    lines = [f"## {_('What went well')}", "", *(f"- {line}" for line in good or [_("Nothing that the record shows.")]), ""]
    return [*lines, f"## {_('What took time')}", "", *(f"- {line}" for line in [*slow, *never] or [_("Nothing.")]), ""]


def _causes(known: Recorded) -> list[str]:
    if not known.causes:
        return []
    lines = [f"## {_('Likely causes')}", ""]
    for cause in known.causes:
        lines.append(f"- **{cause.percent}% {plain(cause.text)}** ([{_('evidence')}]({known.incident.url}#causes))")
        lines += [f"  - {_('For:')} {plain(one)}" for one in cause.supporting]
        lines += [f"  - {_('Against:')} {plain(one)}" for one in cause.opposing]
    return [*lines, ""]


def _done(known: Recorded) -> list[str]:
    lines = [f"## {_('What was done')}", ""]
    for one in known.mitigations:
        back = _(", taken back at %s") % _clock(one.withdrawn_at) if one.withdrawn_at else _(", still in force")
        by = _(" by %s") % plain(one.applied_by) if one.applied_by else ""
        anchor = _entry_anchor(known, f"route:{one.route_id}", EntryKind.ROUTED)
        lines.append(f"- [{_clock(one.applied_at)}]({known.incident.url}{anchor}) {plain(one.text)}{by}{back}")
    for update in reversed(known.updates):
        where = plain(rules.listed(update.places))
        anchor = _anchor_at(known.timeline, EntryKind.UPDATE, update.posted_at)
        lines.append(f"- [{_clock(update.posted_at)}]({known.incident.url}{anchor}) {_('Update posted')}: {where}")
    if len(lines) == 2:
        lines.append(_("Nothing was done through the gateway, and no update was posted."))
    return [*lines, ""]


def _proof(known: Recorded) -> list[str]:
    if not known.proofs:
        return []
    lines = [f"## {_('Proof of recovery')}", ""]
    for proof in known.proofs:
        facts = {"name": plain(proof.name), "minutes": proof.minutes, "needed": proof.needed, "burn": f"{proof.burn:.2f}"}
        text = _("%(name)s: %(minutes)s of %(needed)s minutes within bounds, error budget burning at %(burn)s") % facts
        lines.append(f"- [{text}]({known.incident.url}#proof)")
    return [*lines, ""]


def _timeline(known: Recorded) -> list[str]:
    lines = [f"## {_('Timeline')}", "", _("Times are UTC."), ""]
    for entry in known.timeline:
        by = f", {plain(entry.person_name)}" if entry.person_name else ""
        detail = f": {plain(entry.detail)}" if entry.detail else ""
        stored = f" ([{_('stored event')}]({entry.url}))" if entry.url and ")" not in entry.url else ""
        lines.append(f"- [{_clock(entry.at)}]({known.incident.url}#e-{entry.id}) {plain(entry.text)}{by}{detail}{stored}")
    return [*lines, ""]


def _thresholds(known: Recorded) -> list[str]:
    if not known.thresholds:
        return []
    return [f"## {_('Thresholds to look at')}", "", *(f"- [{plain(one)}](/nexus/alerts/rules/)" for one in known.thresholds), ""]


def _link(text: str, url: str) -> str:
    return f"[{text}]({url})"


def _calls_url(known: Recorded) -> str:
    """Where the failed calls themselves are."""
    first = next(iter(known.incident.api_ids), None)
    return f"/nexus/apis/{first}/" if first else f"{known.incident.url}#impact"


def _first(timeline: Sequence[EntryView], kind: EntryKind) -> datetime | None:
    return next((entry.at for entry in timeline if entry.kind is kind), None)


def _anchor(timeline: Iterable[EntryView], *kinds: EntryKind) -> str:
    return next((f"#e-{entry.id}" for entry in timeline if entry.kind in kinds), "#timeline")


def _anchor_at(timeline: Iterable[EntryView], kind: EntryKind, at: datetime) -> str:
    return next((f"#e-{entry.id}" for entry in timeline if entry.kind is kind and entry.at == at), "#timeline")


def _entry_anchor(known: Recorded, key: str, kind: EntryKind) -> str:
    at = next((one.applied_at for one in known.mitigations if key == f"route:{one.route_id}"), None)
    return _anchor_at(known.timeline, kind, at) if at else "#timeline"


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%H:%M}" if moment else ""


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
