"""Words of many languages made comparable: folded, stemmed, without the small words; what is unspaced as `unspaced` cuts it."""

import re
import threading
import tomllib
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import snowballstemmer
from rapidfuzz.distance import OSA

from .unspaced import HAN, HANGUL, THAI, has_kana, small_words, words_of

_LISTED: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("small_words.toml").read_text("utf-8"))
_STEMMERS = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "pt": "portuguese", "nl": "dutch",
    "pl": "polish", "tr": "turkish", "sv": "swedish", "da": "danish", "cs": "czech", "ru": "russian",
    "ar": "arabic", "el": "greek", "hi": "hindi", "fi": "finnish", "hu": "hungarian", "no": "norwegian", "ro": "romanian",
}  # fmt: skip
_OWN_LETTERS = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "pl": "ąćęłńśźż", "tr": "ğşı", "da": "øæ", "no": "øæ", "hu": "őű", "ro": "țșţ",
    "cs": "ěřůťď",
}  # fmt: skip
_HEBREW_MARK = re.compile("(?<=[\u05d0-\u05ea])['\"\u05f3\u05f4\u2019\u201d](?=[\u05d0-\u05ea])")  # as in דו״ח, one word
_ENGLISH_TOO = frozenset(_LISTED["english_too"]["words"].split())
_ARABIC_MARKS = "\u0640\u064b-\u065f\u0670"  # the short vowels, and what stretches a word
_MARKS = rf"{_ARABIC_MARKS}\u0591-\u05c7\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # Hebrew's, and the vowels of Hindi
_UNSPACED = f"{HAN}{HANGUL}{THAI}"
_LETTERS = rf"(?:[^\W_{_UNSPACED}][{_MARKS}]*)+"
_TOKEN = re.compile(rf"[{HAN}]+|[{HANGUL}]+|[{THAI}]+|{_LETTERS}(?:[.'\u2019]{_LETTERS})*|_+[^\W_{_UNSPACED}]+", re.UNICODE)
_HYPHENATED = re.compile(r"\b[^\W\d_]+(?:-[^\W\d_]+)+\b")
_LONGEST_JOINED = 10
_TELLING_SHARE = 0.03  # prose has 30 to 50 % of small words, a manual full of code 15 %
_MEASURED = re.compile(r"(\d+)([kmcd]?[glm]|[kmgt]b|k?wh?|min|h|s)", re.IGNORECASE)  # `250g` is written `250 g`, too
_IN_TOKEN = re.compile(r"[.'\u2019]")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_IS_CJK = re.compile(rf"[{HAN}{HANGUL}]")
# Those of the kana, of Hindi and of Thai make another letter; Hindi's dot below is left out by many.
_KEPT_MARK = re.compile("[\u3099\u309a\u0900-\u093b\u093d-\u097f\u0e00-\u0e7f]")
_SHORT_I = ("и\u0306", "й")  # as one letter: the endings of Russian and Ukrainian are told by it
_ARTICLE = re.compile(r"[وف]?(?:[بك]?ال|لل)(?=\w{3})")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")), ("ko", re.compile(r"[\uac00-\ud7af]")), ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")), ("ar", re.compile(r"[\u0600-\u06ff]")), ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")), ("he", re.compile(r"[\u0590-\u05ff]")), ("hi", re.compile(r"[\u0900-\u097f]")),
)  # fmt: skip
NOT_LATIN = frozenset(language for language, _ in _SCRIPTS)
_BY_SCRIPT = {"ja", "ko", "zh", "ar", "th", "el", "he", "hi"}  # alone, without their small words
_UKRAINIAN_ENDING = re.compile(
    r"(?:[ауюиіея]ми|[оеє]ві|[еоії]му|[оеє]ю|ого|ими|іми|ість|ості|істю|ння|нню|[аеиії]х|[аяи]м|[оеє]м|[иії]й|ів|ти|ємо|ємо|[еєиі]ть|[ую]ть"
    r"|[иі]мо|[иеє]ш|[аяиіу]л[аои]?|[аеиоуіюяьйєї])$"
)
_HUNGARIAN_ENDING = re.compile(r"(?<=\w{3})(?:[brt]ol|n[ae]l|ert|kent)$")  # the stemmer knows them by their accents alone
_SHORTEST_STEM = 3
_UKRAINIAN, _RUSSIAN = re.compile("[іїєґІЇЄҐ]"), re.compile("[ыэёъЫЭЁЪ]")
_UNDECOMPOSED = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ى": "ي", "\u0640": ""})


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Lower case without accents; those that make another letter stay."""
    if word.isascii():
        return word.lower()
    spread = unicodedata.normalize("NFKD", word.casefold().translate(_UNDECOMPOSED)).replace(*_SHORT_I)
    bare = "".join(mark for mark in spread if not unicodedata.combining(mark) or _KEPT_MARK.match(mark))
    return unicodedata.normalize("NFC", bare) if has_kana(bare) else bare


STOP_WORDS = {language: frozenset(words.split()) for language, words in _LISTED["small"].items()} | small_words()
_TELLS = {language: small.union(_LISTED["telling"].get(language, "").split()) for language, small in STOP_WORDS.items()}
_STOP = {language: frozenset(fold(word) for word in words) for language, words in STOP_WORDS.items()}
_stemming = threading.local()  # a stemmer keeps the word that it works on in itself


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words as written, with runs without spaces cut; `flask.Flask` gives its parts too."""
    found: list[str] = []
    text = _HEBREW_MARK.sub("", text)
    is_japanese = has_kana(text)
    for match in _TOKEN.finditer(text):
        token = match.group()
        if _IS_UNSPACED.match(token):
            found.extend(words_of(token, is_japanese=is_japanese))
            continue
        for part in filter(None, _IN_TOKEN.split(token)):
            measured = _MEASURED.fullmatch(part)
            found.extend(measured.groups() if measured else (part,))
    return tuple(found)


def joined_words(text: str) -> dict[str, tuple[str, ...]]:
    """Short words written with a hyphen, as others write them without one: `Wi-Fi` gives {"WiFi": ("Wi", "Fi")}."""
    found = (match.group().split("-") for match in _HYPHENATED.finditer(text))
    return {"".join(parts): tuple(parts) for parts in found if sum(map(len, parts)) <= _LONGEST_JOINED}


@lru_cache(maxsize=131_072)
def stem(folded: str, language: str) -> str:
    """The stem of a folded word; languages without a stemmer keep the word."""
    if language == "uk":
        return _without_ukrainian_ending(folded)
    name = _STEMMERS.get(language)
    if name is None or not (folded.isalpha() or language == "hi") or len(folded) < 3:
        return folded
    if language == "ar":  # the stemmer takes the ب of بطاقة for a prefix and that of البطاقة not
        folded = _ARTICLE.sub("", folded, count=1)
    if language == "hu":
        folded = _HUNGARIAN_ENDING.sub("", folded)
    stemmers: dict[str, snowballstemmer.stemmer] = _stemming.__dict__.setdefault("stemmers", {})
    if name not in stemmers:
        stemmers[name] = snowballstemmer.stemmer(name)
    found = str(stemmers[name].stemWord(folded))
    return folded if language == "hi" and len(found) == 1 else found  # food and account would both be ख


def _without_ukrainian_ending(folded: str) -> str:
    """A word without its commonest endings, for which there is no stemmer."""
    bare = _UKRAINIAN_ENDING.sub("", folded.removesuffix("ся").removesuffix("сь"), count=1)
    return bare if len(bare) >= _SHORTEST_STEM else folded


def is_small_word(folded: str, language: str) -> bool:
    """True for words that say nothing about the subject in that language."""
    return folded in _STOP.get(language, frozenset()) or (len(folded) == 1 and not folded.isdigit() and not _IS_CJK.match(folded))


@lru_cache(maxsize=16_384)
def is_nearly_small_word(folded: str, language: str) -> bool:
    """True for what is one slip of the pen away from a small word of three letters or more."""
    if language in small_words():
        return False
    near = (word for word in _STOP.get(language, ()) if len(word) > 2 and abs(len(word) - len(folded)) <= 1)
    return any(OSA.distance(folded, word, score_cutoff=1) <= 1 for word in near)


def content_words(text: str) -> list[str]:
    """The words as written that say something about the subject, in the text's own language and in English."""
    language = language_of(text)
    return [word for word in words(text) if not is_small_word(fold(word), language) and not is_small_word(fold(word), "en")]


def document_language(text: str) -> str:
    """The language of a document; nothing where too few small words tell, as in a list of prices."""
    language = language_of(text)
    small = STOP_WORDS.get(language)
    if small is None or language in _BY_SCRIPT:
        return language
    present = [match.group().casefold() for match in re.finditer(r"[^\W\d_]+", text)]
    return language if sum(word in small for word in present) >= _TELLING_SHARE * len(present) else ""


def language_of(text: str, *, default: str = "en", likely: Collection[str] = ()) -> str:
    """The language by script, else by its small words; `default` where too few tell, `likely` where two others are as near."""
    for language, script in _SCRIPTS:
        if len(script.findall(text)) > 0.2 * sum(1 for letter in text if letter.isalpha()):
            return _among_written_alike(language, text, default)
    present = [match.group().casefold() for match in re.finditer(r"[^\W\d_]+", text)]
    present = [word for word in present if word not in _ENGLISH_TOO]
    scores = {language: sum(1 for word in present if word in telling) for language, telling in _TELLS.items()}
    for language, letters in _OWN_LETTERS.items():
        scores[language] += any(letter in text for letter in letters)
    best = max(scores, key=lambda language: (scores[language], language == default, language in likely))
    return best if scores[best] > scores.get(default, 0) or scores[best] >= 2 else default


def _among_written_alike(language: str, text: str, default: str) -> str:
    """The language of a text whose script, of which `language` is the commonest, others use, too."""
    if language == "zh" and default == "ja" and not _is_chinese(text):
        return "ja"
    if language == "ru" and not _RUSSIAN.search(text):
        present = set(map(fold, words(text)))
        more = len(present & _STOP["uk"]) - len(present & _STOP["ru"])
        return "uk" if _UKRAINIAN.search(text) or more > 0 or (default == "uk" and not more) else "ru"
    return language


def _is_chinese(text: str) -> bool:
    """Whether what is written in Han alone holds a small word of Chinese; 営業時間 may be asked by a Japanese."""
    return any(word in STOP_WORDS["zh"] for word in words(text))
