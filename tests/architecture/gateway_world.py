"""What alice's project has of the gateway: an API with all that belongs to one, a key, a route, a cache and a budget."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from emporion.config import eventlog
from emporion.gateway.pricing.actions import set_price
from emporion.gateway.pricing.types import NewPrice
from emporion.gateway.routing import actions
from emporion.gateway.routing.orders import NewApi, NewBudget, NewCache, NewRoute
from emporion.gateway.routing.types import PICOS_PER_UNIT, ApiView, BudgetScope, Calls, NewKey, RouteMode
from emporion.kernel.ids import new_id
from emporion.nexus.apis.actions import add_note, save_watch
from emporion.nexus.apis.types import Watch
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiBody, ApiCalled


def furnish(*, word: str, project_id: UUID, actor: Actor, now: datetime) -> dict[str, str]:
    """Makes all of it, with the word in every text, and returns the ids under the names of the parameters."""
    wanted = NewApi(preset="http", name=f"The {word} API", base_url=f"https://{word}.example", is_unchecked=True)
    api, _warning = actions.register_api(api=wanted, project_id=project_id, actor=actor, now=now)
    key = actions.create_key(key=NewKey(name=f"The {word} key", team=word), project_id=project_id, actor=actor, now=now)
    calls = Calls(api_id=api.id, feature=word)
    route = actions.save_route(
        route=NewRoute(calls=calls, mode=RouteMode.SHED, percent=5, note=f"Because of the {word}"), actor=actor, now=now
    )
    cache = actions.save_cache(cache=NewCache(api_id=api.id, seconds=60, feature=word), actor=actor, now=now)
    limit = NewBudget(scope=BudgetScope.TEAM, value=word, limit_picos=PICOS_PER_UNIT)
    budget = actions.save_budget(budget=limit, project_id=project_id, actor=actor, now=now)
    price = set_price(
        price=NewPrice(model="*", per_call=Decimal(1), valid_from=now, note="What the contract says"), actor=actor, now=now
    )
    save_watch(watch=Watch(api_id=api.id, quota_name=f"The {word} credits", quota_calls=9), actor=actor, now=now)
    past = f"at,feature\n{now.isoformat()},{word}\n".encode()
    actions.import_calls(api_id=api.id, name=f"{word}.csv", content=past, actor=actor, now=now)
    return {
        "price_id": str(price.id),
        "api_id": str(api.id),
        "revoke-key:key_id": str(key.view.id),
        "restore-gateway-key:key_id": str(key.view.id),
        "gateway-key:key_id": str(key.view.id),
        "route_id": str(route.id),
        "cache_id": str(cache.id),
        "budget_id": str(budget.id),
        "call_id": str(_call(api, word, now)),
        "api_note_id": str(add_note(api_id=api.id, text=f"The {word} moved", at=now, actor=actor, now=now).id),
    }


def _call(api: ApiView, word: str, now: datetime) -> UUID:
    call_id = new_id()
    common = {"event_id": call_id, "occurred_at": now, "organisation_id": api.organisation_id, "project_id": api.project_id}
    call = ApiCalled(**common, api_id=api.id, feature=word, outcome="provider_error", error_message=f"The {word} is away")
    body = ApiBody(**common, api_id=api.id, keep_until_day=2**31, request=f"Where is the {word}?", response=word)
    eventlog.store().insert(ApiCalled, [call], token=f"{call_id}:call")
    eventlog.store().insert(ApiBody, [body], token=f"{call_id}:body")
    return call_id
