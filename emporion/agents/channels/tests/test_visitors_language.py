"""What the agent says of its own accord is in the visitor's language; what its owner wrote stays as written."""

import json

import pytest
from django.test import Client

from emporion.agents.channels.forms import LANGUAGES as WIDGET_LANGUAGES
from emporion.agents.channels.models import Widget
from emporion.agents.channels.tests.test_visitors import Browser
from emporion.agents.channels.tests.test_widget_in_a_browser import STATIC
from emporion.agents.knowledge.library import TopicKind
from emporion.agents.knowledge.models import Library, Topic
from emporion.agents.runtime import actions, sentences, shaping
from emporion.agents.runtime.forms import LANGUAGES as PERSONA_LANGUAGES
from emporion.agents.runtime.models import Agent, Blueprint, Branding
from emporion.agents.runtime.types import Persona
from emporion.plumbing.types import Actor

STRANGE = "Est-ce que vous vendez des girafes en peluche à Lyon ?"


@pytest.fixture
def browser(widget: Widget) -> Browser:
    one = Browser(widget)
    one.begin()
    return one


def said(browser: Browser) -> str:
    return browser.read(browser.conversation).json()["messages"][-1]["text"]


@pytest.mark.requirement("WID-01", "BUY-17")
@pytest.mark.parametrize(
    ("question", "begins"),
    [
        (STRANGE, "Je ne sais pas : mes sources"),
        ("Gibt es bei euch auch Giraffen aus Plüsch?", "Das weiß ich nicht: Meine Quellen"),
        ("キリンのぬいぐるみはありますか？", "わかりません"),
        ("Do you sell stuffed giraffes?", "I don’t know: my sources"),
    ],
)
def test_a_refusal_is_in_the_language_of_the_question(browser: Browser, question: str, begins: str) -> None:
    browser.say(question)
    assert said(browser).startswith(begins)


@pytest.mark.requirement("WID-01", "BUY-15")
def test_where_the_question_does_not_tell_the_persona_s_language_counts(
    browser: Browser, alice: Actor, widget: Widget, now
) -> None:
    shaping.save_persona(agent_id=widget.agent_id, persona=Persona(name="Hermès", language="fr"), actor=alice, now=now)
    browser.say("Girafes")
    assert said(browser).startswith("Je ne sais pas")


@pytest.mark.requirement("WID-01")
def test_that_nobody_is_there_and_that_a_person_comes_is_in_the_visitor_s_language(browser: Browser, widget: Widget) -> None:
    browser.say(STRANGE)
    asked = browser.post(f"/conversations/{browser.conversation}/person/", {}).json()
    assert asked == {"said": "Je vous mets en relation avec une personne, qui vous répondra ici."}
    Blueprint.objects.update(handover_message="I am getting Zoë.")
    assert browser.post(f"/conversations/{browser.conversation}/person/", {}).json() == {"said": "I am getting Zoë."}
    Agent.objects.filter(id=widget.agent_id).update(is_answering=False)
    browser.say("Quels sont vos horaires ?", "k2", conversation_id=browser.conversation)
    assert said(browser) == "L’assistant est absent pour le moment."


@pytest.mark.requirement("WID-01", "BUY-14")
def test_a_topic_to_avoid_is_refused_in_the_visitor_s_language_or_as_written(browser: Browser, widget: Widget) -> None:
    Library.objects.filter(id=widget.agent_id).update(avoid_message="")
    library = Library.objects.get(id=widget.agent_id)
    assert Topic.objects.filter(library=library, kind=TopicKind.AVOID, text="Legal advice").exists()
    browser.say("Pouvez-vous me donner un conseil, legal advice, pour mon affaire ?")
    assert said(browser) == "Je ne peux pas parler de cela ici."
    Library.objects.filter(id=widget.agent_id).update(avoid_message="I cannot help with that here.")
    browser.say("Et pour un legal advice dans cette affaire ?", "k2", conversation_id=browser.conversation)
    assert said(browser) == "I cannot help with that here."


@pytest.mark.requirement("WID-01")
def test_every_language_has_every_sentence_with_its_place_and_name() -> None:
    english = sentences._TABLE["en"]
    for language, words in sentences._TABLE.items():
        assert set(words) == set(english) == set(sentences.Sentence), language
        for name in words:
            shown = sentences.say(sentences.Sentence(name), language, place="{a} %s", name="Zoë")
            assert ("{a} %s [1]" in shown, "Zoë" in shown) == (name == "closest", name == "left"), (language, name)


@pytest.mark.requirement("WID-01")
def test_what_happened_is_told_in_the_visitor_s_language_when_an_answer_fails(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("emporion.agents.runtime.engine.find", broken)
    browser.say(STRANGE)
    failed = json.loads(browser.events.split("event: failed\ndata: ")[1].split("\n")[0])
    assert failed["message"].startswith("Un problème est survenu")


@pytest.mark.requirement("BUY-15", "WID-02")
def test_the_product_s_greeting_speaks_as_the_persona_does_and_an_owner_s_stays(
    browser: Browser, alice: Actor, widget: Widget, now
) -> None:
    def greeting() -> str:
        return browser.begin().json()["welcome"]

    Branding.objects.filter(agent_id=widget.agent_id).update(welcome="Hello! How can I help you?")
    for language, words in (("fr", "Bonjour ! Comment"), ("ja", "こんにちは"), ("el", "Γεια σας")):
        shaping.save_persona(agent_id=widget.agent_id, persona=Persona(name="Hermès", language=language), actor=alice, now=now)
        assert greeting().startswith(words)
    Branding.objects.filter(agent_id=widget.agent_id).update(welcome="Moin!")
    assert greeting() == "Moin!"


@pytest.mark.requirement("WID-02")
def test_the_widget_s_own_words_are_there_in_every_language_that_a_persona_speaks() -> None:
    for code, _ in PERSONA_LANGUAGES:
        assert code in dict(WIDGET_LANGUAGES)
        for name, count in (("words.js", 17), ("loader.js", 5)):
            lines = (STATIC / name).read_text().splitlines()
            rows = [row for row in lines if row.strip().startswith(f"{code}: [")]
            assert [len(json.loads(row.strip()[4:].rstrip(","))) for row in rows] == [count], (name, code)


@pytest.mark.requirement("BUY-17", "WID-11")
def test_the_conversation_tells_both_sides_that_a_person_was_asked_for_and_has_left(
    browser: Browser, alice: Actor, alice_client: Client, now
) -> None:
    browser.say(STRANGE)
    for _ in range(2):
        browser.post(f"/conversations/{browser.conversation}/person/", {})
    page = alice_client.get(f"/inbox/{browser.conversation}/").content.decode()
    assert page.count("Je vous mets en relation avec une personne") == 1
    assert "<time" in page.split("Je vous mets en relation")[1].split("</p>")[0]
    actions.take_over(conversation_id=browser.conversation, actor=alice, now=now)
    actions.close_handover(conversation_id=browser.conversation, actor=alice, now=now)
    told = browser.read(browser.conversation).json()
    assert [one["speaker"] for one in told["messages"]] == ["visitor", "agent", "notice", "notice"]
    assert told["messages"][-1]["text"] == f"{alice.name} a quitté la conversation. C’est de nouveau moi qui réponds."
    assert told["handover"] == "closed"
    browser.say("Et des girafes en bois ?", "k2", conversation_id=browser.conversation)
    assert said(browser).startswith("Je ne sais pas")
