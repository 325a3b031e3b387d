"""What others may want to know of prices: that those in force changed, and that stored costs were corrected."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesChanged:
    """An organisation's own prices changed, so that the data plane must be told."""

    organisation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsCorrected:
    """Calls of a project that were stored with a wrong price have another cost now; `delta_picos` is what the sum changed by."""

    correction_id: UUID
    organisation_id: UUID
    project_id: UUID
    calls: int
    delta_picos: int
    at: datetime
