"""What is decided on the pages reaches the data plane's file, and nothing that was taken away stays in it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from django.conf import LazySettings

from emporion.gateway.routing import actions
from emporion.gateway.routing.errors import KeyGone
from emporion.gateway.routing.orders import NewBudget, NewCache, NewRoute
from emporion.gateway.routing.tests.conftest import KEY
from emporion.gateway.routing.types import (
    PICOS_PER_UNIT,
    ApiView,
    BudgetScope,
    Calls,
    GatewaySnapshot,
    NewKey,
    RouteMode,
    RouteTarget,
)
from emporion.plumbing import secrets
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db]


def told(settings: LazySettings) -> GatewaySnapshot:
    """What lies in the data plane's folder."""
    path = settings.ENVIRONMENT.edge.folder / "gateway.msgpack"
    assert path.stat().st_mode & 0o077 == 0
    assert KEY.encode() not in path.read_bytes()
    return msgspec.msgpack.decode(path.read_bytes(), type=GatewaySnapshot)


@pytest.mark.requirement("NEX-02", "SEC-02")
def test_a_key_and_its_api_reach_the_data_plane_encrypted_and_hashed(
    openai: ApiView, alice: Actor, project_id: UUID, settings: LazySettings, drain: Callable[..., int], now: datetime
) -> None:
    made = actions.create_key(key=NewKey(name="Shop", team="growth"), project_id=project_id, actor=alice, now=now)
    drain()
    first = told(settings)
    upstream = next(one for one in first.upstreams if one.api_id == openai.id)
    grant = next(one for one in first.keys if one.key_id == made.view.id)
    assert secrets.decrypt(upstream.secret) == KEY
    assert (upstream.slug, upstream.base_url, upstream.auth_prefix) == ("openai", "https://api.openai.com", "Bearer ")
    assert (grant.digest, grant.team) == (secrets.digest(made.plaintext), "growth")
    assert made.plaintext.startswith("emp_")
    for change, is_told in ((actions.revoke_key, False), (actions.restore_key, True), (actions.revoke_key, False)):
        change(key_id=made.view.id, actor=alice, now=now)
        drain()
        assert (made.view.id in {one.key_id for one in told(settings).keys}) is is_told
    with pytest.raises(KeyGone):
        actions.restore_key(key_id=made.view.id, actor=alice, now=now + timedelta(minutes=61))
    actions.remove_api(api_id=openai.id, actor=alice, now=now)
    drain()
    second = told(settings)
    assert second.number > first.number
    assert made.view.id not in {one.key_id for one in second.keys}
    assert openai.id not in {one.api_id for one in second.upstreams}


@pytest.mark.requirement("NEX-02", "NEX-09")
def test_one_tap_diverts_calls_and_one_more_undoes_it(
    openai: ApiView, groq: ApiView, alice: Actor, settings: LazySettings, drain: Callable[..., int], now: datetime
) -> None:
    calls = Calls(api_id=openai.id, feature="chat")
    half = actions.divert(calls=calls, to=RouteTarget(api_id=groq.id), percent=50, actor=alice, now=now)
    later = now + timedelta(seconds=1)
    whole = actions.divert(calls=calls, to=RouteTarget(api_id=groq.id, model="llama"), actor=alice, now=later)
    drain(later)
    assert [(one.route_id, one.percent) for one in told(settings).routes if one.api_id == openai.id] == [(whole.id, 100)]
    assert whole.sentence == "100 % of the calls of OpenAI (chat) go to Groq (llama)"
    actions.undo_route(route_id=whole.id, actor=alice, now=later)
    drain(later)
    assert [one.route_id for one in told(settings).routes if one.api_id == openai.id] == [half.id]
    actions.withdraw_route(route_id=half.id, actor=alice, now=later)
    drain(later)
    assert [one for one in told(settings).routes if one.api_id == openai.id] == []


@pytest.mark.requirement("NEX-02")
def test_budgets_caches_and_a_fallback_reach_the_data_plane(
    openai: ApiView,
    groq: ApiView,
    alice: Actor,
    settings: LazySettings,
    drain: Callable[..., int],
    now: datetime,
) -> None:
    budget = NewBudget(scope=BudgetScope.TEAM, value="growth", limit_picos=5 * PICOS_PER_UNIT, is_hard=True)
    made = actions.save_budget(budget=budget, project_id=openai.project_id, actor=alice, now=now)
    actions.save_cache(cache=NewCache(api_id=openai.id, seconds=60), actor=alice, now=now)
    actions.save_cache(cache=NewCache(api_id=openai.id, seconds=90), actor=alice, now=now)
    target = RouteTarget(api_id=groq.id)
    actions.save_route(
        route=NewRoute(calls=Calls(api_id=openai.id), mode=RouteMode.FALLBACK, targets=(target,)), actor=alice, now=now
    )
    drain()
    seen = told(settings)
    rule = next(one for one in seen.budgets if one.budget_id == made.id)
    assert (rule.scope, rule.value, rule.limit_picos, rule.is_hard) == ("team", "growth", 5 * 10**12, True)
    assert [one.seconds for one in seen.caches if one.api_id == openai.id] == [90]
    assert [one.targets for one in seen.routes if one.api_id == openai.id] == [(target,)]
