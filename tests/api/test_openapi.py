"""The published descriptions of the APIs, tried by a program that believes every word of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core import signals
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import resolve
from hypothesis import HealthCheck, given, settings

from emporion.insights.api.actions import create_key
from emporion.insights.api.types import NewKey
from emporion.kernel.clock import utcnow

if TYPE_CHECKING:
    from schemathesis import BaseSchema  # slow, so only who runs these tests imports it

DESCRIPTIONS = ["/api/v1/openapi.json", "/v1/insights/openapi.json"]


@pytest.fixture(params=DESCRIPTIONS)
def described(request: pytest.FixtureRequest, db: None) -> Iterator["BaseSchema"]:
    from schemathesis.openapi import from_wsgi

    # As Django's own test client: the connection outlives each request, since the test's transaction is in it.
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield from_wsgi(request.param, get_wsgi_application())
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(alice, site) -> str:
    return create_key(site_id=site.id, key=NewKey(name="Fuzz", can_write=True), actor=alice, now=utcnow())[1]


@pytest.mark.requirement("INS-16")
def test_every_answer_is_one_that_the_description_knows(described: "BaseSchema", key: str) -> None:
    from schemathesis import Case
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
    operations = [found.ok() for found in described.get_all_operations()]
    assert operations
    for operation in operations:

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def tried(case: Case) -> None:
            cache.clear()  # the plan's minute
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=checks)

        tried()


@pytest.mark.requirement("INS-16", "BUY-18")
@pytest.mark.parametrize("path", ["/api/openapi.json", *DESCRIPTIONS])
def test_a_description_is_made_once_and_the_same_for_everybody(client: Client, alice_client: Client, path: str) -> None:
    first = client.get(path, headers={"Accept-Language": "de"}).json()
    assert alice_client.get(path).json() == first
    assert first["paths"]
    api = resolve(path).func.__wrapped__.keywords["api"]
    assert api.get_openapi_schema() is api.get_openapi_schema() != api.get_openapi_schema(path_prefix="")
    assert client.post(path)["Allow"] == "GET, HEAD"
