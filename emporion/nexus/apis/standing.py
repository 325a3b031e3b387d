"""How the APIs of a project stand: what a card shows, and the verdict behind it."""

from datetime import datetime, timedelta
from uuid import UUID

from emporion.gateway.routing.queries import api_of, apis_of
from emporion.nexus.apis import calls, figures, rules
from emporion.nexus.apis.asking import soon
from emporion.nexus.apis.habits import usual_of
from emporion.nexus.apis.queries import watch_of, watches_of
from emporion.nexus.apis.types import Figures, QuotaView, Scope, Standing
from emporion.plumbing.types import Actor

# What is said of "now" rests on the last minutes; where those held hardly a call, on the last hour.
RECENT, LONGER, FEW = timedelta(minutes=10), timedelta(hours=1), 5
LOOKED_BACK = timedelta(hours=6)
# A fault is noticed when enough calls have failed; those stand before the moment.
NOTICED_WITHIN = timedelta(minutes=5)
COURSE, COURSE_STEP = timedelta(hours=24), timedelta(minutes=30)


def failing_since(actor: Actor, scope: Scope, noticed_at: datetime) -> datetime:
    """When the fault began that was noticed then: with the calls that showed it, or at that moment where none had failed."""
    if scope.api_id is None:
        return noticed_at
    allowed = 1 - watch_of(actor, scope.api_id).target
    minutes = figures.minutes(actor, scope, noticed_at - NOTICED_WITHIN, noticed_at)
    return min(noticed_at, rules.began(minutes, allowed) or noticed_at)


def standings(actor: Actor, project_id: UUID, now: datetime, midnight: datetime) -> list[Standing]:
    """How every API of a project stands, worst first; `midnight` is when the reader's day began."""
    apis, watches = apis_of(actor, project_id), watches_of(actor, project_id)
    asked = {
        "now": soon(figures.by_api, actor, project_id, now - RECENT, now, is_open=True),
        "longer": soon(figures.by_api, actor, project_id, now - LONGER, now, is_open=True),
        "today": soon(figures.by_api, actor, project_id, midnight, now, is_open=True),
    }
    usual = soon(usual_of, actor, project_id, now)
    courses = soon(figures.courses, actor, project_id, now - COURSE, now, COURSE_STEP)
    quotas = soon(calls.quotas, actor, project_id, tuple(watches.values()), now)
    minutes = figures.minutes_by_api(actor, project_id, now - LOOKED_BACK, now)
    nothing = Figures(since=now, until=now)
    found = []
    for api in apis:
        recent = asked["now"].result().get(api.id, nothing)
        shown = recent if recent.calls >= FEW else asked["longer"].result().get(api.id, recent)
        quota, watch = quotas.result().get(api.id, QuotaView(api_id=api.id)), watches[api.id]
        of_api = usual.result().get(api.id)
        found.append(
            Standing(
                api_id=api.id,
                name=api.name,
                slug=api.slug,
                provider=api.provider,
                watch=watch,
                verdict=rules.judge(now=shown, watch=watch, usual=of_api, quota=quota, minutes=minutes.get(api.id, [])),
                now=shown,
                today=asked["today"].result().get(api.id, nothing),
                usual=of_api,
                quota=quota,
                course=courses.result().get(api.id, ()),
            )
        )
    return sorted(found, key=_worst_first)


def standing_of(actor: Actor, api_id: UUID, now: datetime, midnight: datetime) -> Standing:
    """How one API stands; asks for nothing of the others."""
    api, watch = api_of(actor, api_id), watch_of(actor, api_id)
    scope = Scope(project_id=api.project_id, api_id=api_id)
    recent = soon(figures.figures, actor, scope, now - RECENT, now, is_open=True)
    today = soon(figures.figures, actor, scope, midnight, now, is_open=True)
    usual = soon(usual_of, actor, api.project_id, now)
    quota = soon(calls.quotas, actor, api.project_id, (watch,), now)
    minutes = figures.minutes_by_api(actor, api.project_id, now - LOOKED_BACK, now, api_id).get(api_id, [])
    shown = recent.result()
    if shown.calls < FEW:
        shown = figures.figures(actor, scope, now - LONGER, now, is_open=True)
    of_api, left = usual.result().get(api_id), quota.result()[api_id]
    return Standing(
        api_id=api_id,
        name=api.name,
        slug=api.slug,
        provider=api.provider,
        watch=watch,
        verdict=rules.judge(now=shown, watch=watch, usual=of_api, quota=left, minutes=minutes),
        now=shown,
        today=today.result(),
        usual=of_api,
        quota=left,
    )


def _worst_first(one: Standing) -> tuple[int, float, int]:
    return rules.worst_first(one.verdict.health), -one.now.failure_rate, -one.today.calls
