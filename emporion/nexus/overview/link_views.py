"""Declares an incident from the phone by the signed link of a page: what on call and incidents have in common, without a session.

The link is bound to one page and one person, is good for a day and declares once; what the person may do is looked at when it is
used. A GET only asks; whoever is named by the link answers with a POST.
"""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from emporion.accounts.access import anonymous_ok
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound
from emporion.nexus.alerts.queries import problem_of
from emporion.nexus.incidents import actions, declaring
from emporion.nexus.incidents.queries import incident_about
from emporion.nexus.incidents.types import IncidentView, Severity
from emporion.nexus.incidents.wording import SEVERITIES
from emporion.nexus.oncall import paging
from emporion.nexus.oncall.errors import LinkExpired
from emporion.nexus.oncall.types import PageView
from emporion.plumbing.types import Actor, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bearer:
    """Who holds the link, of which page, and the incident that its problem is in already."""

    page: PageView
    actor: Actor
    incident: IncidentView | None


# As for taking a page: the signed token is what says that this person may, and it comes with no cookie.
@csrf_exempt
@anonymous_ok
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to declare an incident of the problem that somebody was called for; a POST declares it."""
    now = utcnow()
    try:
        bearer = _bearer(token, now)
    except (LinkExpired, NotFound):
        return render(request, "nexus_oncall/answer_gone.html", status=HTTPStatus.GONE)
    page = bearer.page
    if bearer.incident is not None or not page.may_become_incident or page.problem_id is None:
        return render(request, "nexus_overview/declared_by_link.html", {"page": page, "incident": bearer.incident})
    if request.method == "POST":
        made = _declared(bearer, request.POST.get("severity", ""), now)
        return render(request, "nexus_overview/declared_by_link.html", {"page": page, "incident": made, "is_new": True})
    return render(request, "nexus_overview/declare_by_link.html", {"page": page, "token": token, **_proposed(bearer, now)})


def _bearer(token: str, now: datetime) -> _Bearer:
    page, actor = paging.bearer_of_link(token=token, now=now)
    actor.require(Permission.USE, page.project_id)
    return _Bearer(page=page, actor=actor, incident=incident_about(actor, page.problem_id) if page.problem_id else None)


def _declared(bearer: _Bearer, severity: str, now: datetime) -> IncidentView:
    page, actor = bearer.page, bearer.actor
    assert page.problem_id is not None
    wanted = Severity(int(severity)) if severity in {"1", "2", "3", "4"} else None
    made = actions.declare(problem_id=page.problem_id, severity=wanted, actor=actor, now=now)
    paging.use_link_to_declare(page_id=page.id, actor=actor, now=now)
    paging.acknowledge(page_id=page.id, actor=actor, now=now)
    return made


def _proposed(bearer: _Bearer, now: datetime) -> dict[str, object]:
    assert bearer.page.problem_id is not None
    problem = problem_of(bearer.actor, bearer.page.problem_id)
    wanted = declaring.NewIncident(
        organisation_id=problem.organisation_id, project_id=problem.project_id, problem=problem, api_ids=problem.api_ids
    )
    title, severity = declaring.proposals(wanted, declaring.felt_by(wanted, bearer.actor, now))
    severities = [(int(one), label) for one, label in SEVERITIES.items()]
    return {"problem": problem, "title": title, "severity": severity, "severities": severities, "person": bearer.actor.name}
