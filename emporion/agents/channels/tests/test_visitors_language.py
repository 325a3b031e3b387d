"""What the agent says of its own accord is in the visitor's language; what its owner wrote stays as written."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from emporion.agents.channels.forms import LANGUAGES as WIDGET_LANGUAGES
from emporion.agents.channels.models import Widget
from emporion.agents.channels.tests.test_visitors import Browser, publish
from emporion.agents.channels.tests.test_widget_in_a_browser import STATIC
from emporion.agents.knowledge.library import TopicKind
from emporion.agents.knowledge.models import Library, Topic
from emporion.agents.runtime import actions, refusals, sentences, shaping
from emporion.agents.runtime.errors import QuestionTooLong
from emporion.agents.runtime.models import Agent, Blueprint, Branding
from emporion.agents.runtime.types import Persona
from emporion.billing.models import Subscription
from emporion.plumbing.types import Actor

HELLO = "Hello! How can I help you?"
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
        ("Чи продаєте ви плюшевих жирафів?", "Не знаю: у моїх джерелах"),
        ("Πουλάτε λούτρινες καμηλοπαρδάλεις;", "Δεν"),
        ("godziny otwarcia giraffe", "Nie wiem"),
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


LATER = {"de": "kommen Sie später wieder", "es": "Vuelva más tarde", "fr": "Revenez plus tard", "el": "Ελάτε ξανά αργότερα"}


@pytest.mark.requirement("WID-01", "WID-08")
def test_a_widget_that_rests_or_may_not_run_here_says_so_in_the_browser_s_or_its_own_language(
    alice: Actor, widget: Widget, now
) -> None:
    Widget.objects.filter(id=widget.id).update(is_paused=True)
    for language, later in LATER.items():
        answer = Browser(widget, accepted=f"xx;q=0.9, {language}-XX;q=0.8, en;q=0.1").begin()
        assert (answer.status_code, later in answer.json()["said"]) == (403, True)
        assert answer.json()["title"] == "This assistant is paused.", "programs and owners read what they always did"
        assert later in Browser(widget, accepted=language).config().json()["said"]
    assert Browser(widget).begin().json()["said"] == "This assistant is paused. Please come back later."
    Widget.objects.filter(id=widget.id).update(is_paused=False)
    publish(alice, widget, now, language="fr", allowed_domains=("*.halyard.example",), verified_only=True)
    elsewhere = Browser(widget, "https://other.example", accepted="de").begin()
    assert elsewhere.json()["said"] == "Cet assistant n’est pas autorisé sur ce site.", (
        "the widget's own language, like its words"
    )
    unproven = Browser(widget, accepted="de").begin()
    assert (unproven.status_code, unproven.json()["said"]) == (401, "Connectez-vous sur ce site pour discuter ici.")
    wrong = Browser(widget, accepted="de").begin(token="abc.def")
    assert wrong.json()["said"].startswith("Votre identité n’a pas pu être vérifiée.")
    assert "n’est plus ici" not in Browser(widget).begin().content.decode()
    nowhere = Client(headers={"Accept-Language": "ja"}).get("/widget/nope/looks/")
    assert (nowhere.status_code, nowhere.json()["said"]) == (404, "このアシスタントはもうここにはありません。")


@pytest.mark.requirement("WID-01", "WID-08")
def test_a_message_that_is_refused_is_refused_in_its_own_language(widget: Widget) -> None:
    browser = Browser(widget, accepted="el")
    browser.begin()

    def refused(text: str, status: int) -> str:
        answer = browser.say(text, text[:9])
        assert answer.status_code == status
        return answer.json()["said"]

    assert (
        refused("Wie lange gilt das bei Ihnen? " * 200, 422) == "Diese Nachricht ist zu lang. Kürzen Sie sie auf 4.000 Zeichen."
    )
    assert refused("Combien de temps est-ce que cela est valable pour nous ? " * 2_000, 413).startswith(
        "Ce message est trop long."
    )
    assert refused(" ", 422) == "Δεν υπάρχει ερώτηση σε αυτό το μήνυμα."
    lost = browser.say("Czy są jeszcze jakieś bilety na jutro?", "k", conversation_id=str(uuid4()))
    assert (lost.status_code, lost.json()["said"]) == (404, "Tej rozmowy już tu nie ma. Prosimy zacząć nową.")
    Subscription.objects.update(paused_by=[str(widget.id)])
    spent = browser.say(STRANGE, "k5")
    assert (spent.status_code, spent.json()["said"]) == (
        429,
        "Cet assistant ne peut pas répondre pour le moment. Revenez plus tard.",
    )
    for _ in range(30):
        often = browser.say("何時まで開いていますか？", "k6")
    assert (often.status_code, often.json()["said"][:9]) == (429, "短時間にメッセージ")
    ended = browser.post("/conversations/x/feedback/", {}, session="gone")
    assert ended.status_code == 404
    ended = browser.post("/messages/", {"text": STRANGE, "key": "k"}, session="gone")
    assert (ended.status_code, ended.json()["said"]) == (401, "Cette session de chat est terminée. Rouvrez le chat.")


@pytest.mark.requirement("WID-01")
def test_every_language_that_the_agent_speaks_has_every_refusal_with_its_number() -> None:
    assert set(refusals._TABLE) == sentences.LANGUAGES
    for language, words in refusals._TABLE.items():
        assert set(words) == set(refusals.Refusal), language
        assert len(set(words.values())) == len(words), language
        long = refusals.told(QuestionTooLong(), language)
        assert "000" in long, language
        english = refusals._TABLE["en"].values()
        assert language == "en" or not set(words.values()) & set(english), language


@pytest.mark.requirement("WID-01")
def test_every_language_has_every_sentence_with_its_place_and_name() -> None:
    english = sentences._TABLE["en"]
    for language, words in sentences._TABLE.items():
        assert set(words) == set(english) == set(sentences.Sentence), language
        for name in words:
            shown = sentences.say(sentences.Sentence(name), language, place="{a} %s", name="Zoë")
            assert ("{a} %s [1]" in shown, "Zoë" in shown) == (name == "closest", name in {"joined", "left"}), (language, name)


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
def test_the_product_s_greeting_speaks_as_the_persona_does_and_an_owner_s_stays(alice: Actor, widget: Widget, now) -> None:
    browser = Browser(widget, accepted="is")

    def greeting() -> str:
        return browser.begin().json()["welcome"]

    Branding.objects.filter(agent_id=widget.agent_id).update(welcome=HELLO)
    for language, words in (("fr", "Bonjour ! Comment"), ("ja", "こんにちは"), ("el", "Γεια σας")):
        shaping.save_persona(agent_id=widget.agent_id, persona=Persona(name="Hermès", language=language), actor=alice, now=now)
        assert greeting().startswith(words)
    Branding.objects.filter(agent_id=widget.agent_id).update(welcome="Moin!")
    assert greeting() == "Moin!"


@pytest.mark.requirement("WID-01", "WID-02")
def test_the_product_s_greeting_is_in_the_widget_s_language_else_in_the_visitor_s(alice: Actor, widget: Widget, now) -> None:
    def greeting(accepted: str) -> str:
        one = Browser(widget, accepted=accepted)
        begun = one.begin().json()["welcome"]
        looks = one.client.get(f"{one.base}/looks/", headers={"Authorization": f"Bearer {one.session}"})
        assert looks.json()["welcome"] == begun, "an open panel is not greeted otherwise a minute later"
        return begun

    Branding.objects.filter(agent_id=widget.agent_id).update(welcome=HELLO)
    for language in sentences.LANGUAGES:
        expected = sentences.say(sentences.Sentence.WELCOME, language)
        assert greeting(f"is, {language}-XX;q=0.8, en;q=0.1") == expected
    assert greeting("nb-NO, en") == greeting("nn") == sentences.say(sentences.Sentence.WELCOME, "no")
    assert greeting("is") == HELLO, "the persona's, where the agent speaks none of the visitor's"
    publish(alice, widget, now, language="fr")
    assert greeting("de") == "Bonjour ! Comment puis-je vous aider ?"
    Branding.objects.filter(agent_id=widget.agent_id).update(welcome="Moin!")
    assert greeting("de") == "Moin!", "an owner's stays as written"
    publish(alice, widget, now, language="fr", welcome="Ohé !")
    assert greeting("de") == "Ohé !"


@pytest.mark.requirement("WID-02")
def test_the_widget_s_own_words_are_there_in_every_language_that_the_agent_speaks() -> None:
    assert set(dict(sentences.NAMES)) == sentences.LANGUAGES
    assert set(dict(WIDGET_LANGUAGES)) == {"", *sentences.LANGUAGES}
    for name, count in (("words.js", 16), ("loader.js", 6)):
        lines = [line.strip() for line in (STATIC / name).read_text().splitlines()]
        rows = [(line[:2], json.loads(line[4:].rstrip(","))) for line in lines if line[2:5] == ": ["]
        assert sorted(code for code, _ in rows) == sorted(sentences.LANGUAGES), name
        english = dict(rows)["en"]
        for code, words in rows:
            assert (len(words), all(words)) == (count, True), (name, code)
            same = {one for one, first in zip(words, english, strict=True) if one == first}
            assert code == "en" or same <= {"Source", "Send", "Stop"}, (name, code)


@pytest.mark.requirement("BUY-17", "WID-11")
def test_the_conversation_tells_both_sides_that_a_person_was_asked_for_has_come_and_has_left(
    browser: Browser, alice: Actor, alice_client: Client, now
) -> None:
    browser.say(STRANGE)
    for _ in range(2):
        browser.post(f"/conversations/{browser.conversation}/person/", {})
    page = alice_client.get(f"/inbox/{browser.conversation}/").content.decode()
    assert page.count("Je vous mets en relation avec une personne") == 1
    assert "<time" in page.split("Je vous mets en relation")[1].split("</p>")[0]
    for _ in range(2):
        actions.take_over(conversation_id=browser.conversation, actor=alice, now=now)
    actions.close_handover(conversation_id=browser.conversation, actor=alice, now=now)
    told = browser.read(browser.conversation).json()
    assert [one["speaker"] for one in told["messages"]] == ["visitor", "agent", "notice", "notice", "notice"]
    assert told["messages"][-2]["text"] == f"{alice.name} a rejoint la conversation et vous répond."
    assert told["messages"][-1]["text"] == f"{alice.name} a quitté la conversation. C’est de nouveau moi qui réponds."
    assert told["handover"] == "closed"
    browser.say("Et des girafes en bois ?", "k2", conversation_id=browser.conversation)
    assert said(browser).startswith("Je ne sais pas")
