"""The list of incidents, as it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from emporion.nexus.incidents import rules
from emporion.nexus.incidents.types import IncidentRole, IncidentView
from emporion.nexus.incidents.wording import SEVERITY_TONES, STATE_TONES, STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A line of the list."""

    url: str
    code: str
    title: str
    severity: int
    severity_tone: str
    state: str
    state_tone: str
    began_at: datetime
    lasted: str
    lead: str
    is_open: bool


def rows_of(incidents: Sequence[IncidentView], now: datetime) -> tuple[IncidentRow, ...]:
    """The lines."""
    return tuple(
        IncidentRow(
            url=one.url,
            code=one.code,
            title=one.title,
            severity=int(one.severity),
            severity_tone=SEVERITY_TONES[one.severity],
            state=str(STATES[one.state]),
            state_tone=STATE_TONES[one.state],
            began_at=one.began_at,
            lasted=rules.lasted((one.closed_at or now) - one.began_at),
            lead=next((role.name for role in one.roles if role.role is IncidentRole.LEAD), ""),
            is_open=one.is_open,
        )
        for one in incidents
    )
