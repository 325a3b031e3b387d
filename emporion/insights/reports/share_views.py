"""The page on which a website's figures are given to others: secret links, reports by mail, exports; and what strangers see."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from emporion.accounts.access import ActorRequest, anonymous_ok, signed_in
from emporion.accounts.queries import person_of
from emporion.insights.reports import cards, mailing, shares
from emporion.insights.reports.errors import PasswordWrong
from emporion.insights.reports.exporting import ExportKind
from emporion.insights.reports.mailing import NewSchedule, Rhythm
from emporion.insights.reports.pages import Question, card_of, dashboard_page, with_added_filter
from emporion.insights.reports.views import is_swap
from emporion.insights.sites.queries import site_of
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Invalid
from emporion.plumbing.errors import TooManyRequests
from emporion.plumbing.problems import status_of
from emporion.plumbing.types import Actor, Permission

PASSES = "insights_shares"
RAW = (
    (ExportKind.EVENTS, lazy("Every event since the beginning"), lazy("With its visitor, source and place")),
    (ExportKind.SESSIONS, lazy("Every visit since the beginning"), lazy("With its pages and goals")),
    (ExportKind.CREDITS, lazy("What every visit earned"), lazy("Each share of each payment, under every model")),
)


@require_GET
@signed_in
def sharing(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Links, mail and exports of a website."""
    site = site_of(request.actor, site_id)
    person = person_of(request.actor)
    context = {
        "site": site,
        "shares": shares.shares_of(request.actor, site_id),
        "schedules": mailing.schedules_of(request.actor, site_id),
        "rhythms": _rhythms(),
        "email": person.email if person else "",
        "time_zone": person.time_zone if person else site.time_zone,
        "may_change": request.actor.may(Permission.CONFIGURE, site.project_id),
        "undo_url": _own_undo(request, site_id),
        "raw": RAW,
    }
    return render(request, "insights_reports/sharing.html", context)


def _rhythms() -> tuple[tuple[str, str], ...]:
    words = {Rhythm.DAILY: _("Every day"), Rhythm.WEEKLY: _("Every Monday"), Rhythm.MONTHLY: _("Every first of a month")}
    return tuple((one.value, words[one]) for one in Rhythm)


def _own_undo(request: ActorRequest, site_id: UUID) -> str:
    """Where what has just ended is brought back; none for an id that is no id."""
    ended = [(name, request.GET.get(f"ended_{name}", "")) for name in ("share", "schedule")]
    try:
        return next((reverse(f"insights_reports:restore-{name}", args=[site_id, UUID(text)]) for name, text in ended if text), "")
    except ValueError:
        return ""


@require_POST
@signed_in
def share(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Make a secret link."""
    name, password = request.POST.get("name", ""), request.POST.get("password", "")
    try:
        shares.share_site(site_id=site_id, name=name, password=password[:200], actor=request.actor, now=utcnow())
        messages.success(request, _("The link works. Whoever has it can see the dashboard."))
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect("insights_reports:sharing", site_id)


@require_POST
@signed_in
def revoke(request: ActorRequest, site_id: UUID, share_id: UUID) -> HttpResponse:
    """End a link at once; the page offers to undo it."""
    shares.set_revoked(site_id=site_id, share_id=share_id, is_revoked=True, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('insights_reports:sharing', args=[site_id])}?ended_share={share_id}")


@require_POST
@signed_in
def restore_share(request: ActorRequest, site_id: UUID, share_id: UUID) -> HttpResponse:
    """Undo the end of a link."""
    shares.set_revoked(site_id=site_id, share_id=share_id, is_revoked=False, actor=request.actor, now=utcnow())
    messages.success(request, _("The link works again."))
    return redirect("insights_reports:sharing", site_id)


@require_POST
@signed_in
def schedule(request: ActorRequest, site_id: UUID) -> HttpResponse:
    """Have a report sent by mail."""
    post = request.POST
    try:
        rhythm = Rhythm(post.get("rhythm", ""))
    except ValueError:
        rhythm = Rhythm.WEEKLY
    wanted = NewSchedule(email=post.get("email", ""), rhythm=rhythm, time_zone=post.get("time_zone", ""))
    try:
        mailing.schedule_report(site_id=site_id, schedule=wanted, actor=request.actor, now=utcnow())
        messages.success(request, _("The report will be sent."))
    except Invalid as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect("insights_reports:sharing", site_id)


@require_POST
@signed_in
def stop(request: ActorRequest, site_id: UUID, schedule_id: UUID) -> HttpResponse:
    """Stop a report by mail; the page offers to undo it."""
    mailing.set_stopped(site_id=site_id, schedule_id=schedule_id, is_stopped=True, actor=request.actor, now=utcnow())
    return redirect(f"{reverse('insights_reports:sharing', args=[site_id])}?ended_schedule={schedule_id}")


@require_POST
@signed_in
def restore_schedule(request: ActorRequest, site_id: UUID, schedule_id: UUID) -> HttpResponse:
    """Undo that."""
    mailing.set_stopped(site_id=site_id, schedule_id=schedule_id, is_stopped=False, actor=request.actor, now=utcnow())
    messages.success(request, _("The report is sent again."))
    return redirect("insights_reports:sharing", site_id)


@require_http_methods(["GET", "POST"])
@anonymous_ok
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in a mail opens: one button, because mail programs open links by themselves."""
    found = mailing.subscription_of(token)
    if request.method == "POST":
        mailing.unsubscribe(token=token, now=utcnow())
    return _quiet(render(request, "insights_reports/unsubscribe.html", {"schedule": found, "is_done": request.method == "POST"}))


@require_http_methods(["GET", "POST"])
@anonymous_ok
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The dashboard for whoever has the link: nothing can be changed, no person can be looked at."""
    now = utcnow()
    opened = shares.opened(token, now=now)
    problem = None
    if request.method == "POST":
        try:
            shares.check_share_password(share_id=opened.share_id, password=request.POST.get("password", "")[:200], now=now)
            request.session[PASSES] = [*request.session.get(PASSES, [])[-20:], opened.pass_mark]
            return redirect(request.get_full_path())
        except (PasswordWrong, TooManyRequests) as error:
            problem = error
    if not _may_pass(request, opened):
        locked = {"domain": opened.site.domain, "problem": problem}
        return _quiet(render(request, "insights_reports/locked.html", locked, status=status_of(problem) if problem else 200))
    question = _question(request, opened)
    if added := with_added_filter(question.address):
        return _quiet(redirect(str(added)))
    context = dashboard_page(question) | {"may_add": False}
    template = "insights_reports/_dashboard.html" if is_swap(request, "dashboard") else "insights_reports/shared.html"
    return _quiet(render(request, template, context))


@require_GET
@anonymous_ok
def shared_card(request: HttpRequest, token: str, card_key: str) -> HttpResponse:
    """One card of a shared dashboard."""
    opened = shares.opened(token, now=utcnow())
    spec = cards.spec_of(card_key)
    home = reverse("insights_reports:shared", args=[token])
    if not _may_pass(request, opened) or not request.headers.get("HX-Request"):
        return redirect(home)
    return _quiet(render(request, "insights_reports/_card.html", {"card": card_of(_question(request, opened), spec)}))


def _question(request: HttpRequest, opened: shares.Opened) -> Question:
    """Asked for the link's organisation: whoever has the link is nobody by themselves."""
    return Question.of(request, opened.site, Actor.system(opened.site.organisation_id), utcnow())


def _may_pass(request: HttpRequest, opened: shares.Opened) -> bool:
    return not opened.needs_password or opened.pass_mark in request.session.get(PASSES, [])


def _quiet(response: HttpResponse) -> HttpResponse:
    """Not for search engines, caches, or the pages that it links to."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
