"""What everybody asks a firm is answered by what looks like it, in whatever words it is asked and told."""

import pytest

from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.contacts import Fact, facts_asked
from emporion.agents.knowledge.encoder import to_bytes
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, pair_rows, rows_of
from emporion.agents.knowledge.types import Evidence, QuestionPair

pytestmark = pytest.mark.requirement("BUY-17")

PLAN = """# The plan

End the plan by e-mail to plan@slaney.example, 14 days before it renews. It costs €16.50 a month.

A call-out costs €120 before midnight and €180 between midnight and 8.00. The phone in the waiting room is out of order.
"""
VISITING = """# Visiting us

Slaney Bridge Clinic, 4 Mill Lane, Enniscorthy, Co. Wexford. Tel. 053 555 0142, hello@slaney.example.

| Day | Reception |
|---|---|
| Monday to Friday | 8.30–18.30 |
| Saturday | 9.00–13.00 |

Parking is behind the house.
"""
PRAXIS = """# Unsere Praxis

Reinhäuser Landstraße 114, 37083 Göttingen. Telefon 0551 40 71 90. Montags ist von 8 bis 12 Uhr offen.
"""
CLINIC_DOCUMENTS = {"plan.md": PLAN, "visiting.md": VISITING, "prices.csv": "Treatment,Price\nVaccination,€58\nMicrochip,€35\n"}
PRAXIS_DOCUMENTS = {"praxis.md": PRAXIS, "kurse.md": "# Kurse\n\nDer Rückenkurs dauert von 18 bis 19 Uhr und kostet 90 Euro."}


def _index(encoder, documents):
    rows = []
    for name, text in documents.items():
        document = parse(text.encode(), name=name)
        passages = chunk(document)
        rows += rows_of(document, passages, embed_passages(document.title, passages, encoder), document_id=name)
    return PassageIndex(rows, encoder)


@pytest.fixture(scope="module")
def clinic(encoder):
    return _index(encoder, CLINIC_DOCUMENTS)


@pytest.fixture(scope="module")
def praxis(encoder):
    return _index(encoder, PRAXIS_DOCUMENTS)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("phone number?", "053 555 0142"),
        ("What is your telephone number, please?", "053 555 0142"),
        ("Hello, how can I contact you?", "053 555 0142"),
        ("email address", "hello@slaney.example"),
        ("Where are you?", "4 Mill Lane, Enniscorthy, Co. Wexford"),
        ("Where are you located?", "4 Mill Lane"),
        ("opening hours", "8.30–18.30"),
        ("When are you open?", "Saturday; Reception: 9.00–13.00"),
        ("¿Cuál es su número de teléfono?", "053 555 0142"),
        ("numéro de téléphone svp", "053 555 0142"),
        ("Öffnungszeiten?", "8.30–18.30"),
        ("Telefon und Adresse?", "4 Mill Lane"),
    ],
)
def test_it_is_quoted_in_whatever_words_it_is_asked(clinic, question, told):
    said = answer(question, index=clinic, guidance=Guidance())
    assert said.evidence is Evidence.PASSAGE
    assert told in said.text
    assert {citation.document_id for citation in said.citations} == {"visiting.md"}


def test_two_that_are_asked_for_together_are_both_told(clinic):
    said = answer("Your phone number and opening hours?", index=clinic, guidance=Guidance()).text
    assert "053 555 0142" in said
    assert "18.30" in said


def test_it_is_told_in_other_languages_and_not_taken_from_what_only_looks_like_it(praxis):
    for question, told in (
        ("Wo seid ihr?", "Landstraße 114"),
        ("Telefonnummer", "0551"),
        ("Wann habt ihr geöffnet?", "8 bis 12"),
    ):
        assert told in answer(question, index=praxis, guidance=Guidance()).text
    assert not answer("E-Mail-Adresse?", index=praxis, guidance=Guidance()).answered


@pytest.mark.parametrize(
    "question",
    [
        "phone number of the manager",
        "e-mail for invoices",
        "Can I pay by phone?",
        "Where are the dogs?",
        "How long is the call?",
        "",
    ],
)
def test_a_question_that_asks_for_more_is_not_one_of_them(question):
    assert facts_asked(question) == ()


def test_an_e_mail_address_is_no_place_and_words_of_any_language_ask():
    assert facts_asked("adresse e-mail") == (Fact.EMAIL,)
    assert facts_asked("adres") == (Fact.PLACE,)
    assert facts_asked("номер телефона") == (Fact.TELEPHONE,)
    assert facts_asked("Jak się z wami skontaktować?") == (Fact.CONTACT,)
    where = ("你们在哪里？", "どこにありますか", "어디에 있어요?", "أين يقع محلكم؟", "ร้านอยู่ที่ไหน")
    assert {facts_asked(one) for one in where} == {(Fact.PLACE,)}
    assert facts_asked("ما هو رقم هاتفكم؟") == facts_asked("電話番号は？") == (Fact.TELEPHONE,)


@pytest.mark.parametrize("number", ["0285-55-0187", "03-1234-5678"])
def test_a_number_that_begins_as_a_date_does_is_a_telephone_number_all_the_same(encoder, number):
    index = _index(encoder, {"a.md": f"# お問い合わせ\n\n電話 {number}（平日のみ）"})
    assert number in answer("電話番号", index=index, guidance=Guidance()).text


def test_hours_at_which_the_telephone_is_answered_are_not_when_a_place_is_open(encoder):
    contact = "# 문의\n\n전화 02-555-0148\n\n상담은 평일 9시부터 18시까지 가능합니다."
    index = _index(encoder, {"a.md": contact, "b.md": "# 운영 시간\n\n평일 6시부터 22시까지."})
    assert "22시" in answer("몇 시에 문을 여나요?", index=index, guidance=Guidance()).text


def test_where_the_firm_is_may_be_asked_by_what_it_is_and_an_address_be_told_by_its_name(encoder):
    school = "# Escola de equitação da Quinta\n\nMorada: Vale das Éguas, 3060-123 Cantanhede.\n\nO picadeiro é coberto."
    index = _index(encoder, {"a.md": school, "b.md": "# Contas\n\nE-mail address: a@quinta.example. Passwords have 8 letters."})
    for question in ("Onde fica a quinta?", "morada da escola", "Where is the school located?"):
        assert "Vale das Éguas" in answer(question, index=index, guidance=Guidance()).text, question
    assert not answer("Where is the museum?", index=index, guidance=Guidance()).answered


def test_of_hours_all_days_are_told_those_on_which_it_is_closed_and_those_that_are_named_in_short(encoder):
    days = ["Segunda-feira: fechado", "Terça a sexta-feira: 9h00 – 12h30", "Sábado: 9h00 – 13h00", "Domingo: fechado"]
    index = _index(encoder, {"a.md": "# Regulamento\n\n## Horário\n\n" + "\n".join(f"- {day}" for day in days)})
    said = answer("Qual é o horário?", index=index, guidance=Guidance()).text
    assert [day for day in days if day not in said] == []


def test_what_the_owner_answers_wins_and_is_quoted_as_theirs(encoder, clinic):
    asked = "Whom do I ring at night?"
    pair = QuestionPair(
        id="q1", question=asked, answer="At night ring 087 555 0199.", embedding=to_bytes(encoder.encode_query(asked))
    )
    index = PassageIndex([*pair_rows([pair], clinic.rows)], encoder)
    said = answer("phone number?", index=index, guidance=Guidance(pairs=(pair,)))
    assert (said.evidence, said.text) == (Evidence.QUESTION_PAIR, pair.answer)


def test_the_time_of_day_is_not_told_by_opening_hours(clinic):
    assert not answer("What time is it?", index=clinic, guidance=Guidance()).answered


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("Scuola Lanterna, via dei Merciai 27, 61029 Urbino (PU)", True),
        ("Estamos en la calle Mayor 4, junto al ayuntamiento.", True),
        ("Scriveteci via WhatsApp 333 555 0188 o via mail entro 24 ore.", False),
    ],
)
def test_streets_are_written_small_too(encoder, text, is_told):
    index = _index(encoder, {"a.md": text, "b.md": "# Corsi\n\nIl corso dura due settimane e costa 90 euro."})
    said = answer("indirizzo?" if "via" in text else "¿dirección?", index=index, guidance=Guidance())
    assert (said.answered and text[:20] in said.text) is is_told
