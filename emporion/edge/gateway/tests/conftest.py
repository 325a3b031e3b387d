"""One gateway for all tests of it: they differ in the APIs and keys that they use."""

from collections.abc import Iterator

import pytest

from emporion.edge.gateway.tests import scene as scenes
from emporion.edge.gateway.tests.scene import Scene
from emporion.edge.gateway.tests.trust import Trust


@pytest.fixture(scope="package")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trust]:
    """Servers with certificates of our own authority, which the gateway's machine trusts."""
    made = Trust(tmp_path_factory.mktemp("trust"))
    yield made
    made.stop()


@pytest.fixture(scope="package")
def scene(tmp_path_factory: pytest.TempPathFactory, trust: Trust) -> Iterator[Scene]:
    provider = scenes.provider()
    more = {name: scenes.api(name, url) for name, url in trust.urls.items()}
    told = scenes.snapshot(provider, **more)
    with scenes.running(tmp_path_factory.mktemp("gateway"), provider, told, SSL_CERT_FILE=str(trust.authority)) as one:
        yield one
    provider.stop()
