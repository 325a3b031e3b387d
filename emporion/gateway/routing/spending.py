"""Counts what calls cost against budgets, from the event store, which is the truth: exact sums, once a minute.

The data plane keeps its own count for the calls of this moment; this one is for people: what is shown, and what is told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emporion.gateway.routing.events import BudgetReached, GatewayChanged
from emporion.gateway.routing.models import Api, Budget
from emporion.gateway.routing.rules import period_of, share_to_tell
from emporion.gateway.routing.types import BudgetPeriod, BudgetScope
from emporion.plumbing.actions import publish
from emporion.store import shared_store
from emporion.store.types import NOBODY

_OF_SCOPE = {
    BudgetScope.ORGANISATION: "",
    BudgetScope.PROJECT: "",
    BudgetScope.KEY: " AND key_id = {value:UUID}",
    BudgetScope.API: " AND api_id = {value:UUID}",
    BudgetScope.TEAM: " AND team = {value:String}",
    BudgetScope.FEATURE: " AND feature = {value:String}",
}


def count_all(*, now: datetime) -> None:
    """Counts every budget anew and tells each share that is reached, once in its period."""
    rows = list(Budget.objects.filter(removed_at=None).order_by("organisation_id"))
    projects = _projects_of({row.organisation_id for row in rows if row.project_id is None})
    for row in rows:
        start, _end = period_of(BudgetPeriod(row.period), now)
        within = [row.project_id] if row.project_id else projects.get(row.organisation_id, [])
        _keep(row, spent=spent_since(row, within, start) if within else 0, start=start, now=now)


def spent_by(row: Budget, start: datetime) -> int:
    """What the calls that one budget limits cost since then."""
    within = [row.project_id] if row.project_id else _projects_of({row.organisation_id}).get(row.organisation_id, [])
    return spent_since(row, within, start) if within else 0


def spent_since(row: Budget, project_ids: Sequence[UUID], start: datetime) -> int:
    """What the calls that a budget limits cost since then, with what was corrected later; in 10^-12 USD, exact."""
    scope = BudgetScope(row.scope)
    # The data plane counts the calls that pass it; those of APIs that nobody registered never do.
    of_scope = f"project_id IN {{projects:Array(UUID)}} AND api_id != {{nobody:UUID}}{_OF_SCOPE[scope]}"
    params: dict[str, object] = {"projects": [str(one) for one in project_ids], "since": start, "nobody": str(NOBODY)}
    if _OF_SCOPE[scope]:
        params["value"] = row.value
    # By the hour, because every period begins with one: thousands of rows where there are millions of calls.
    said = shared_store(settings.EVENTS_URL).value(
        f"SELECT toString(sum(cost_picos)) AS spent FROM api_hours WHERE {of_scope}"  # noqa: S608 - own words, values are bound
        " AND at >= {since:DateTime64(3)} SETTINGS final = 0",
        params,  # type: ignore[arg-type]  # texts, lists of texts and an instant
        as_=str,
    )
    return max(0, int(said))


def _keep(row: Budget, *, spent: int, start: datetime, now: datetime) -> None:
    told = row.told_percent if row.period_start == start else 0
    limit = int(row.limit_picos)
    share = share_to_tell(spent=spent, limit=limit, shares=row.shares, told=told)
    with transaction.atomic():
        Budget.objects.filter(pk=row.pk).update(
            spent_picos=spent, period_start=start, counted_at=now, told_percent=told if share is None else share
        )
        if row.counted_at is None and spent:
            publish(GatewayChanged(project_id=row.project_id), now=now)  # what was spent before it was set counts, too
        if share is not None:
            publish(
                BudgetReached(
                    budget_id=row.pk,
                    organisation_id=row.organisation_id,
                    project_id=row.project_id,
                    share_percent=share,
                    limit_picos=limit,
                    spent_picos=spent,
                    at=now,
                ),
                now=now,
            )


def _projects_of(organisation_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    pairs = Api.objects.filter(organisation_id__in=organisation_ids).values_list("organisation_id", "project_id").distinct()
    found: dict[UUID, list[UUID]] = {}
    for organisation_id, project_id in pairs.order_by():
        found.setdefault(organisation_id, []).append(project_id)
    return found
