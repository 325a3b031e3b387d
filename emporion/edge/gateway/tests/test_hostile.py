"""Upstreams that mean harm, to the gateway or to the secrets that pass through it."""

import pytest

from emporion.edge.gateway.tests.scene import UPSTREAM_KEY, Scene
from emporion.gateway.pricing.streams import MAX_FRAME, StreamReader

pytestmark = [pytest.mark.requirement("NEX-02", "SEC-02")]


@pytest.mark.parametrize("slug", ["endless-trailers", "endless-mark"])
def test_what_brings_nothing_of_an_answer_is_not_gathered_for_ever(scene: Scene, slug: str) -> None:
    assert scene.ask(slug).status_code == 502
    assert (scene.last(slug).outcome, scene.last(slug).error_code) == ("malformed", "not_http")


def test_a_key_that_a_provider_quotes_is_not_recorded(scene: Scene) -> None:
    event = scene.event(scene.ask("quotes-key"))
    assert event.outcome == "key_refused"
    assert UPSTREAM_KEY not in f"{event.error_code} {event.error_message}"


def test_a_frame_without_end_is_given_up_whatever_its_lines() -> None:
    reader = StreamReader(provider="openai", operation="chat")
    for _turn in range(40):
        reader.feed(b"data: " + b"x" * 100_000 + b"\n", 0)
    assert sum(map(len, reader._data)) <= MAX_FRAME
    assert reader.answer().is_malformed
