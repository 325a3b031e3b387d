"""What sort of thing a question asks for is told in the languages of small talk, and so is whether a sentence holds one."""

import pytest

from emporion.agents.knowledge.expected import SORTS, counted_in, holds, numbered, sort_asked

pytestmark = pytest.mark.requirement("BUY-17")

ASKED = {
    "price": (
        "How much is a litre of diesel?", "What does a coffee cost?", "what is the monthly fee", "Was kostet ein neuer Akku?",
        "Wie hoch ist die Kaution?", "Combien coûte la location ?", "Quel est le prix du gaz ?", "¿Cuánto cuesta el envío?",
        "Quanto costa il parcheggio?", "Quanto custa reativar o serviço?", "Hoeveel kost bezorgen?", "Ile kosztuje podręcznik?",
        "Vad kostar det att renovera?", "Сколько стоит рентген?", "会議室の料金はいくらですか？",
    ),
    "span": (
        "How long does delivery take?", "Within how many days can I return it?", "Wie lange ist die Kündigungsfrist?",
        "Combien de temps dure le tournoi ?", "¿Cuánto tarda el envío?", "Quanto dura una lezione?", "Hoe lang duurt het?",
        "Jak długo trwa egzamin?", "Сколько длится операция?",
    ),
    "moment": (
        "When do you open?", "What time is breakfast?", "Wann fährt der Bus?", "À quelle heure ouvrez-vous ?",
        "¿A qué hora cierran?", "Quando aprite?", "Hoe laat gaat de winkel open?", "Kiedy zaczyna się kurs?", "Когда вы открыты?",
    ),
    "often": ("How often do you meet?", "Wie oft fährt der Bus?", "Combien de fois par an ?", "¿Cada cuánto?", "Как часто?"),
    "weight": ("How heavy are the headphones?", "Wie schwer ist die Maschine?", "Quanto pesa?", "Hoe zwaar is de betonmolen?"),
    "telephone": ("What is the phone number of the desk?", "Wie ist die Telefonnummer?", "電話番号を教えてください。"),
    "count": ("How many books do you have?", "Wie viele Gäste dürfen mit?", "¿Cuántas maletas caben?", "Ile książek jest?"),
    "": (
        "How much vacation do employees get?", "Who bakes the cakes?", "Can I pay by phone?", "Wie buche ich einen Kurs?",
        "Is there a fee?",
    ),
}  # fmt: skip

HELD = [
    ("price", "The fuel berth sells diesel and petrol from 8 am to 6 pm.", False),
    ("price", "Il Rosso Lupo riposa diciotto mesi in botte e va servito a 18 gradi.", False),
    ("price", "The back room costs nothing from a bill of 250.", True),
    ("price", "Der Aufschlag beträgt 12 Euro.", True),
    ("price", "Standard delivery costs £3.95.", True),
    ("price", "Le parking est gratuit.", True),
    ("price", "Item: Espresso Price: 20", True),
    ("span", "Ouvert jusqu'à la fin", True),
    ("span", "Die Kündigungsfrist beträgt drei Monate.", True),
    ("span", "We answer within two working days.", True),
    ("span", "The tournament is on Friday.", False),
    ("moment", "The office is open on Saturdays.", True),
    ("moment", "Le short de bain n'est pas admis.", False),
    ("often", "The entire company gathers in person twice a year.", True),
    ("often", "Der Bus fährt alle zwanzig Minuten.", True),
    ("often", "The bus stops at the gate.", False),
    ("figure", "Er fährt alle zwanzig Minuten.", True),
    ("figure", "It is an old house.", False),
    ("weight", "It carries 20 kg.", True),
    ("weight", "Machine: Betonmolen; Dag: € 28", False),
    ("telephone", "Call us on +44 20 7946 0958.", True),
    ("telephone", "Call the harbour office on channel 80.", False),
    ("address", "Write to desk@example.org.", True),
    ("address", "Write to us.", False),
]


@pytest.mark.parametrize(("sort", "question"), [(sort, one) for sort, each in ASKED.items() for one in each])
def test_what_is_asked_for_is_told_by_its_wording(sort: str, question: str) -> None:
    assert sort_asked(question) == sort


@pytest.mark.parametrize(("sort", "sentence", "is_held"), HELD)
def test_a_sentence_holds_it_or_not(sort: str, sentence: str, is_held: bool) -> None:
    assert sort in {*SORTS, "figure"}
    assert holds(sort, sentence) is is_held


def test_a_count_says_what_of_and_a_sentence_what_its_numbers_count() -> None:
    assert [counted_in(one) for one in ("How many rooms are there?", "Wie viele Gäste?", "combien d'animaux ?", "Who?")] == [
        "rooms", "Gäste", "animaux", "",
    ]  # fmt: skip
    assert list(numbered("It takes 22 people and three dogs")) == ["people", "and", "three", "dogs"]
