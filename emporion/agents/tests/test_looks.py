"""The pages where an agent is taught, shaped and watched, as people see them and axe judges them in a real browser."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import expect

from emporion.accounts.models import Person
from emporion.agents.knowledge import actions as knowledge
from emporion.agents.runtime.models import Conversation
from emporion.agents.runtime.tests.test_chat import ask
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("UX-01")]


@pytest.fixture
def conversation_id(alice_client: Client, agent_id: UUID) -> UUID:
    """Somebody was answered, and then asked for a person; in a thread of its own, as the driver's loop runs in this one."""

    def talk() -> UUID:
        try:
            ask(alice_client, agent_id, "How long are both signing secrets valid?")
            conversation = Conversation.objects.get()
            alice_client.post(f"/agents/{agent_id}/chat/{conversation.id}/person/")
            return conversation.id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(talk).result()


@pytest.mark.requirement("BUY-14", "BUY-15", "BUY-16", "BUY-18")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_teaching_persona_branding_and_the_inbox_read_well(  # noqa: PLR0917 - fixtures
    screen: Callable[..., Screen],
    alice_person: Person,
    alice: Actor,
    agent_id: UUID,
    teach: Callable[[str, str], UUID],
    conversation_id: UUID,
    width: int,
    theme: str,
) -> None:
    source_id = teach("a-rather-long-name-of-a-file-about-signing-secrets-2026.md", "# Secrets\n\nRotate them each quarter.")
    knowledge.add_pair(library_id=agent_id, question="When do you open?", answer="At nine.", actor=alice, now=utcnow())
    seen = screen(width=width, theme=theme, person=alice_person)
    home = f"/agents/{agent_id}/"
    paths = (f"{home}training/", f"{home}training/{source_id}/", f"{home}persona/", f"{home}branding/", "/inbox/")
    for path in (*paths, f"/inbox/{conversation_id}/"):
        expect(seen.open(path).locator("h1").first).to_be_visible()
        assert seen.problems() == [], path
