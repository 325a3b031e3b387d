"""Every state of the cost pages has an address: which time, broken down by what, narrowed to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.http import urlencode

from emporion.nexus.costs.periods import DAY, span_of
from emporion.nexus.costs.types import By, Question

HOME = "/nexus/costs/"
CALLS = f"{HOME}calls/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A question as an address, and the addresses beside it."""

    question: Question

    def to(self, path: str = HOME, **changes: str) -> str:
        """The same question elsewhere, with something else; an empty change takes the part away."""
        pairs = {**self.time, "by": self.question.by.value, **{by.value: value for by, value in self.question.narrowed.items()}}
        if self.question.by is By.API:
            pairs.pop("by")
        for name, value in changes.items():
            if value:
                pairs[name] = value
            else:
                pairs.pop(name, None)
        return f"{path}?{urlencode(pairs)}"

    def narrowed_to(self, by: By, value: str, path: str = CALLS) -> str:
        """The calls behind a line; an empty value is one, too."""
        pairs = {**self.time, **{one.value: known for one, known in self.question.narrowed.items()}, by.value: value}
        return f"{path}?{urlencode(pairs)}"

    def without(self, by: By, path: str = HOME) -> str:
        """The same question, less narrow."""
        pairs = {**self.time, **{one.value: known for one, known in self.question.narrowed.items() if one is not by}}
        return f"{path}?{urlencode(pairs)}"

    @property
    def time(self) -> dict[str, str]:
        """The stretch of time, as the address names it."""
        span = self.question.span
        if span.is_month:
            return {"month": f"{span.since:%Y-%m}"}
        return {"from": f"{span.since:%Y-%m-%d}", "to": f"{span.end - DAY:%Y-%m-%d}"}


def question_of(asked: QueryDict, project_id: UUID, now: datetime) -> Question:
    """The question that an address asks; what nobody understands in it is left out."""
    by = next((one for one in By if one == asked.get("by")), By.API)
    narrowed: Mapping[By, str] = {one: str(asked[one.value])[:200] for one in By if one.value in asked}
    span = span_of(dict(asked.items()), now)  # type: ignore[arg-type]
    return Question(project_id=project_id, span=span, by=by, narrowed=narrowed)
