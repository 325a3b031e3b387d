"""Words that stand for each other: what customers ask in their words is found in the firm's, in whatever language."""

import tomllib
from pathlib import Path

import pytest

from emporion.agents.knowledge import thesaurus
from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.chunking import chunk
from emporion.agents.knowledge.meanings import is_name
from emporion.agents.knowledge.parsing import parse
from emporion.agents.knowledge.retrieval import PassageIndex, embed_passages, rows_of
from emporion.agents.knowledge.thesaurus import kinship, language_of_words, meanings_of, respelt

SYNONYMS = Path(thesaurus.__file__).with_name("synonyms")
pytestmark = pytest.mark.requirement("BUY-17", "BUY-23")

HOURS = """Rubrique;Jour ou service;Horaires;Tarif (EUR)
Horaires;Lundi;Fermé;
Horaires;Mardi;10h00 - 19h00;
Horaires;Vendredi;10h00 - 20h00;
Horaires;Samedi;9h30 - 19h30;
Tarif;Ballotin 250 g assortiment;;16,90
Tarif;Atelier découverte adulte (2 h);;65,00
Tarif;Atelier enfant (1 h 30, dès 6 ans);;38,00
"""
FAQ = """# Questions fréquentes

## Où se trouve la boutique ?

Nous sommes au 14 rue Victor-Hugo, 69002 Lyon, à deux minutes à pied de la place Carnot.

## Livrez-vous à l'étranger ?

Nous expédions en Belgique, en Suisse et en Allemagne sous trois à cinq jours ouvrés.
"""


@pytest.fixture(scope="module")
def chocolatier(encoder):
    rows = []
    for name, text in (("horaires.csv", HOURS), ("faq.md", FAQ)):
        document = parse(text.encode(), name=name)
        passages = chunk(document)
        rows += rows_of(document, passages, embed_passages(document.title, passages, encoder), document_id=name)
    return PassageIndex(rows, encoder)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("a quelle heure vous ouvrez le samdi ?", "9h30"),
        ("Vous êtes ouverts le lundi ?", "Fermé"),
        ("what are your opening hours on Saturday?", "9h30"),
        ("Wann haben Sie am Freitag geöffnet?", "20h00"),
        ("cest combien le ballotin 250g", "16,90"),
        ("Liefern Sie nach Deutschlnad?", "en Allemagne"),
        ("Où êtes-vous ?", "rue Victor-Hugo"),
    ],
)
def test_what_is_asked_in_other_words_or_another_language_is_found(chocolatier, question, said):
    assert said in answer(question, index=chocolatier, guidance=Guidance()).text


@pytest.mark.parametrize("question", ["Do you ship to the USA?", "Liefern Sie nach Spanien?", "quel temps fait-il à Lyon ?"])
def test_another_country_than_those_in_the_documents_and_the_weather_are_refused(chocolatier, question):
    assert not answer(question, index=chocolatier, guidance=Guidance()).answered


@pytest.mark.parametrize(
    ("question", "places"), [("Quels sont vos horaires ?", 4), ("How much is a workshop?", 2), ("horaires samedi", 1)]
)
def test_of_a_table_all_rows_that_answer_alike_are_quoted(chocolatier, question, places):
    said = answer(question, index=chocolatier, guidance=Guidance())
    assert len({place.passage_id for place in said.citations}) == places
    assert [place.row for place in said.citations] == sorted(place.row for place in said.citations)


SHOPS = {
    "ar": (
        "# ساعات العمل\n\nمن السبت إلى الخميس من 9 صباحاً إلى 8 مساءً.",
        "# الشحن\n\nيصل الطلب خلال ثلاثة أيام، والرسوم ريالان.",
    ),
    "zh": ("# 营业时间\n\n周一到周六 9:00 至 20:00。", "# 配送\n\n三天内送到，运费十元。"),
    "ja": ("# 営業時間\n\n月曜から土曜まで、9時から20時まで。", "# 配送\n\nお届けまで三日かかります。送料は500円です。"),
    "ko": (
        "# 영업시간\n\n월요일부터 토요일까지, 9시부터 20시까지.",
        "# 배송\n\n주문하시면 3일 안에 보내 드립니다. 배송비는 3,000원입니다.",
    ),
    "th": ("# เวลาทำการ\n\nวันจันทร์ถึงวันเสาร์ 9.00–20.00 น.", "# การจัดส่ง\n\nส่งถึงภายในสามวัน ค่าส่ง 50 บาท"),
}


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("ar", "متى تفتحون؟"),
        ("zh", "你们几点开门？"),
        ("ja", "何時に開きますか？"),
        ("ko", "몇 시에 문을 여나요?"),
        ("th", "เปิดกี่โมง"),
    ],
)
def test_the_hours_of_a_shop_without_latin_letters_are_told_in_its_language_and_in_english(language, asked, encoder):
    rows = []
    for name, text in zip(("hours.md", "delivery.md"), SHOPS[language], strict=True):
        document = parse(text.encode(), name=name)
        passages = chunk(document)
        rows += rows_of(document, passages, embed_passages(document.title, passages, encoder), document_id=name)
    index = PassageIndex(rows, encoder)
    told = {
        question: answer(question, index=index, guidance=Guidance()).citations
        for question in (asked, "When are you open?", "How much is delivery?")
    }
    assert [places[0].document_id if places else None for places in told.values()] == ["hours.md", "hours.md", "delivery.md"]


def test_a_word_has_the_meanings_of_its_language_only():
    assert meanings_of("samedi", ["fr"]) == meanings_of("saturday", ["en"]) == meanings_of("samstag", ["de"])
    assert all(map(is_name, meanings_of("samedi", ["fr"])))
    assert meanings_of("allemagne", ["fr"]) == meanings_of("deutschland", ["de"])
    assert meanings_of("samedi", ["en"]) == meanings_of("samedi", ["xx"]) == frozenset()
    assert (respelt("deutschlnad", "de"), respelt("qzqzqz", "de")) == ("deutschland", "")


def test_the_table_holds_every_language_of_each_meaning_and_no_word_twice():
    stored = tomllib.loads((SYNONYMS / "common.toml").read_text("utf-8"))
    assert set(stored.pop("loose").split()) <= set(stored)
    every = set().union(*stored.values())
    for name, said in stored.items():
        assert set(said) == every, name
        for listed in said.values():
            assert len(listed.split()) == len(set(listed.split())), (name, listed)


def test_a_few_words_without_small_ones_are_in_the_language_whose_table_alone_has_them() -> None:
    told = [
        language_of_words(text, default="en") for text in ("godziny otwarcia", "öppettider", "openingstijden", "ώρες λειτουργίας")
    ]
    assert told == ["pl", "sv", "nl", "el"]
    told = [language_of_words(text, default="en") for text in ("parking", "giraffes", "opening hours", "the horario")]
    assert told == ["en", "en", "en", "en"], "in several tables, in none, in English, with a small word of it"


def test_a_word_of_many_meanings_stands_less_for_another_that_shares_one_of_them():
    dog = meanings_of("labrador", ["en"])
    assert kinship(dog, meanings_of("hund", ["de"]), "dog") > 0.8
    door = frozenset({"harbour", "door", "berth", "bringing", "carrying", "janitor", "main_course", "own_food", "takeaway"})
    assert 0 < kinship(door, frozenset({"harbour", "boat"}), "harbour") < 0.5
    assert kinship(meanings_of("price", ["en"]), meanings_of("preis", ["de"]), "price") == 1.0


@pytest.mark.parametrize("path", sorted(SYNONYMS.glob("*.toml")), ids=lambda path: path.stem)
def test_each_file_of_words_is_in_order(path):
    """Its loose meanings are there, and each has the five languages that most visitors write."""
    stored = tomllib.loads(path.read_text("utf-8"))
    assert set(stored.pop("loose").split()) <= set(stored)
    for name, said in stored.items():
        assert {"en", "de", "fr", "es", "it"} <= set(said), name
        for listed in said.values():
            assert len(listed.split()) == len(set(listed.split())), (name, listed)
