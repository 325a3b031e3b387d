"""The pages of an agent: after a purchase, overview, persona, branding, inbox."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from emporion.accounts.models import Person
from emporion.agents.runtime import actions, desk, queries
from emporion.agents.runtime.models import Agent, Conversation, Message, PersonaVersion
from emporion.agents.runtime.tests.test_chat import ask, events, final
from emporion.agents.runtime.types import Channel, Delta, Finished, Turn
from emporion.agents.tests.model_server import ModelServer
from emporion.billing.actions import end_all
from emporion.billing.models import Subscription, UsageRecord
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.notify.models import Notification
from emporion.plumbing.types import Actor

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
QUESTION = "How long are both signing secrets valid?"


@pytest.mark.requirement("BUY-11", "BUY-10")
def test_right_after_the_purchase_the_wizard_is_there_even_before_the_job_ran(
    alice_client: Client, buy: Callable[..., UUID], drain
) -> None:
    subscription_id = buy("starter", deliver=False)
    assert not Agent.objects.filter(subscription_id=subscription_id).exists()
    page = alice_client.get(f"/agents/{subscription_id}/welcome/").content.decode()
    assert "Docs Agent is ready" in page
    drain()
    assert Agent.objects.filter(subscription_id=subscription_id).count() == 1


@pytest.mark.requirement("BUY-11")
def test_the_wizard_sets_name_language_and_welcome_and_leads_to_the_first_chat(alice_client: Client, agent_id: UUID) -> None:
    said = {"name": "Ariadne", "language": "de", "welcome": "Guten Tag!"}
    page = alice_client.post(f"/agents/{agent_id}/welcome/", said, follow=True)
    assert page.redirect_chain[-1][0] == f"/agents/{agent_id}/"
    assert "Guten Tag!" in page.content.decode()
    assert "Ariadne" in page.content.decode()


@pytest.mark.requirement("BUY-11")
def test_the_wizard_can_be_skipped(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.post(f"/agents/{agent_id}/welcome/", {"skip": "1"}, follow=True)
    assert page.redirect_chain[-1][0] == f"/agents/{agent_id}/"
    assert "Hello! Ask me about Halyard." in page.content.decode()


@pytest.mark.requirement("BUY-13", "BIL-07")
def test_an_agent_whose_plan_is_used_up_says_so_on_each_of_its_pages(alice_client: Client, buy: Callable[..., UUID]) -> None:
    agent_id = buy("tiny")
    for key in ("one", "two"):
        ask(alice_client, agent_id, QUESTION, key=key)
    for path in (f"/agents/{agent_id}/", f"/agents/{agent_id}/training/", f"/agents/{agent_id}/persona/"):
        page = alice_client.get(path).content.decode()
        assert "Paused by the plan" in page, path
        assert "It answers nobody until the next month begins, or until you choose a larger plan." in page, path
        assert f'href="/subscriptions/{agent_id}/"' in page, path
        assert "Answering" not in page, path
    assert "Paused by the plan" in alice_client.get("/agents/").content.decode()


@pytest.mark.requirement("BUY-13", "BIL-08")
def test_an_agent_whose_invoice_was_not_paid_says_so_to_its_owner_and_refuses_questions(
    alice_client: Client, agent_id: UUID
) -> None:
    Subscription.objects.update(paused_by=[str(agent_id)])
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert "The subscription is paused, because an invoice was not paid" in page
    assert "Answering" not in page
    assert "is paused" in alice_client.get("/dashboard/").content.decode()
    refused = ask(alice_client, agent_id, QUESTION, key="one")
    assert "The subscription is paused." in str(refused)


@pytest.mark.requirement("BUY-13")
def test_an_agent_whose_subscription_has_ended_does_not_claim_to_answer(
    alice_client: Client, alice: Actor, agent_id: UUID, now: datetime
) -> None:
    assert "Answering" in alice_client.get(f"/agents/{agent_id}/").content.decode()
    end_all(organisation_id=alice.organisation, now=now)
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert "The subscription has ended" in page
    assert "Answering" not in page


@pytest.mark.requirement("BUY-12")
def test_my_agents_lists_what_was_bought_and_every_tab_opens(alice_client: Client, agent_id: UUID) -> None:
    assert f"/agents/{agent_id}/" in alice_client.get("/agents/").content.decode()
    for tab in ("", "training/", "persona/", "branding/"):
        page = alice_client.get(f"/agents/{agent_id}/{tab}")
        assert page.status_code == 200
        assert page.content.decode().count('aria-current="page"') >= 1


@pytest.mark.requirement("BUY-20", "BUY-12")
def test_an_agent_is_called_as_its_owner_does_wherever_it_is_listed(alice_client: Client, agent_id: UUID) -> None:
    def shown(path: str) -> str:
        return " ".join(alice_client.get(path).content.decode().split())

    assert "Docs Agent</a></td>" in shown("/subscriptions/")
    alice_client.post(f"/agents/{agent_id}/welcome/", {"name": "Azenha", "language": "pt", "welcome": "Olá!"})
    assert "Azenha</a><small>Docs Agent · Starter</small>" in shown("/dashboard/")
    assert "Azenha</a><small>Docs Agent</small>" in shown("/subscriptions/")
    assert "<h1>Azenha</h1><p>Docs Agent, Starter plan" in shown(f"/subscriptions/{agent_id}/")


@pytest.mark.requirement("BUY-12")
def test_without_agents_the_list_says_what_will_be_here(alice_client: Client) -> None:
    page = alice_client.get("/agents/").content.decode()
    assert "No agents yet" in page
    assert "Find an agent" in page


@pytest.mark.requirement("BUY-13")
def test_the_overview_counts_what_happened_and_lists_what_was_not_answered(alice_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, QUESTION)
    message_id = Message.objects.get(speaker="agent").id
    conversation = next(data for name, data in told if name == "started")["conversation"]
    ask(alice_client, agent_id, "Who won the football world cup in Qatar?", conversation=conversation)
    alice_client.post(f"/agents/{agent_id}/messages/{message_id}/rating/", {"rating": "good"})
    Conversation.objects.update(channel=Channel.WIDGET)  # as if a visitor had asked
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert "50%" in page
    assert "100%" in page
    assert "of 1 ratings" in page
    gaps = page.split("Questions it could not answer")[1]
    assert "Who won the football world cup in Qatar?" in gaps
    assert "Teach" in gaps
    assert "more</summary>" not in gaps
    for wine in ("Merlot", "Syrah", "Malbec", "Riesling", "Sangiovese", "Grenache"):
        ask(alice_client, agent_id, f"Does {wine} go with salmon?")
    gaps = alice_client.get(f"/agents/{agent_id}/").content.decode().split("Questions it could not answer")[1]
    shown, more = gaps.split("Show 2 more</summary>")
    assert (shown.count("go with salmon?<"), more.count("go with salmon?<")) == (5, 1)
    assert "football world cup" in more


@pytest.mark.requirement("BUY-13")
def test_quick_settings_take_effect(alice_client: Client, agent_id: UUID) -> None:
    alice_client.post(f"/agents/{agent_id}/settings/", {"is_answering": "on", "only_from_sources": "on"})
    html = final(ask(alice_client, agent_id, QUESTION))["html"]
    assert "Hand over to a person" not in html
    alice_client.post(f"/agents/{agent_id}/settings/", {})
    assert "Away" in alice_client.get(f"/agents/{agent_id}/").content.decode()


@pytest.mark.requirement("BUY-13")
def test_who_may_not_configure_sees_the_quick_settings_and_cannot_turn_them(
    agent_id: UUID, alice_client: Client, bob_person: Person, client: Client
) -> None:
    client.force_login(bob_person)
    seen, own = (one.get(f"/agents/{agent_id}/").content.decode() for one in (client, alice_client))
    assert (seen.count('name="is_answering" checked disabled'), own.count('name="is_answering" checked')) == (1, 1)
    assert 'name="is_answering" checked disabled' not in own


@pytest.mark.requirement("BUY-17")
def test_thumbs_are_kept_and_taken_back(alice_client: Client, agent_id: UUID) -> None:
    ask(alice_client, agent_id, QUESTION)
    message = Message.objects.get(speaker="agent")
    address = f"/agents/{agent_id}/messages/{message.id}/rating/"
    alice_client.post(address, {"rating": "bad"})
    assert 'value="bad" aria-label="Bad answer" aria-pressed="true"' in alice_client.get(f"/agents/{agent_id}/").content.decode()
    alice_client.post(address, {"rating": "bad"})
    assert 'aria-label="Bad answer" aria-pressed="false"' in alice_client.get(f"/agents/{agent_id}/").content.decode()


@pytest.mark.requirement("BUY-15")
def test_a_persona_speaks_in_the_preview_before_it_is_saved(
    alice_client: Client, agent_id: UUID, use_model: Callable[..., ModelServer]
) -> None:
    server = use_model()
    said = {"name": "Kassandra", "tone": "formal", "language": "en", "rules": "Always end with a warning.", "question": QUESTION}
    response = alice_client.post(f"/agents/{agent_id}/persona/preview/", said, headers={"Accept": "text/event-stream"})
    assert "Both secrets stay valid" in final(events(response))["html"]
    assert "Kassandra" in server.said()
    assert "Always end with a warning." in server.said()
    assert "Formal and courteous." in server.said()
    ask(alice_client, agent_id, QUESTION)
    assert "Kassandra" not in server.said()
    assert Conversation.objects.filter(channel="preview").count() == 1


@pytest.mark.requirement("BUY-15")
def test_personas_have_versions_and_can_be_rolled_back(alice_client: Client, agent_id: UUID) -> None:
    address = f"/agents/{agent_id}/persona/"
    alice_client.post(address, {"name": "Kassandra", "tone": "formal", "language": "ar", "rules": "Warn."})
    page = alice_client.post(f"{address}versions/", {"number": "1"}, follow=True).content.decode()
    assert "saved as version 3" in page
    assert [one.name for one in PersonaVersion.objects.filter(agent_id=agent_id)] == ["Hermes", "Kassandra", "Hermes"]
    assert "1. Hermes" in page
    assert "formal · العربية · " in page


@pytest.mark.requirement("BUY-15")
def test_the_same_persona_saved_twice_makes_no_version(alice_client: Client, agent_id: UUID) -> None:
    address = f"/agents/{agent_id}/persona/"
    for _ in range(2):
        alice_client.post(address, {"name": "Kassandra", "tone": "formal", "language": "en", "rules": ""})
    assert PersonaVersion.objects.filter(agent_id=agent_id).count() == 2


@pytest.mark.requirement("BUY-16")
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(alice_client: Client, agent_id: UUID) -> None:
    page = alice_client.post(f"/agents/{agent_id}/branding/", {"colour": "#ffe066", "welcome": "Hi", "suggestions": ""})
    assert page.status_code == 422
    assert "too light" in page.content.decode()
    assert "data-contrast hidden" in page.content.decode(), "the figure is that of the colour which is kept"
    assert queries.branding(agent_id).colour != "#ffe066"


@pytest.mark.requirement("BUY-16")
def test_branding_is_saved_and_the_logo_is_served(alice_client: Client, agent_id: UUID) -> None:
    looks = {
        "colour": "#005f62",
        "welcome": "Grüezi!",
        "suggestions": "Wo?\nWann?\n\nWo?",
        "logo": SimpleUploadedFile("l.png", PNG),
    }
    page = alice_client.post(f"/agents/{agent_id}/branding/", looks, follow=True).content.decode()
    assert 'fill="#005f62"' in page
    assert "Grüezi!" in page
    assert queries.branding(agent_id).suggestions == ("Wo?", "Wann?")
    logo = Client().get(f"/agents/{agent_id}/logo/")
    assert logo.content == PNG
    assert logo["Content-Type"] == "image/png"


@pytest.mark.requirement("BUY-16", "SEC-02")
@pytest.mark.parametrize("content", [b"<svg onload='x()'/>", b"<html>", PNG + b"\0" * 1_100_000])
def test_a_logo_that_is_no_small_picture_is_refused(alice_client: Client, agent_id: UUID, content: bytes) -> None:
    looks = {"colour": "#005f62", "welcome": "", "suggestions": "", "logo": SimpleUploadedFile("l.png", content)}
    page = alice_client.post(f"/agents/{agent_id}/branding/", looks)
    assert "This logo cannot be used." in page.content.decode()
    assert queries.logo(agent_id) is None


@pytest.mark.requirement("BUY-17")
def test_a_person_takes_over_and_the_visitor_sees_it_in_the_same_chat(
    alice_client: Client, mary_client: Client, agent_id: UUID, drain: Callable[..., int]
) -> None:
    told = ask(alice_client, agent_id, "Who won the football world cup in Qatar?")
    conversation = next(data for name, data in told if name == "started")["conversation"]
    alice_client.post(f"/agents/{agent_id}/chat/{conversation}/person/")
    drain(utcnow())
    assert Notification.objects.filter(title__contains="asks for a person").exists()
    assert "football world cup" in mary_client.get("/inbox/").content.decode()
    mary_client.post(f"/inbox/{conversation}/act/", {"verb": "take"})
    mary_client.post(f"/inbox/{conversation}/act/", {"verb": "say", "question": "Argentina did."})
    log = alice_client.get(f"/agents/{agent_id}/chat/{conversation}/").content.decode()
    assert "Argentina did." in log
    assert "Mary" in log
    told = ask(alice_client, agent_id, "Thanks!", conversation=conversation)
    assert final(told)["html"] == ""
    assert "Thanks!" in mary_client.get(f"/inbox/{conversation}/").content.decode()
    mary_client.post(f"/inbox/{conversation}/act/", {"verb": "close"})
    assert "Nobody is waiting" in mary_client.get("/inbox/").content.decode()
    assert "24 hours" in final(ask(alice_client, agent_id, QUESTION, conversation=conversation))["html"]


@pytest.mark.requirement("BUY-17")
def test_two_people_do_not_talk_at_once(alice_client: Client, mary_client: Client, bob_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, QUESTION)
    conversation = next(data for name, data in told if name == "started")["conversation"]
    mary_client.post(f"/inbox/{conversation}/act/", {"verb": "take"})
    page = bob_client.post(f"/inbox/{conversation}/act/", {"verb": "take"}, follow=True).content.decode()
    assert "A colleague has taken this conversation." in page
    page = bob_client.post(f"/inbox/{conversation}/act/", {"verb": "say", "question": "Me too"}, follow=True).content.decode()
    assert "A colleague has taken this conversation." in page
    assert "Mary talks here" in page
    assert "Me too" not in page


@pytest.mark.requirement("BUY-17", "BUY-14")
def test_correcting_an_answer_teaches_a_pair(alice_client: Client, agent_id: UUID) -> None:
    ask(alice_client, agent_id, QUESTION)
    message = Message.objects.get(speaker="agent")
    form = alice_client.get(f"/agents/{agent_id}/training/pairs/?message={message.id}").content.decode()
    assert QUESTION in form
    alice_client.post(f"/agents/{agent_id}/correct/", {"question": QUESTION, "answer": "One day, no more."})
    assert "One day, no more." in final(ask(alice_client, agent_id, QUESTION))["html"]


@pytest.mark.requirement("SEC-01")
def test_a_stranger_sees_and_does_nothing(alice_client: Client, charlie_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, QUESTION)
    conversation = next(data for name, data in told if name == "started")["conversation"]
    message = Message.objects.get(speaker="agent").id
    assert str(agent_id) not in charlie_client.get("/agents/").content.decode()
    reads = ["", "welcome/", "persona/", "branding/", f"chat/{conversation}/", f"messages/{message}/sources/1/"]
    for path in reads:
        assert charlie_client.get(f"/agents/{agent_id}/{path}").status_code == 404, path
    writes = ["chat/", "settings/", "correct/", "persona/preview/", "persona/versions/", f"messages/{message}/rating/"]
    for path in writes:
        sent = {"question": "x", "answer": "y", "number": "1", "rating": "good", "name": "n", "tone": "formal", "language": "en"}
        assert charlie_client.post(f"/agents/{agent_id}/{path}", sent).status_code == 404, path
    assert charlie_client.get(f"/inbox/{conversation}/").status_code == 404
    assert charlie_client.post(f"/inbox/{conversation}/act/", {"verb": "take"}).status_code == 404


@pytest.mark.requirement("SEC-01")
def test_a_conversation_cannot_be_continued_by_somebody_else(alice_client: Client, bob_client: Client, agent_id: UUID) -> None:
    told = ask(alice_client, agent_id, QUESTION)
    conversation = next(data for name, data in told if name == "started")["conversation"]
    told = ask(bob_client, agent_id, "What did she ask?", conversation=conversation)
    assert told[0][0] == "failed"
    assert Message.objects.filter(conversation_id=conversation).count() == 2
    assert bob_client.get(f"/agents/{agent_id}/chat/{conversation}/").status_code == 404


@pytest.mark.requirement("SEC-01")
def test_one_agents_answers_never_come_from_anothers_documents(
    alice_client: Client, charlie_client: Client, agent_id: UUID, teach: Callable[[str, str], UUID], buy
) -> None:
    teach("safe.md", "# Safe\n\nThe code of the safe is 4711-ALPHA.\n")
    other = buy("starter")
    html = final(ask(alice_client, other, "What is the code of the safe?"))["html"]
    assert "4711" not in html


@pytest.mark.requirement("BUY-13")
def test_a_used_up_plan_that_pauses_says_so_and_keeps_nothing_half(alice_client: Client, buy: Callable[..., UUID]) -> None:
    agent_id = buy("tiny")
    for _ in range(2):
        ask(alice_client, agent_id, QUESTION)
    told = ask(alice_client, agent_id, QUESTION)
    assert told[0][0] == "failed"
    assert told[0][1]["next_step"]
    assert Message.objects.filter(speaker="visitor").count() == 2


@pytest.mark.requirement("REL-01")
def test_an_answer_cut_off_by_a_kill_is_shown_as_interrupted_and_can_be_retried(
    alice_client: Client, alice: Actor, agent_id: UUID, now
) -> None:
    turn = Turn(agent_id=agent_id, text=QUESTION, channel=Channel.TEST, customer_id=str(alice.id))
    opened = desk.open_turn(turn, now=utcnow() - timedelta(minutes=1))  # and then the process is killed
    page = alice_client.get(f"/agents/{agent_id}/").content.decode()
    assert QUESTION in page
    assert "This answer was interrupted." in page
    told = ask(alice_client, agent_id, "", conversation=str(opened.conversation_id), retry_of=str(opened.message_id))
    assert "24 hours" in final(told)["html"]
    assert Message.objects.filter(speaker="visitor").count() == 1
    assert Message.objects.filter(speaker="agent").count() == 1
    actions.mark_interrupted(now=utcnow())
    assert Message.objects.get(speaker="agent").state == "done"


@pytest.mark.requirement("REL-01")
def test_a_finished_answer_is_stored_and_counted_before_it_is_called_finished(
    alice_client: Client, alice: Actor, agent_id: UUID
) -> None:
    async def stop_at_finished() -> Finished:
        turn = Turn(agent_id=agent_id, text=QUESTION, channel=Channel.API, customer_id="c-é", key=str(new_id()))
        async for event in actions.answer(turn=turn, now=utcnow()):
            if isinstance(event, Finished):
                return event
        raise AssertionError

    event = async_to_sync(stop_at_finished)()
    assert Message.objects.get(id=event.message_id).state == "done"
    assert UsageRecord.objects.filter(event_id=str(event.message_id)).count() == 1


@pytest.mark.requirement("BUY-17")
def test_stopping_keeps_what_was_written(alice_client: Client, alice: Actor, agent_id: UUID, use_model) -> None:
    use_model().text = "Both secrets stay valid for 24 hours [1]. " * 20

    async def stop_early() -> None:
        turn = Turn(agent_id=agent_id, text=QUESTION, channel=Channel.API)
        answer = actions.answer(turn=turn, now=utcnow())
        async for event in answer:
            if isinstance(event, Delta):
                break
        await answer.aclose()

    async_to_sync(stop_early)()
    message = Message.objects.get(speaker="agent")
    assert message.state == "stopped"
    assert 0 < len(message.text) < 200
