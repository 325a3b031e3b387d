"""A gateway that is killed under load: every call that was answered whole is on record, once, and nothing stays reserved."""

import threading
from collections import Counter
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from emporion.edge.gateway.budgets import spendings
from emporion.edge.gateway.tests import scene as scenes
from emporion.edge.gateway.tests.scene import Scene, id_of
from emporion.store.schemas import ApiCalled

ENOUGH = 60


@pytest.mark.requirement("NEX-02")
def test_a_kill_loses_no_call_that_was_answered_and_doubles_none(tmp_path: Path) -> None:
    provider = scenes.provider()
    told = scenes.snapshot(provider)
    answered: list[UUID] = []
    with scenes.running(tmp_path, provider, told) as scene:
        callers = [threading.Thread(target=_call_until_it_dies, args=(scene, answered)) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        scene.process.wait(timeout=10)
        recorded = Counter(event.event_id for event in scene.events() if isinstance(event, ApiCalled))
        cost = sum(event.cost_picos for event in scene.events() if isinstance(event, ApiCalled))
    with scenes.running(tmp_path, provider, told) as again:
        assert again.post(f"openai/{scenes.CHAT}", x_emporion_team="soft").status_code == 200
        [soft] = [one for one in spendings(tmp_path / "edge" / "budgets") if one.budget_id == id_of("soft")]
    provider.stop()
    assert len(answered) >= ENOUGH
    assert [call for call in answered if recorded[call] != 1] == []
    assert set(recorded.values()) == {1}
    assert soft.reserved_picos == 0
    assert soft.spent_picos >= cost > 0


def _call_until_it_dies(scene: Scene, answered: list[UUID]) -> None:
    try:
        while True:
            response = scene.post(f"openai/{scenes.CHAT}", x_emporion_team="soft")
            answered.append(UUID(response.headers["x-emporion-call"]))
            if len(answered) >= ENOUGH:
                scene.process.kill()
    except httpx.TransportError:
        return
