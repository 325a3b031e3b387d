"""Puts a diagnosis into words, with an address for every stored fact."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from emporion.kernel.amounts import in_percent
from emporion.nexus.diagnosis import wording
from emporion.nexus.diagnosis.types import (
    Cause,
    CauseCard,
    CauseKind,
    Change,
    Diagnosis,
    DiagnosisCard,
    Evidence,
    EvidenceLine,
    Expected,
    NextStep,
    Source,
    SourceKind,
    Suggestion,
    SuggestionCard,
    Verb,
)
from emporion.ui.wording import percent as percent_words

PICOS = 10**12
_TONES = {0: "bad"}


def card(diagnosis: Diagnosis) -> DiagnosisCard:
    """Everything that is said of a diagnosis."""
    causes = tuple(_cause(cause, place, diagnosis) for place, cause in enumerate(diagnosis.causes))
    return DiagnosisCard(
        diagnosis=diagnosis,
        sentence=_sentence(diagnosis, causes),
        verdict=str(wording.VERDICTS[diagnosis.verdict]) if causes else "",
        causes=causes,
        suggestions=tuple(suggestion(one) for one in diagnosis.suggestions),
        next_steps=() if causes or diagnosis.calls else _where_to_look(diagnosis),
    )


def suggestion(one: Suggestion) -> SuggestionCard:
    """A suggestion in words."""
    words = {
        "api": one.api_name,
        "to": f"{one.to_api_name} ({one.to_model})" if one.to_model else one.to_api_name,
        "percent": one.percent,
        "per_minute": one.per_minute,
        "subject": one.subject or str(wording.DEPLOY_UNKNOWN),
    }
    title, button, hint = (str(text) % words for text in wording.SUGGESTIONS[one.verb])
    return SuggestionCard(
        suggestion=one,
        title=_narrowed(title, one),
        why=_why(one),
        button=button,
        changes=_changes(one.expected, one.to_api_name),
        hint=hint,
        url=_place_of(one),
    )


def _sentence(diagnosis: Diagnosis, causes: tuple[CauseCard, ...]) -> str:
    if not causes and not diagnosis.calls:
        return _(
            "No call reached %(api)s in the minutes that were looked at. Causes are found by comparing calls, so there is nothing"
            " to compare: either nobody calls it any more, or the calls go where Nexus does not see them."
        ) % {"api": diagnosis.api_name}
    if not causes:
        return _(
            "Nothing out of the ordinary in the calls of the last minutes."
            " Causes appear here when calls fail or slow down beyond what is usual."
        )
    return _("%(cause)s, %(percent)s%% likely. %(verdict)s.") % {
        "cause": causes[0].title,
        "percent": causes[0].percent,
        "verdict": wording.VERDICTS[diagnosis.verdict],
    }


def _where_to_look(diagnosis: Diagnosis) -> tuple[NextStep, ...]:
    """The usual reasons of a silence, likeliest first."""
    return (
        NextStep(text=_("Was something deployed that calls it no more, or with another address?"), url="/nexus/deploys/"),
        NextStep(text=_("Does the job that calls it still report?"), url="/nexus/heartbeats/"),
        NextStep(text=_("Are calls led elsewhere, or stopped by a budget?"), url="/nexus/gateway/routes/"),
        NextStep(text=_("Does it answer at all? A check calls it every minute, whoever else does."), url="/nexus/checks/"),
    )


def _cause(cause: Cause, place: int, diagnosis: Diagnosis) -> CauseCard:
    words = {"api": diagnosis.api_name, "subject": cause.subject}
    is_unknown = cause.kind is CauseKind.OUR_DEPLOY and not cause.subject
    title = str(wording.DEPLOY_UNKNOWN) if is_unknown else str(wording.CAUSES[cause.kind]) % words
    lines = [_line(one, diagnosis, is_for=True) for one in cause.supporting]
    lines += [_line(one, diagnosis, is_for=False) for one in cause.opposing]
    return CauseCard(kind=cause.kind, title=title, percent=cause.share_percent, tone=_TONES.get(place, ""), evidence=tuple(lines))


def _line(evidence: Evidence, diagnosis: Diagnosis, *, is_for: bool) -> EvidenceLine:
    values = dict(evidence.values)
    if "at" in values:
        values["at"] = _clock(values["at"])
    return EvidenceLine(text=str(wording.EVIDENCE[evidence.code]) % values, is_for=is_for, url=_url(evidence.source, diagnosis))


def _clock(text: str) -> str:
    return date_format(localtime(datetime.fromisoformat(text)), "H:i") if text else str(wording.UNKNOWN_TIME)


def _url(source: Source, diagnosis: Diagnosis) -> str:
    of_api = f"/nexus/apis/{diagnosis.api_id}/"
    return {
        SourceKind.CALLS: f"{of_api}#calls",
        SourceKind.QUOTA: of_api,
        SourceKind.DEPLOY: "/nexus/deploys/",
        SourceKind.PROVIDER_INCIDENT: "/nexus/providers/",
        SourceKind.CHECK: f"/nexus/checks/{source.id}/",
        SourceKind.OTHER_API: f"/nexus/apis/{source.id}/" if source.id else "/nexus/apis/",
        SourceKind.ROUTE: "/nexus/gateway/routes/",
    }[source.kind]


def _place_of(one: Suggestion) -> str:
    return {
        Verb.ROTATE_KEY: f"/nexus/apis/{one.api_id}/settings/",
        Verb.RAISE_QUOTA: f"/nexus/apis/{one.api_id}/",
        Verb.RAISE_BUDGET: "/nexus/gateway/budgets/",
        Verb.ROLL_BACK: "/nexus/deploys/",
        Verb.WITHDRAW_ROUTE: "/nexus/gateway/routes/",
        Verb.CHECK_NETWORK: "/nexus/checks/",
        Verb.ASK_PROVIDER: f"/nexus/apis/{one.api_id}/#calls",
    }.get(one.verb, "")


def _narrowed(title: str, one: Suggestion) -> str:
    if one.verb is not Verb.DIVERT:
        return title
    if one.model:
        title = _("Send calls of %(model)s to %(to)s") % {"model": one.model, "to": one.to_api_name}
    return title if one.percent == 100 else _("%(title)s, %(percent)s%% of them") % {"title": title, "percent": one.percent}


def _why(one: Suggestion) -> str:
    expected = one.expected
    if expected is None or expected.error_rate is None or one.verb is not Verb.DIVERT:
        return ""
    said = _("%(to)s works: measured in the last hour.") % {"to": one.to_api_name}
    if expected.limit_share is None:
        return _("%(said)s It does not say how much of its limit is free.") % {"said": said}
    free = percent_words(1 - expected.limit_share[0])
    return _("%(said)s %(free)s of its limit is free.") % {"said": said, "free": free}


def _changes(expected: Expected | None, to: str) -> tuple[Change, ...]:
    if expected is None:
        return ()
    found = []
    if expected.error_rate is not None:
        found.append(Change(name=_("Error rate"), before=_share(expected.error_rate[0]), after=_share(expected.error_rate[1])))
    if expected.p95_ms is not None:
        found.append(Change(name="p95", before=_seconds(expected.p95_ms[0]), after=_seconds(expected.p95_ms[1])))
    if expected.cost_picos_per_hour is not None:
        before, after = expected.cost_picos_per_hour
        found.append(Change(name=_("Cost per hour"), before=_dollars(before), after=_dollars(after)))
    if expected.limit_share is not None:
        used, then = expected.limit_share
        found.append(Change(name=_("%(to)s limit") % {"to": to}, before=percent_words(used), after=percent_words(then)))
    return tuple(found)


def _share(value: float) -> str:
    return f"{in_percent(value, 1):f}%"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s"


def _dollars(picos: int) -> str:
    return f"${picos / PICOS:.2f}"
