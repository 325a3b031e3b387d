"""A query and the values that it is bound to, before the store is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Bound = str | int | datetime | UUID | Sequence[str] | Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A query, or a part of one; values that its text does not name are left out."""

    text: str
    params: Mapping[str, Bound] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", {name: value for name, value in self.params.items() if f"{{{name}:" in self.text})
