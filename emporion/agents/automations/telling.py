"""Tells people what a run came to: in the app and by mail as each chose, and at the address that the buyer entered."""

from datetime import datetime

from django.utils.translation import gettext as _

from emporion.accounts import queries as accounts
from emporion.agents.automations import rules
from emporion.agents.automations.models import Run
from emporion.agents.automations.types import Finding, FindingView, Kind, Outcome, Report, RunState
from emporion.notify.actions import notify, send_mail
from emporion.notify.types import Recipient, Topic

IN_A_MAIL = 25


def view_of(finding: Finding) -> FindingView:
    """A finding with the words that changed marked."""
    before, after = rules.pieces(finding.before, finding.after)
    return FindingView(finding=finding, before=before, after=after)


def tell_result(run: Run, outcome: Outcome, *, now: datetime) -> None:
    """Send the result of a run that has news."""
    row = run.automation
    shown = tuple(view_of(finding) for finding in outcome.findings[:IN_A_MAIL])
    more = max(0, len(outcome.findings) - len(shown))
    title = f"{row.name}: {_about(run)}".removesuffix(": ")
    _tell(run, title=title, body=outcome.summary, findings=shown, more=more, now=now)


def tell_trouble(run: Run, state: RunState, problem: str, next_step: str, *, now: datetime) -> None:
    """Say that a run did not happen, unless the one before ended the same way: nobody needs that every night."""
    earlier = run.automation.runs.exclude(id=run.id).order_by("-due_at", "-id").first()
    if earlier is not None and earlier.state == state:
        return
    name = run.automation.name
    title = _("%(name)s could not run") % {"name": name} if state is RunState.SKIPPED else _("%(name)s failed") % {"name": name}
    _tell(run, title=title, body=f"{problem} {next_step}".strip(), findings=(), more=0, now=now)


def _about(run: Run) -> str:
    inputs = run.automation.inputs
    return "" if run.automation.kind == Kind.WEEKLY_DIGEST else str(inputs.get("url", "")).split("://")[-1].rstrip("/")


def _tell(run: Run, *, title: str, body: str, findings: tuple[FindingView, ...], more: int, now: datetime) -> None:
    row = run.automation
    report = Report(
        topic=Topic.AUTOMATION,
        template="automation_report",
        title=title[:200],
        body=body,
        url=f"/automations/{row.id}/runs/{run.id}/",
        organisation_id=row.organisation_id,
        findings=findings,
        more=more,
    )
    people = accounts.recipients(organisation_id=row.organisation_id, project_id=row.project_id)
    notify(recipients=people, message=report, now=now)
    address = str(row.inputs.get("email", "")).strip()
    if address and address.lower() not in {one.email.lower() for one in people}:
        zone = people[0].time_zone if people else "UTC"
        send_mail(to=Recipient(email=address, time_zone=zone), template="automation_report", context=report, now=now)
