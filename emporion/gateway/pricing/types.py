"""What is said of prices: a rule of one's own that goes before the list."""

from uuid import UUID

import msgspec


class PriceRule(msgspec.Struct, frozen=True, kw_only=True):
    """A price of one's own, in USD a million tokens (decimals as text), or a discount in percent on the list price."""

    organisation_id: UUID
    provider: str
    model: str  # a glob: `gpt-4o*`
    input: str = ""
    output: str = ""
    cache_read: str = ""
    cache_write: str = ""
    discount_percent: str = ""
    per_call: str = ""
