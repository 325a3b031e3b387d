"""How an answer is laid out, and when a person is offered."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from emporion.agents.knowledge.actions import add_pair
from emporion.agents.runtime import actions
from emporion.agents.runtime.figures import figures_of, gaps_of
from emporion.agents.runtime.models import Agent, Message
from emporion.agents.runtime.rendering import quoted_html
from emporion.agents.runtime.rules import asks_for_person
from emporion.agents.runtime.sentences import language_of_visitor
from emporion.agents.runtime.tests.test_chat import ask, final
from emporion.agents.runtime.types import Channel, Finished, Mode, Turn
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor


@pytest.mark.requirement("BUY-17")
def test_a_quoted_list_is_shown_as_a_list(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    answer = "Bring these:\n- a <b>helmet</b>\n- gloves\n\n1. Sign in\n2. Climb"
    add_pair(library_id=agent_id, question="What do I need for climbing?", answer=answer, actor=alice, now=utcnow())
    html = final(ask(alice_client, agent_id, "What do I need for climbing?"))["html"]
    assert "<p>Bring these:</p><ul><li>a &lt;b&gt;helmet&lt;/b&gt;</li><li>gloves</li></ul>" in html
    assert '<ol><li value="1">Sign in</li><li value="2">Climb' in html


@pytest.mark.requirement("BUY-17")
def test_a_quoted_row_of_a_table_is_shown_by_its_columns(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    answer = "Dish: carrot <b>cake</b>\nAllergens: nuts, egg\n\nNote: ask us.\nWe know."
    add_pair(library_id=agent_id, question="What is in the carrot cake?", answer=answer, actor=alice, now=utcnow())
    html = final(ask(alice_client, agent_id, "What is in the carrot cake?"))["html"]
    columns = "<dt>Dish</dt><dd>carrot &lt;b&gt;cake&lt;/b&gt;</dd><dt>Allergens</dt><dd>nuts, egg</dd>"
    assert f'<dl class="fields">{columns}</dl>' in html
    assert "<p>Note: ask us.<br>We know." in html


@pytest.mark.requirement("BUY-17")
def test_quoted_rows_with_the_same_columns_are_shown_as_a_table() -> None:
    html = quoted_html(
        "We open:\nDay: Monday; Open: closed\nDay: Friday; Open: 8:00 to 18:00\n\nDay: Sunday; Open: 9 <b>[1]\nCall us."
    )
    rows = "<tr><td>Monday</td><td>closed</td></tr><tr><td>Friday</td><td>8:00 to 18:00</td></tr>"
    rows += "<tr><td>Sunday</td><td>9 &lt;b&gt;[1]</td></tr>"
    assert (
        f'<p>We open:</p><div class="scroll" tabindex="0"><table><thead><tr><th>Day</th><th>Open</th></tr></thead><tbody>{rows}'
        in html
    )
    assert html.endswith("</table></div><p>Call us.</p>")
    assert "<table" not in quoted_html("Note: ask us; Hint: we know.\n\nPrice: 3; Size: S\n\nNote: that is all.")


@pytest.mark.requirement("BUY-17")
def test_quoted_rows_with_empty_cells_stay_in_one_table() -> None:
    html = quoted_html(
        "Day: Monday; Open: closed\n\nDay: Thursday; Open: 9; Note: late; Until: 20\n\nDay: Friday; Open: 9; Until: 18"
    )
    names = ("Day", "Open", "Note", "Until")
    assert "".join(f'<th role="columnheader">{name}</th>' for name in names) in html
    for row in (("Monday", "closed", "", ""), ("Thursday", "9", "late", "20"), ("Friday", "9", "", "18")):
        cells = "".join(f'<td role="cell" data-label="{name}">{cell}</td>' for name, cell in zip(names, row, strict=True))
        assert f'<tr role="row">{cells}</tr>' in html
    assert quoted_html("Day: Monday; Day: Friday; Open: 9") == "<p>Day: Monday; Day: Friday; Open: 9</p>"


@pytest.mark.requirement("BUY-17")
def test_the_source_of_a_row_stands_in_the_first_cell_of_a_wide_table() -> None:
    html = quoted_html("Boat: Punt; Hour: 9; Day: 31; Week: 140 [1]\n\nBoat: Skiff; Hour: 12; Day: 40 [2]")
    assert 'data-label="Boat">Punt [1]</td>' in html
    assert 'data-label="Week">140</td>' in html
    assert 'data-label="Boat">Skiff [2]</td>' in html
    assert "<td>31 [1]</td>" in quoted_html("Boat: Punt; Day: 31 [1]\n\nBoat: Skiff; Day: 40 [2]")


@pytest.mark.requirement("BUY-17")
def test_quoted_steps_keep_their_numbers() -> None:
    assert (
        quoted_html("First:\n4. Open it.\n5) Close it.")
        == '<p>First:</p><ol><li value="4">Open it.</li><li value="5">Close it.</li></ol>'
    )
    assert quoted_html("1. Lessons\n\nThey last an hour.\n- On foot\n- By boat") == (
        "<p>1. Lessons</p><p>They last an hour.</p><ul><li>On foot</li><li>By boat</li></ul>"
    )


@pytest.mark.requirement("BUY-17", "SEC-03")
@pytest.mark.parametrize(
    "text", ["a: <script>\nb: {evil}", "- <script>", "1. {0} {evil}", "a\n- b\nc", "-5 degrees", "", "* \n*"]
)
def test_whatever_is_quoted_stays_text(text: str) -> None:
    html = quoted_html(text)
    assert "<script" not in html
    for word in ("evil", "degrees"):
        assert (word in html) == (word in text)


@pytest.mark.requirement("BUY-17")
def test_code_that_is_quoted_keeps_its_indentation() -> None:
    code = "def add(item):\n    items = []\n    return items [1]"
    assert quoted_html(f"It runs.\n\n{code}") == (
        '<p>It runs.</p><p class="as-written">def add(item):<br>    items = []<br>    return items [1]</p>'
    )


async def told(turn: Turn) -> Finished:
    found = [event async for event in actions.answer(turn=turn, now=utcnow()) if isinstance(event, Finished)]
    return found[0]


@pytest.mark.requirement("BUY-17")
def test_where_two_languages_are_as_near_the_agent_s_own_is_spoken() -> None:
    english_first = ("What is the phone number?", "Quanto custa o passeio a Lisboa?")
    assert language_of_visitor(*english_first, persona="pt") == "pt"
    assert language_of_visitor("Quanto custa a entrega?", persona="en") == "pt"
    assert language_of_visitor(*english_first[:1], "Quanto costa la gita a Lisbona?", persona="pt") == "it"


def test_a_person_is_offered_after_two_questions_without_an_answer(agent_id: UUID) -> None:
    conversation = new_id()

    def is_offered(question: str) -> bool:
        turn = Turn(agent_id=agent_id, text=question, channel=Channel.API, conversation_id=conversation, may_begin=True)
        return async_to_sync(told)(turn).offers_person

    assert not is_offered("Who won the 1998 world cup?")
    assert is_offered("Which wine goes with salmon?")
    assert not is_offered("How long are both signing secrets valid?")
    assert not is_offered("Who is the king of Norway?")
    assert is_offered("Can I talk to a human?")


@pytest.mark.requirement("BUY-17")
def test_who_asks_for_a_person_is_told_in_their_language_that_one_can_be_asked(alice_client: Client, agent_id: UUID) -> None:
    conversation = new_id()

    def said(question: str, channel: Channel) -> Finished:
        turn = Turn(agent_id=agent_id, text=question, channel=channel, conversation_id=conversation, may_begin=True)
        return async_to_sync(told)(turn)

    asked = said("Kann ich bitte mit einem Menschen sprechen?", Channel.WIDGET)
    assert asked.text.startswith("Gern. Jemand aus dem Team")
    assert (asked.mode, asked.cited, asked.offers_person) == (Mode.COURTESY, (), True)
    actions.request_person(agent_id=agent_id, conversation_id=conversation, reason="visitor", now=utcnow())
    again = said("Can I speak to a person please?", Channel.WIDGET)
    assert again.text.startswith("A person has been asked for.")
    assert not again.offers_person
    for urgent in ("It is urgent, what happens if I pay late?", "Which wine goes with salmon?"):
        meanwhile = said(urgent, Channel.WIDGET)
        assert meanwhile.text == "A person has been asked for, who reads this too and answers you here."
        assert (meanwhile.mode, meanwhile.offers_person, meanwhile.may_be_rated) == (Mode.PERSON, False, False)
    known = said("How long are both signing secrets valid?", Channel.WIDGET)
    assert "24 hours" in known.text, "what the sources answer is answered meanwhile"
    assert not Message.objects.filter(conversation__agent=agent_id, mode=Mode.UNKNOWN).exists()
    assert "Somebody from the team" in final(ask(alice_client, agent_id, "I want to talk to a human"))["html"]


@pytest.mark.requirement("BUY-17")
def test_who_asks_for_a_person_where_there_is_none_is_told_so(agent_id: UUID) -> None:
    turn = Turn(agent_id=agent_id, text="Can I speak to a person please?", channel=Channel.WIDGET)
    Agent.objects.filter(id=agent_id).update(offers_person=False)
    off = async_to_sync(told)(turn)
    assert off.text.startswith("I can’t bring in a person")
    assert not off.offers_person


@pytest.mark.requirement("BUY-17")
def test_the_owners_own_words_to_who_asks_for_a_person_win(alice: Actor, agent_id: UUID) -> None:
    question = "Can I speak to a person?"
    add_pair(library_id=agent_id, question=question, answer="Call 555 0100.", actor=alice, now=utcnow())
    said = async_to_sync(told)(Turn(agent_id=agent_id, text=f"{question[:-1]} please?", channel=Channel.WIDGET))
    assert said.text == "Call 555 0100. [1]"
    assert said.offers_person


@pytest.mark.requirement("BUY-17")
@pytest.mark.parametrize(
    ("question", "is_asking"),
    [
        ("Can I talk to a human?", True),
        ("Ich möchte mit einem Menschen sprechen", True),
        ("Quiero hablar con una persona", True),
        ("How many people can talk at once?", False),
        ("Who is a person with access?", False),
    ],
)
def test_who_asks_for_a_person_is_understood(question: str, is_asking: bool) -> None:
    assert asks_for_person(question) is is_asking


@pytest.mark.requirement("BUY-14")
def test_a_model_is_told_the_owners_topics(alice_client: Client, agent_id: UUID, use_model: Callable) -> None:
    server = use_model("openai")
    alice_client.post(f"/agents/{agent_id}/training/topics/", {"kind": "cover", "text": "Sailing to Bergen"})
    ask(alice_client, agent_id, "How long are both signing secrets valid?")
    assert "Sailing to Bergen" in str(server.requests)


@pytest.mark.requirement("BUY-17", "BUY-23")
def test_small_talk_is_counted_as_a_message_but_neither_as_a_gap_nor_as_a_question_without_an_answer(
    alice_client: Client, alice: Actor, agent_id: UUID
) -> None:
    now = utcnow()
    turn = Turn(agent_id=agent_id, text="Hallo!", channel=Channel.API, conversation_id=new_id(), may_begin=True)
    said = async_to_sync(told)(turn)
    assert (said.text, said.mode, said.answered, said.cited) == ("Hallo! Was möchten Sie wissen?", Mode.COURTESY, True, ())
    assert not said.offers_person
    assert "stands on no source" not in final(ask(alice_client, agent_id, "thank you"))["source"]
    figures = figures_of(alice, agent_id, start=now - timedelta(hours=1), now=utcnow())
    assert (figures.answers, figures.from_sources) == (2, None)
    assert gaps_of(alice, agent_id, now=utcnow()) == ((), 0)


@pytest.mark.requirement("BUY-17")
def test_a_thank_you_between_two_questions_without_an_answer_does_not_begin_the_count_anew(agent_id: UUID) -> None:
    conversation = new_id()

    def is_offered(question: str) -> bool:
        turn = Turn(agent_id=agent_id, text=question, channel=Channel.API, conversation_id=conversation, may_begin=True)
        return async_to_sync(told)(turn).offers_person

    asked = ("Who won the world cup in Qatar?", "thanks", "What is the capital of Brazil?")
    assert [is_offered(question) for question in asked] == [False, False, True]


@pytest.mark.requirement("BUY-13", "WID-09")
def test_the_team_s_own_tries_are_no_conversations_with_visitors(alice_client: Client, alice: Actor, agent_id: UUID) -> None:
    now = utcnow()
    ask(alice_client, agent_id, "Who won the world cup in Qatar?")
    figures = figures_of(alice, agent_id, start=now - timedelta(hours=1), now=utcnow())
    assert (figures.conversations, figures.from_sources, figures.answers) == (0, None, 1)
    assert sum(count for _day, count in figures.calls_by_day) == 1
    question = "How long are both signing secrets valid?"
    turn = Turn(agent_id=agent_id, text=question, channel=Channel.WIDGET, conversation_id=new_id(), may_begin=True)
    async_to_sync(told)(turn)
    figures = figures_of(alice, agent_id, start=now - timedelta(hours=1), now=utcnow())
    assert (figures.conversations, figures.from_sources, figures.answers) == (1, 1.0, 2)
