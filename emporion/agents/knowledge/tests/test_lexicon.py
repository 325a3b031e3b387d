"""Words of writing with and without spaces: what is cut out of a run, what is dropped, and what is taken for the same word."""

import tomllib
from pathlib import Path

import pytest

from emporion.agents.knowledge import lexicon
from emporion.agents.knowledge.answers import Guidance, answer
from emporion.agents.knowledge.lexicon import content_words, document_language, fold, language_of, stem, words
from tests.knowledge_sets import indexed

pytestmark = pytest.mark.requirement("BUY-17", "BUY-23")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请问你们周六几点关门？", ["周六", "几点", "关门"]),
        ("有没有地方停车？", ["地方", "停车"]),
        ("駐車場はありますか？", ["駐車場"]),
        ("チケットの払い戻しはできますか", ["チケット", "払い戻し"]),
        ("주차장이 있나요?", ["주차장"]),
        ("배송은 얼마나 걸려요?", ["배송", "걸려"]),
        ("ยกเลิกการจองได้ไหม", ["ยกเลิก", "การจอง"]),
        ("هل يوجد موقف للسيارات؟", ["موقف", "للسيارات"]),
    ],
)
def test_of_a_question_without_spaces_the_words_that_say_something_are_left(text, said):
    assert content_words(text) == said


def test_what_no_table_knows_is_cut_into_overlapping_pairs_and_katakana_stay_whole():
    assert words("扎染作坊") == ("扎染", "染作", "作坊")
    assert words("スノーボード") == ("スノーボード",)


def test_marks_that_make_another_letter_are_kept_and_accents_are_not():
    assert (fold("ガラス"), fold("บุหรี่"), fold("Café"), fold("مجّاناً")) == ("ガラス", "บุหรี่", "cafe", "مجانا")
    assert words("يُعاد المبلغ") == ("يُعاد", "المبلغ")


def test_an_arabic_word_is_the_same_with_its_article_and_what_is_attached_to_it():
    assert len({stem(fold(word), "ar") for word in ("بطاقة", "البطاقة", "بالبطاقة", "والبطاقة", "للبطاقة")}) == 1
    assert len({stem(fold(word), "ar") for word in ("توصيل", "التوصيل", "وللتوصيل", "توصيلكم")}) == 1


def test_what_is_written_in_han_alone_is_japanese_among_japanese_documents_unless_it_holds_chinese_small_words():
    assert language_of("営業時間", default="ja") == "ja"
    assert language_of("Quanto custa o passeio a Lisboa?", default="en", likely={"pt"}) == "pt"
    assert language_of("Quanto costa la gita a Lisbona?", default="en", likely={"pt"}) == "it"
    assert language_of("营业时间是什么时候", default="ja") == language_of("营业时间") == "zh"
    assert document_language("السعر 5 ريال") == "ar"


def test_each_word_of_the_tables_without_spaces_is_cut_out_whole():
    stored = tomllib.loads(Path(lexicon.__file__).with_name("contacts.toml").read_text("utf-8"))
    listed = {word for said in stored["words"].values() for word in said.split()}
    assert [word for word in sorted(listed) if language_of(word) in {"zh", "ja", "ko", "th"} and words(word) != (word,)] == []


def test_a_table_of_latin_letters_beside_arabic_documents_is_not_taken_for_arabic() -> None:
    hours = "Day,Open\nMonday,closed\nTuesday,09:00\n"
    arabic = "# مواعيد العمل\nنحن نفتح من الأحد إلى الخميس من الساعة 9:00 صباحًا حتى 18:00 مساءً. المتجر مغلق يوم الجمعة.\n"
    index = indexed([("shop", "shop.md", arabic.encode()), ("hours", "hours.csv", hours.encode())])
    assert {row.document_id: row.language for row in index.rows} == {"shop": "ar", "hours": "en"}
    assert answer("متى تفتحون؟", index=index, guidance=Guidance()).answered


def test_the_short_i_of_russian_is_a_letter_of_its_own_and_the_two_dots_of_its_yo_are_not() -> None:
    assert (fold("чайный"), fold("Ёлка"), fold("їжак"), fold("ΔΩΜΆΤΙΟ"), fold("τους")) == (
        "чайный",
        "елка",
        "іжак",
        "δωματιο",
        "τουσ",
    )
    assert len({stem(fold(word), "ru") for word in ("бесплатный", "бесплатной", "бесплатная", "бесплатных")}) == 1


def test_words_of_ukrainian_greek_and_hindi_are_the_same_with_their_endings() -> None:
    assert len({stem(fold(word), "uk") for word in ("картка", "картки", "карткою", "картку")}) == 1
    assert len({stem(fold(word), "el") for word in ("κράτηση", "κρατήσεις", "κράτησης")}) == 1
    assert len({stem(fold(word), "hi") for word in ("कमरा", "कमरे", "कमरों")}) == 1
    assert words("होटल की कीमत") == ("होटल", "की", "कीमत")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Скільки коштує доставка?", "uk"),
        ("Чи можна оплатити карткою?", "uk"),
        ("Сколько стоит доставка?", "ru"),
        ("Нужно ли платить за анестезию отдельно?", "ru"),
        ("Πόσο κοστίζει το πρωινό;", "el"),
        ("כמה עולה החדר?", "he"),
        ("कमरे की कीमत क्या है?", "hi"),
    ],
)
def test_a_language_is_told_by_its_letters_and_among_those_that_share_them_by_its_small_words(text: str, language: str) -> None:
    assert language_of(text) == language
    assert document_language(text) == language


def test_what_is_written_alike_in_russian_and_ukrainian_is_in_the_language_of_the_documents() -> None:
    assert (language_of("телефон", default="uk"), language_of("телефон", default="ru"), language_of("телефон")) == (
        "uk",
        "ru",
        "ru",
    )
