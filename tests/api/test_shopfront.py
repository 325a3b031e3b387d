"""Strangers' searches are answered from memory; nobody who brings anything of their own gets or fills it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from starlette.types import ASGIApp, Receive, Scope, Send

from emporion.config.handling import Handler
from emporion.config.shopfront import Shopfront
from emporion.market import index
from emporion.market.models import Offering
from emporion.market.schemas import SearchOut
from emporion.market.tests import sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("BUY-02", "SEC-02")]
PAGE, API = "/marketplace/", "/api/marketplace/offerings/"


class Counted:
    """Django as the shopfront sees it, with the number of requests that got through to it."""

    def __init__(self) -> None:
        self.requests = 0
        self._django: Any = Handler()
        self.close = self._django.close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        await self._django(scope, receive, send)


@pytest.fixture(autouse=True)
def offerings() -> None:
    sample.many(30)


@pytest.fixture
def django() -> Iterator[Counted]:
    counted = Counted()
    yield counted
    counted.close()  # its threads would keep their sessions of the test database


@pytest.fixture
def shop(django: Counted) -> Iterator[Shopfront]:
    front = Shopfront(django)
    yield front
    front.close()


async def get(application: ASGIApp, address: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://testserver") as browser:
        return await browser.get(address, headers={name.replace("_", "-"): value for name, value in headers.items()})


@sync_to_async
def session_of(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (PAGE, {}),
        (f"{PAGE}?q=travl+plan&category=agents&sort=price", {}),
        (f"{PAGE}?q=zzz%EE%80%80%3Cb%3E", {}),
        (f"{PAGE}?q=budget&offering=budget-desk-1&page=2", {"hx_request": "true"}),
        (f"{API}?q=garden&page=2", {}),
        (API, {"accept_language": "de-CH,de;q=0.7"}),
    ],
)
async def test_the_answer_from_memory_is_the_one_that_django_gives(
    shop: Shopfront, django: Counted, address: str, headers: dict[str, str]
) -> None:
    expected = await get(django, address, **headers)
    given = [await get(shop, address, **headers) for _ in range(2)]
    assert django.requests == 2  # the first, and one for what stands around the results
    for answer in given:
        assert answer.status_code == 200
        assert answer.text == expected.text
        assert sorted(_comparable(answer)) == sorted(_comparable(expected))


def _comparable(answer: httpx.Response) -> list[tuple[str, str]]:
    """The headers; lists in them stand in no order."""
    return [(name, " ".join(sorted(value.replace(",", ";").split("; ")))) for name, value in answer.headers.items()]


async def test_a_stranger_is_given_no_cookie(shop: Shopfront) -> None:
    assert "set-cookie" not in (await get(shop, PAGE)).headers


async def test_a_person_neither_gets_nor_fills_what_strangers_get(shop: Shopfront, django: Counted, alice_client: Client) -> None:
    cookie = await session_of(alice_client)
    own = await get(shop, f"{PAGE}?q=desk", cookie=cookie)
    assert "Sign out" in own.text
    stranger = await get(shop, f"{PAGE}?q=desk")
    assert "Sign out" not in stranger.text
    assert "Log in" in stranger.text
    again = await get(shop, f"{PAGE}?q=desk", cookie=cookie)
    assert "Sign out" in again.text
    assert again.headers["cache-control"] == "private, no-store"
    assert django.requests == 3  # hers twice, and the frame of the stranger


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "sessionid=of-somebody-with-a-cart"},
        {"cookie": "csrftoken=abcdefghijklmnopqrstuvwxyzabcdef"},
        {"cookie": "theme=dark"},
        {"cookie": "x=y"},
        {"authorization": "Bearer emp_wrong"},
        {"hx_request": "true", "hx_boosted": "true"},
        {"hx_request": "true", "hx_history_restore_request": "true"},
    ],
)
async def test_whoever_brings_something_of_their_own_goes_on_to_django(
    shop: Shopfront, django: Counted, headers: dict[str, str]
) -> None:
    plain = await get(shop, PAGE)
    before = django.requests
    own = await get(shop, PAGE, **headers)
    await get(shop, PAGE, **headers)
    assert django.requests == before + 2
    assert ('data-theme="dark"' in own.text) is (headers.get("cookie") == "theme=dark")
    assert (await get(shop, PAGE)).text == plain.text
    assert django.requests == before + 2


async def test_an_answer_of_django_that_sets_a_cookie_is_never_kept() -> None:
    calls = []

    async def personal(scope: Scope, receive: Receive, send: Send) -> None:
        calls.append(scope["query_string"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", b"a=b"), (b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"<!--shop--><!--/shop-->"})

    careful = Shopfront(personal)
    assert (await get(careful, f"{PAGE}?q=a")).headers["x"] == "y"
    await get(careful, f"{PAGE}?q=a")
    careful.close()
    assert calls == [b"", b"q=a", b"", b"q=a"]


async def test_a_changed_catalogue_shows_at_once(shop: Shopfront) -> None:
    @sync_to_async
    def rename() -> None:
        Offering.objects.filter(slug__endswith="-7").update(name="Zeppelin Desk", updated_at=timezone.now())
        index.mark_changed()

    for address in (f"{PAGE}?q=zeppelin", f"{API}?q=zeppelin"):
        assert "Zeppelin Desk" not in (await get(shop, address)).text
    await rename()
    for address in (f"{PAGE}?q=zeppelin", f"{API}?q=zeppelin"):
        assert "Zeppelin Desk" in (await get(shop, address)).text


async def test_a_closed_marketplace_answers_no_stranger_from_memory(shop: Shopfront) -> None:
    await get(shop, PAGE)
    with override_settings(ANONYMOUS_BROWSING=False):
        assert (await get(shop, PAGE)).status_code == 302
        assert (await get(shop, API)).status_code == 401


async def test_a_closed_shopfront_is_closed_again_and_answers_all_the_same(shop: Shopfront) -> None:
    shop.close()
    shop.close()
    assert (await get(shop, PAGE)).status_code == 200


async def test_what_is_kept_is_bounded(django: Counted) -> None:
    small = Shopfront(django, most_bytes=100_000)
    for number in range(12):
        await get(small, f"{PAGE}?q=desk+{number}")
    small.close()
    assert small.bytes_kept <= 100_000


async def test_the_api_says_what_is_wrong_with_a_page(shop: Shopfront) -> None:
    await get(shop, API)
    assert (await get(shop, f"{API}?page=first")).status_code == 422


async def test_the_json_that_is_written_by_hand_is_what_the_schema_writes(shop: Shopfront) -> None:
    answer = await get(shop, f"{API}?q=desk&category=agents&category=apps")
    assert SearchOut.model_validate_json(answer.content).model_dump_json() == answer.text


def test_one_transaction_sees_its_own_change_and_nobody_else_does() -> None:
    before = index.current().version
    with transaction.atomic():
        index.mark_changed()
        assert index.current().version != before
        transaction.set_rollback(True)
    assert index.current().version == before
