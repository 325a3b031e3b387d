"""Listens to problems and to what became of pushes; calls the next person when nobody came."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from emporion.accounts import queries as accounts
from emporion.accounts.events import PersonDeleted
from emporion.nexus.alerts import queries as problems
from emporion.nexus.alerts.events import ProblemAcknowledged, ProblemGrew, ProblemOpened, ProblemResolved
from emporion.nexus.alerts.types import ProblemView, Severity
from emporion.nexus.oncall import actions, paging, queries, rules
from emporion.nexus.oncall.events import PageDelivered, PageOpened, PageUnanswered
from emporion.nexus.oncall.models import Notice, Page
from emporion.nexus.oncall.types import News
from emporion.notify.actions import notify
from emporion.notify.events import DeliveryArrived, DeliveryFailed, DeliveryOpened
from emporion.notify.types import Channel, Message, Recipient, Topic
from emporion.plumbing.actions import enqueue, publish
from emporion.plumbing.types import Actor, JobContext


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNews:
    """What waits for the end of a person's quiet hours."""

    problem_id: UUID
    organisation_id: UUID
    person_id: UUID


def tell_of_problem(event: ProblemOpened, *, job: JobContext) -> None:
    """Call somebody for what cannot wait, tell people of what can, and the team's channels of both."""
    _tell(event, job, kind="nexus.problem.opened")


def tell_of_growth(event: ProblemGrew, *, job: JobContext) -> None:
    """The same, when a problem became more urgent than it was told."""
    _tell(event, job, kind="nexus.problem.grew")


def stop_calling(event: ProblemAcknowledged, *, job: JobContext) -> None:
    """Somebody has it."""
    paging.taken_elsewhere(problem_id=event.problem_id, now=job.now)
    if not event.is_whole:
        actions.announce(news=_news(event, "nexus.problem.acknowledged", {}), now=job.now)


def tell_of_recovery(event: ProblemResolved, *, job: JobContext) -> None:
    """It is over: whoever was called hears of it, quietly, in place of the alarm on their phone."""
    for page in paging.end_pages(problem_id=event.problem_id, now=job.now):
        people = accounts.recipients(
            organisation_id=event.organisation_id, person_ids=tuple({notice.person.id for notice in page.notices})
        )
        for person in people if page.notices else ():
            with translation.override(person.locale):
                title = _("Over: %(title)s") % {"title": page.title}
            message = Message(
                topic=Topic.INCIDENT,
                title=title,
                url=page.url,
                organisation_id=page.organisation_id,
                project_id=page.project_id,
                channels=frozenset({Channel.IN_APP, Channel.PUSH}),
                tag=f"page-{page.id}",
            )
            notify(recipients=[person], message=message, now=job.now)
    if not event.is_whole:
        actions.announce(news=_news(event, "nexus.problem.resolved", {}), now=job.now)


def call_next(due: paging.NextStep, *, job: JobContext) -> None:
    """Nobody came in time: call the next person, or say that everybody was asked."""
    if due.step < 0:
        paging.give_up(page_id=due.page_id, now=job.now)
    else:
        paging.call_next(due=due, now=job.now)


def tell_that_nobody_came(event: PageUnanswered, *, job: JobContext) -> None:
    """The owners hear that everybody was asked, and the team's channels, too."""
    page = queries.page_of(Actor.system(event.organisation_id), event.page_id)
    for person in accounts.recipients(organisation_id=event.organisation_id, project_id=event.project_id):
        with translation.override(person.locale):
            title = _("Nobody came: %(title)s") % {"title": page.title}
            body = _("Everybody in the escalation was called, as often as it says. The page is still open.")
        message = Message(
            topic=Topic.INCIDENT, title=title, body=body, url="/nexus/on-call/", organisation_id=event.organisation_id
        )
        notify(recipients=[person], message=message, now=job.now)
    news = News(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        kind="nexus.page.unanswered",
        title=page.title,
        url=page.url,
        reference=event.problem_id or event.incident_id or event.page_id,
        facts={"page": str(event.page_id)},
    )
    actions.announce(news=news, now=job.now)


def tell_later(held: HeldNews, *, job: JobContext) -> None:
    """The quiet hours are over: tell of what is still open."""
    problem = problems.problem_of(Actor.system(held.organisation_id), held.problem_id)
    people = accounts.recipients(organisation_id=held.organisation_id, person_ids=(held.person_id,))
    if problem.is_open and people:
        notify(recipients=people, message=_ticket(problem), now=job.now)


def note_arrival(event: DeliveryArrived, *, job: JobContext) -> None:
    """A page arrived on a device."""
    notice = _notice(event.reference)
    if notice is None or not Notice.objects.filter(pk=notice.pk, arrived_at=None).update(arrived_at=event.at):
        return
    _publish_about(notice, PageDelivered, event.at, job)


def note_opening(event: DeliveryOpened, *, job: JobContext) -> None:
    """A page was tapped on a device."""
    notice = _notice(event.reference)
    if notice is None or not Notice.objects.filter(pk=notice.pk, opened_at=None).update(opened_at=event.at):
        return
    _publish_about(notice, PageOpened, event.at, job)


def note_failure(event: DeliveryFailed, *, job: JobContext) -> None:
    """A page could not be pushed; the page of on call says why."""
    Notice.objects.filter(pk=event.reference, arrived_at=None).update(problem=event.problem[:300])


def forget_person(event: PersonDeleted, *, job: JobContext) -> None:
    """Somebody is gone: they take no turns any more."""
    actions.forget_person(person_id=event.person_id)


def _tell(event: ProblemOpened | ProblemGrew, job: JobContext, *, kind: str) -> None:
    problem = problems.problem_of(Actor.system(event.organisation_id), event.problem_id)
    if event.severity is Severity.PAGE:
        page = paging.NewPage(
            organisation_id=event.organisation_id,
            project_id=event.project_id,
            title=problem.title,
            sentence=problem.sentence,
            url=f"/nexus/alerts/{problem.id}/",
            problem_id=problem.id,
        )
        paging.open_page(page=page, now=job.now)
    elif event.severity is Severity.TICKET:
        _tell_of_ticket(problem, job.now)
    if event.severity is not Severity.INFO and not event.is_whole:
        facts = {"people": str(problem.customers or ""), "since": problem.opened_at.isoformat(), "api": str(problem.api_id or "")}
        actions.announce(news=_news(event, kind, facts, problem.sentence), now=job.now)


def _tell_of_ticket(problem: ProblemView, now: datetime) -> None:
    for person in _who_hears_of_tickets(problem, now):
        if person.person_id is None:
            continue
        hours = queries.quiet_hours_of(person.person_id)
        until = rules.quiet_until(hours, time_zone=person.time_zone, at=now)
        if until is None:
            notify(recipients=[person], message=_ticket(problem), now=now)
        else:
            held = HeldNews(problem_id=problem.id, organisation_id=problem.organisation_id, person_id=person.person_id)
            key = f"nexus.tell_later:{problem.id}:{person.person_id}:{until.isoformat()}"
            enqueue("nexus.tell_later", held, now=now, run_at=until, key=key)


def _who_hears_of_tickets(problem: ProblemView, now: datetime) -> tuple[Recipient, ...]:
    if problem.is_whole:
        return accounts.recipients(organisation_id=problem.organisation_id)
    system = Actor.system(problem.organisation_id)
    named = tuple(one.id for one in queries.on_call_now(system, problem.project_id, now=now))
    found = accounts.recipients(organisation_id=problem.organisation_id, person_ids=named) if named else ()
    return found or accounts.recipients(organisation_id=problem.organisation_id, project_id=problem.project_id)


def _ticket(problem: ProblemView) -> Message:
    return Message(
        topic=Topic.INCIDENT,
        title=problem.title,
        body=problem.sentence,
        url=f"/nexus/alerts/{problem.id}/",
        organisation_id=problem.organisation_id,
        project_id=problem.project_id,
        tag=f"problem-{problem.id}",
    )


def _news(
    event: ProblemOpened | ProblemGrew | ProblemAcknowledged | ProblemResolved, kind: str, facts: dict[str, str], text: str = ""
) -> News:
    return News(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        kind=kind,
        title=event.title,
        text=text,
        url=f"/nexus/alerts/{event.problem_id}/",
        reference=event.problem_id,
        facts={"severity": event.severity, **facts},
        is_over=isinstance(event, ProblemResolved),
    )


def _notice(reference: UUID) -> Notice | None:
    return Notice.objects.select_related("page").filter(pk=reference).first()


def _publish_about(notice: Notice, event: type[PageDelivered] | type[PageOpened], at: datetime, job: JobContext) -> None:
    page: Page = notice.page
    if page.is_test:
        return
    people = accounts.recipients(organisation_id=page.organisation_id, person_ids=(notice.person_id,))
    name = (people[0].name or people[0].email) if people else ""
    facts = paging.facts_of(page, person_id=notice.person_id, person_name=name, channel=notice.channel, at=at)
    publish(event(**facts, after_seconds=(at - notice.sent_at).total_seconds()), now=job.now)
