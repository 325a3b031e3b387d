"""What the shop of the tests sells: the source's plans, a bundle, and others made to bite."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from emporion.billing import queries as billing
from emporion.billing.actions import publish_bundle, publish_product
from emporion.billing.tests.shelf import FREE_SPEC, ONCE_SPEC, PRO_SPEC, USAGE_SPEC, product, suite
from emporion.billing.types import ProductView
from emporion.kernel.ids import new_id

SELLER = UUID("018f0000-0000-7000-8000-000000000001")


@pytest.fixture
def docs_agent(db: None, now: datetime) -> ProductView:
    """Sold by a seller, so that the money is shared."""
    publish_product(spec=product(provider_id=SELLER, provider_name="Halyard Labs"), now=now)
    return billing.product("docs-agent")


@pytest.fixture
def voice_agent(db: None, now: datetime) -> ProductView:
    """Sold by the platform itself."""
    publish_product(spec=product("voice-agent", name="Voice Agent"), now=now)
    return billing.product("voice-agent")


@pytest.fixture
def odd_agent(db: None, now: datetime) -> ProductView:
    """Free, metered, once, and with a trial."""
    trial = replace(PRO_SPEC, slug="trial", name="Trial", trial_days=14)
    publish_product(spec=product("odd-agent", name="Odd Agent", plans=(FREE_SPEC, USAGE_SPEC, ONCE_SPEC, trial)), now=now)
    return billing.product("odd-agent")


@pytest.fixture
def bundle(docs_agent: ProductView, voice_agent: ProductView, now: datetime) -> str:
    publish_bundle(spec=suite(), now=now)
    return "service-suite"


@pytest.fixture
def key() -> str:
    return str(new_id())
