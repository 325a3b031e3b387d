"""What is said of the price of a call: what it used, a rule of one's own, and the cost with the way it came about.

Nothing here knows Django: the data plane prices every call with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

NO_RULE = UUID(int=0)

Count = int | Decimal  # tokens, searches and requests are whole; seconds of sound may not be


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says a call used, by kind; nothing reported is not the same as zero.

    `input_tokens` include those read from and written to a cache, `output_tokens` those of reasoning, whatever the provider's
    own habit is. `context` is what else decides the price (`service_tier`, `processing`, `speed`). `raw` is the provider's own
    JSON, from which a price that was wrong is worked out again. `is_estimate` marks what was counted from text instead.
    """

    counts: Mapping[str, Count] = {}
    context: tuple[tuple[str, str], ...] = ()
    raw: str = ""
    is_estimate: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything was reported at all."""
        return bool(self.counts)

    def tokens(self, kind: str) -> int:
        """Tokens of a kind, 0 where none were reported."""
        return int(self.counts.get(kind, 0))

    @property
    def input_tokens(self) -> int:
        """All that was read, cached or not."""
        return self.tokens("input_tokens")

    @property
    def output_tokens(self) -> int:
        """All that was written, reasoning included."""
        return self.tokens("output_tokens")

    @property
    def cache_read_tokens(self) -> int:
        """Of the input, what came from the provider's cache."""
        return self.tokens("cache_read_tokens")

    @property
    def cache_write_tokens(self) -> int:
        """Of the input, what was put into the provider's cache."""
        return self.tokens("cache_write_tokens")

    @property
    def reasoning_tokens(self) -> int:
        """Of the output, what nobody sees."""
        return self.tokens("output_reasoning_tokens")

    @property
    def audio_input_tokens(self) -> int:
        """Of the input, what was sound."""
        return self.tokens("input_audio_tokens")

    @property
    def audio_output_tokens(self) -> int:
        """Of the output, what was sound."""
        return self.tokens("output_audio_tokens")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's answer says of itself, streamed or not.

    `is_complete` means that the protocol's own end was seen; `first_token_at` is in the reader's own clock, `None` for an answer
    in one piece. `error_code` and `error_message` are of an error inside an answer that began well.
    """

    usage: Usage
    model: str = ""
    finish_reason: str = ""
    has_content: bool = False
    is_complete: bool = False
    is_malformed: bool = False
    first_token_at: int | None = None
    error_code: str = ""
    error_message: str = ""


class PriceRule(msgspec.Struct, frozen=True, kw_only=True):
    """A price of one's own, in USD a million tokens (decimals as text), or a discount in percent on the list price.

    An empty price is not a price of zero: where one of input and output is given, a kind that is left empty costs what its
    parent costs (cached tokens like other input); where neither is, the list price stands. `per_call` is added to each call.
    """

    organisation_id: UUID
    provider: str
    model: str  # a glob: `gpt-4o*`
    input: str = ""
    output: str = ""
    cache_read: str = ""
    cache_write: str = ""
    discount_percent: str = ""
    per_call: str = ""
    rule_id: UUID = NO_RULE
    valid_from: datetime | None = None


class PriceSource(StrEnum):
    """Where a cost comes from."""

    LIST = "list"
    DISCOUNT = "discount"  # the list price less what was negotiated
    OWN = "own"
    ESTIMATE = "estimate"  # a price applied to tokens that nobody reported
    UNKNOWN = "unknown"  # no price, or no usage: the cost is not zero, it is not known


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a cost: so many units of a kind at so much. `price` is USD for `per` units; costs of the parts add up."""

    kind: str
    units: Count
    price: Decimal
    per: int
    cost_picos: int


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What a call cost, in 10^-12 USD, by which price, and how that figure is made up.

    `second_cost_picos` is what another list of prices says, `None` where it does not know the model. `doubt` names what does
    not fit together in the reported usage, where something does not.
    """

    cost_picos: int = 0
    source: PriceSource = PriceSource.UNKNOWN
    version: str = ""
    parts: tuple[Part, ...] = ()
    second_cost_picos: int | None = None
    second_version: str = ""
    rule_id: UUID = NO_RULE
    doubt: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the cost is one, rather than a gap."""
        return self.source is not PriceSource.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price that a person enters: USD a million tokens and USD a call, or percent off the list; `None` is not said."""

    model: str
    valid_from: datetime
    provider: str = ""
    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    per_call: Decimal | None = None
    discount_percent: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceView:
    """An own price as its people see it; `is_in_force` is not yet or no more where a newer one of the same model holds."""

    id: UUID
    price: NewPrice
    rule: PriceRule
    created_by: str
    created_at: datetime
    removed_at: datetime | None
    is_in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    """A correction of costs: which calls were priced again, why, and what it changed."""

    id: UUID
    project_id: UUID
    since: datetime
    until: datetime
    provider: str
    model: str
    reason: str
    calls: int
    changed: int
    delta_picos: int
    started_by: str
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """A vendor changed a price, or a list noticed that it was another: `was` and `now` are USD for `per` units of `kind`."""

    provider: str
    model: str
    kind: str
    was: Decimal
    now: Decimal
    at: datetime
    source: str
