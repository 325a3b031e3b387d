"""Verbs on pages: call somebody, call the next, take it, end it. One page a problem, however many alerts it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from emporion.accounts import queries as accounts
from emporion.kernel.errors import DomainError
from emporion.nexus.alerts import actions as problems
from emporion.nexus.oncall import links, queries, rules
from emporion.nexus.oncall.errors import LinkExpired, PageNotFound
from emporion.nexus.oncall.events import PageAcknowledged, PageSent, PageUnanswered
from emporion.nexus.oncall.models import Notice, Page, Schedule
from emporion.nexus.oncall.types import PageState, PageView, Step, StepKind
from emporion.notify.actions import tell
from emporion.notify.types import Channel, Message, Recipient, Topic
from emporion.plumbing.actions import enqueue, publish
from emporion.plumbing.types import Actor, Permission

PAGED_BY = frozenset({Channel.PUSH, Channel.EMAIL, Channel.IN_APP})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """What somebody has to come for."""

    organisation_id: UUID
    project_id: UUID
    title: str
    sentence: str = ""
    url: str = ""
    problem_id: UUID | None = None
    incident_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What the job that escalates receives: the step that is due unless somebody came."""

    page_id: UUID
    step: int
    round: int


def open_page(*, page: NewPage, now: datetime) -> UUID | None:
    """Call whoever is first by the policy; `None` where a page about the same trouble is still open or taken."""
    with transaction.atomic():
        live = Page.objects.live().filter(organisation_id=page.organisation_id)
        if page.problem_id and live.select_for_update().filter(problem_id=page.problem_id).exists():
            return None
        if page.incident_id and live.select_for_update().filter(incident_id=page.incident_id).exists():
            return None
        row = Page.objects.create(
            organisation_id=page.organisation_id,
            project_id=page.project_id,
            problem_id=page.problem_id,
            incident_id=page.incident_id,
            title=page.title[:200],
            sentence=page.sentence,
            url=page.url,
            opened_at=now,
        )
        _call(row, step=0, round=0, now=now)
    return row.pk


def page_for_incident(*, page: NewPage, problem_ids: Sequence[UUID], now: datetime) -> None:
    """Call somebody for an incident, unless a page of one of its problems already has: that one then is the incident's."""
    with transaction.atomic():
        live = Page.objects.live().filter(organisation_id=page.organisation_id, problem_id__in=list(problem_ids))
        first = live.select_for_update().order_by("id").first()
        if first is None:
            open_page(page=page, now=now)
        elif not Page.objects.live().filter(incident_id=page.incident_id).exists():
            Page.objects.filter(pk=first.pk).update(incident_id=page.incident_id)


def call_next(*, due: NextStep, now: datetime) -> None:
    """Call whoever is next, unless somebody took the page or it is over; the same step twice calls once."""
    with transaction.atomic():
        row = Page.objects.select_for_update().filter(pk=due.page_id, state=PageState.OPEN).first()
        if row is None or (due.round, due.step) <= (row.round, row.step):
            return
        _call(row, step=due.step, round=due.round, now=now)


def give_up(*, page_id: UUID, now: datetime) -> None:
    """Say that nobody came, once; the page stays to be taken."""
    with transaction.atomic():
        row = Page.objects.select_for_update().filter(pk=page_id, state=PageState.OPEN).first()
        if row is None:
            return
        Page.objects.filter(pk=row.pk).update(state=PageState.UNANSWERED, next_at=None)
        event = PageUnanswered(
            page_id=row.pk,
            problem_id=row.problem_id,
            incident_id=row.incident_id,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            at=now,
        )
        publish(event, now=now)


def acknowledge(*, page_id: UUID, actor: Actor, now: datetime) -> PageView:
    """Take a page: nobody else is called, and the problem is known to be in hands. Once is enough; the first has it."""
    with transaction.atomic():
        row = Page.objects.of(actor).select_for_update().filter(pk=page_id).first()
        if row is None:
            raise PageNotFound(page_id=page_id)
        actor.require(Permission.USE, row.project_id)
        if row.state in {PageState.OPEN, PageState.UNANSWERED} and actor.id is not None:
            _take(row, actor.id, actor.name, now)
            if row.problem_id and not row.is_test:
                _acknowledge_problem(row.problem_id, actor, now)
    return queries.page_of(actor, page_id)


def acknowledge_by_link(*, token: str, now: datetime) -> PageView:
    """Take the page that a signed link names, as the person that it names; LinkExpired when it is not good any more."""
    shown, actor = bearer_of_link(token=token, now=now)
    return acknowledge(page_id=shown.id, actor=actor, now=now)


def bearer_of_link(*, token: str, now: datetime) -> tuple[PageView, Actor]:
    """The page that a signed link names, and its person with what they may do now. LinkExpired, NotFound."""
    answer = links.answer_of(token, key=links.key_of(settings.SECRET_KEY), now=now)
    row = Page.objects.filter(pk=answer.page_id).first() if answer else None
    if answer is None or row is None:
        raise LinkExpired
    actor = queries.person_of_link(answer.person_id, row.organisation_id)
    return queries.page_views(row.organisation_id, [row])[0], actor


def use_link_to_declare(*, page_id: UUID, actor: Actor, now: datetime) -> None:
    """Note that an incident was declared by the link of a page: it declares no second one."""
    Page.objects.of(actor).filter(pk=page_id, declared_at=None).update(declared_at=now)


def taken_elsewhere(*, problem_id: UUID, now: datetime) -> None:
    """Somebody acknowledged the problem on its own page: stop calling."""
    waiting = [PageState.OPEN, PageState.UNANSWERED]
    Page.objects.filter(problem_id=problem_id, state__in=waiting).update(
        state=PageState.ACKNOWLEDGED, acknowledged_at=now, next_at=None
    )


def end_pages(*, problem_id: UUID | None = None, incident_id: UUID | None = None, now: datetime) -> list[PageView]:
    """The trouble is over: nobody is called any more. Returns the pages that ended."""
    live = Page.objects.live()
    rows = list(live.filter(problem_id=problem_id) if problem_id else live.filter(incident_id=incident_id))
    Page.objects.filter(pk__in=[row.pk for row in rows]).update(state=PageState.RESOLVED, ended_at=now, next_at=None)
    return [view for row in rows for view in queries.page_views(row.organisation_id, [row])]


def page_myself(*, project_id: UUID, actor: Actor, now: datetime) -> UUID:
    """Page the person who asks, by every channel, exactly as in earnest; it escalates to nobody."""
    actor.require(Permission.USE, project_id)
    people = accounts.recipients(organisation_id=actor.organisation, person_ids=(actor.id,) if actor.id else ())
    with transaction.atomic():
        row = Page.objects.create(
            organisation_id=actor.organisation,
            project_id=project_id,
            title=_("Test: this is how a page looks"),
            sentence=_("Nothing is wrong. Take it to see what happens."),
            opened_at=now,
            is_test=True,
        )
        for person in people:
            _tell(row, person, now)
    return row.pk


def reached_by(step: Step, *, organisation_id: UUID, project_id: UUID, now: datetime) -> tuple[Recipient, ...]:
    """Whom a step reaches at a moment; where it reaches nobody, the owners, so that a page never reaches nobody."""
    wanted: tuple[UUID, ...] = ()
    if step.kind is StepKind.PERSON and step.person_id:
        wanted = (step.person_id,)
    elif step.kind is StepKind.ON_CALL and step.schedule_id:
        row = Schedule.objects.filter(pk=step.schedule_id, organisation_id=organisation_id, removed_at=None).first()
        turn = rules.turn_at(*queries.rotation_of(row), now) if row else None
        wanted = (turn.person_id,) if turn else ()
    found = accounts.recipients(organisation_id=organisation_id, person_ids=wanted) if wanted else ()
    return found or accounts.recipients(organisation_id=organisation_id, project_id=project_id)


def _call(row: Page, *, step: int, round: int, now: datetime) -> None:  # noqa: A002 - the word of the field
    policy = queries.policy_of(Actor.system(row.organisation_id), row.project_id)
    current = policy.steps[min(step, len(policy.steps) - 1)]
    row.step, row.round = step, round
    row.next_at = now + timedelta(minutes=current.wait_minutes)
    row.save(update_fields=["step", "round", "next_at"])
    for person in reached_by(current, organisation_id=row.organisation_id, project_id=row.project_id, now=now):
        _tell(row, person, now)
    coming = rules.after(policy, step=step, round=round)
    payload = NextStep(page_id=row.pk, step=coming[0], round=coming[1]) if coming else NextStep(page_id=row.pk, step=-1, round=-1)
    key = f"nexus.oncall:{row.pk}:{payload.round}:{payload.step}"
    enqueue("nexus.call_next", payload, now=now, run_at=row.next_at, key=key)


def _tell(row: Page, person: Recipient, now: datetime) -> None:
    if person.person_id is None:
        return
    push = Notice(page=row, person_id=person.person_id, channel=Channel.PUSH, step=row.step, round=row.round, sent_at=now)
    told = tell(recipient=person, message=_message(row, person, push.pk, now), now=now)
    notices = [push] if Channel.PUSH in told else []
    notices += [
        Notice(page=row, person_id=person.person_id, channel=channel, step=row.step, round=row.round, sent_at=now)
        for channel in sorted(told - {Channel.PUSH})
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    if row.is_test:
        return
    for notice in notices:
        name = person.name or person.email
        facts = facts_of(row, person_id=person.person_id, person_name=name, channel=notice.channel, at=now)
        publish(PageSent(**facts), now=now)


def _message(row: Page, person: Recipient, reference: UUID, now: datetime) -> Message:
    answer = links.Answer(page_id=row.pk, person_id=person.person_id or row.pk)
    token = links.issue(answer, key=links.key_of(settings.SECRET_KEY), now=now)
    link = reverse("nexus_oncall:answer", args=[token])
    declare = f"{link}declare/" if row.problem_id and not row.incident_id and not row.is_test else ""
    with translation.override(person.locale):
        label, declare_label = _("I have it"), _("Declare incident")
    return Message(
        topic=Topic.INCIDENT,
        title=row.title,
        body=row.sentence,
        url=row.url or link,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        template="page",
        channels=PAGED_BY,
        kind="nexus.page.opened",
        reference=reference,
        tag=f"page-{row.pk}",
        is_urgent=True,
        answer_url=link,
        answer_label=label,
        decide_url=declare,
        decide_label=declare_label if declare else "",
    )


def _take(row: Page, person_id: UUID, name: str, now: datetime) -> None:
    row.state, row.acknowledged_at, row.acknowledged_by, row.next_at = PageState.ACKNOWLEDGED, now, person_id, None
    row.save(update_fields=["state", "acknowledged_at", "acknowledged_by", "next_at"])
    if not row.is_test:
        seconds = (now - row.opened_at).total_seconds()
        facts = facts_of(row, person_id=person_id, person_name=name, channel="", at=now)
        publish(PageAcknowledged(**facts, after_seconds=seconds), now=now)


def _acknowledge_problem(problem_id: UUID, actor: Actor, now: datetime) -> None:
    try:
        problems.acknowledge(problem_id=problem_id, actor=actor, now=now)
    except DomainError:  # it was resolved or merged in the meantime: taking the page is still right
        return


class _Facts(TypedDict):
    page_id: UUID
    problem_id: UUID | None
    incident_id: UUID | None
    organisation_id: UUID
    project_id: UUID
    person_id: UUID
    person_name: str
    channel: str
    at: datetime


def facts_of(row: Page, *, person_id: UUID, person_name: str, channel: str, at: datetime) -> _Facts:
    """What every event of a page says."""
    return _Facts(
        page_id=row.pk,
        problem_id=row.problem_id,
        incident_id=row.incident_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        person_id=person_id,
        person_name=person_name,
        channel=channel,
        at=at,
    )
