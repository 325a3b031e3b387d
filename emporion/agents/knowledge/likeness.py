"""How like two questions are: whether the owner's answer to one of them answers the other.

Sentence vectors alone call "How do I renew my plan?" and "How do I cancel my plan?" nearly the same; the words that only one of
them holds tell them apart.
"""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA

from .encoder import ACROSS, MEANING, Encoder, from_bytes
from .lexicon import content_words, fold, language_of, stem, words
from .types import QuestionPair

SURE = 0.72
POSSIBLE = 0.66
_LOOKED_AT = 5
_WORDS_SHARE = 0.4  # how much the worst held word of the question moves the likeness
_WORD_LEVEL = 0.6
_TYPO = 0.74
_ONLY_ACROSS = 0.3


def likest_pairs(question: str, pairs: Sequence[QuestionPair], encoder: Encoder) -> list[tuple[QuestionPair, float]]:
    """The owner's questions most like this one, and how like (0 to 1), the likest first."""
    if not pairs:
        return []
    vector = encoder.encode_query(question)
    vectors = from_bytes([pair.embedding for pair in pairs])
    meaning, across = vectors[:, MEANING] @ vector[MEANING], vectors[:, ACROSS] @ vector[ACROSS]
    language = language_of(question)
    found = []
    for place in np.argsort(-np.maximum(meaning, across))[:_LOOKED_AT]:
        pair = pairs[place]
        # Few words do not tell their language; that only the vectors across languages are near does.
        is_foreign = language_of(pair.question) != language or across[place] - meaning[place] > _ONLY_ACROSS
        near = float(max(meaning[place], across[place]) if is_foreign else meaning[place])
        if not is_foreign and near < 1.0:
            near = _tempered(near, question, pair, language, encoder)
        found.append((pair, near))
    return sorted(found, key=lambda one: -one[1])


def _tempered(near: float, question: str, pair: QuestionPair, language: str, encoder: Encoder) -> float:
    """The likeness of the vectors, moved by the word of the question that the pair holds least; 0 when that word is a name."""
    asked = content_words(question)
    if not asked:
        return near
    held = list(dict.fromkeys(content_words(f"{pair.question} {pair.answer}")))
    folded = {fold(word) for word in held} | {stem(fold(word), language) for word in held}
    new = [word for word in dict.fromkeys(asked) if not _holds(fold(word), folded, language)]
    if not new:
        return min(1.0, near + _WORDS_SHARE * (1 - _WORD_LEVEL))
    if not held or (language != "de" and any(_is_name(word, question) for word in new)):
        return 0.0
    vectors = encoder.encode_words([fold(word) for word in (*new, *held)])
    worst = float((vectors[: len(new)] @ vectors[len(new) :].T).max(axis=1).min())
    return min(1.0, near + _WORDS_SHARE * (worst - _WORD_LEVEL))


def _holds(word: str, held: set[str], language: str) -> bool:
    if word in held or stem(word, language) in held:
        return True
    return len(word) > 3 and any(OSA.normalized_similarity(word, other) >= _TYPO for other in held)


def _is_name(word: str, question: str) -> bool:
    """A capital inside the sentence, which German gives to every noun; words that are all capitals are often just shouted."""
    return word[:1].isupper() and not word.isupper() and words(question)[:1] != (word,)
