"""How likely the best passage answers a question, by ten signals of the whole search: a logistic model for each case of language.

It is weighed together with the trees of `confidence`, which look word by word and are sure of little where a collection is small.
"""

import math
from dataclasses import dataclass

from .retrieval import Found, PassageIndex
from .signals import apart, mean_of_rest, named_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """What the decision looks at, each between about 0 and 1."""

    cosine: float
    cross_cosine: float
    sentence_cosine: float
    coverage: float
    sentence_coverage: float
    heaviest_missing: float
    named_missing: float
    margin: float
    asked: float
    likeness: float

    def values(self) -> tuple[float, ...]:
        """In the order of the coefficients."""
        return (
            self.cosine, self.cross_cosine, self.sentence_cosine, self.coverage, self.sentence_coverage,
            self.heaviest_missing, self.named_missing, self.margin, self.asked, self.likeness,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted decision: the log-odds are `bias + coefficients · signals`."""

    bias: float
    coefficients: tuple[float, ...]

    def log_odds(self, overall: Overall) -> float:
        """How likely such a passage answers."""
        return self.bias + sum(one * value for one, value in zip(self.coefficients, overall.values(), strict=True))


NATIVE = Model(bias=-5.718, coefficients=(2.238, -0.482, 3.517, 1.34, 1.728, -0.376, -1.359, 4.375, 2.631, 1.34))
NOT_ENGLISH = Model(bias=-6.647, coefficients=(-0.629, 1.432, 9.184, 1.233, 2.672, 0.667, -1.19, 3.339, 1.704, 1.233))
FOREIGN = Model(bias=-9.231, coefficients=(-0.491, 1.265, 7.315, 0.253, 1.47, -0.17, -2.095, 3.755, 3.9, 6.732))

_MUCH_ASKED = 5.0  # the logarithm of what some twenty rare words weigh together


def log_odds(found: Found, index: PassageIndex, *, sentence_cosine: float, sentence_coverage: float) -> float:
    """How likely the first passage of a search, which holds a sentence with those two, answers the question."""
    best = found.hits[0]
    weights = {group.word: group.weight for group in found.query.groups}
    missing = max((weights.get(word, 0.0) for word in best.missing), default=0.0)
    margin = best.cosine - mean_of_rest([hit.cosine for hit in apart(found.hits)])
    overall = Overall(
        cosine=best.cosine, cross_cosine=best.cross_cosine, sentence_cosine=sentence_cosine, coverage=best.coverage,
        sentence_coverage=sentence_coverage, heaviest_missing=missing / index.rarest,
        named_missing=named_missing(found.query, best), margin=margin, asked=math.log1p(sum(weights.values())) / _MUCH_ASKED,
        likeness=index.likeness(found.query, best) if _is_across(found) else best.coverage,
    )  # fmt: skip
    return _model_for(found).log_odds(overall)


def _is_across(found: Found) -> bool:
    """True when the question is in another language than its best passage."""
    return found.query.foreign or found.query.language != found.hits[0].passage.language


def _model_for(found: Found) -> Model:
    """The model that fits the languages of a question and of its best passage."""
    if _is_across(found):
        return FOREIGN
    return NATIVE if found.hits[0].passage.language == "en" else NOT_ENGLISH
