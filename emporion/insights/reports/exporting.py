"""Everything that was recorded, for whoever wants to take it elsewhere: as CSV, JSON lines or Parquet, streamed."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from emporion.insights.reports import compiling
from emporion.insights.reports.sql import Sql
from emporion.insights.reports.types import ReportQuery
from emporion.kernel.money import exponent
from emporion.store import EventStore


class ExportForm(StrEnum):
    """In which form rows leave."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"

    @property
    def content_type(self) -> str:
        """What the browser is told."""
        return {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson", "parquet": "application/vnd.apache.parquet"}[
            self
        ]


class ExportKind(StrEnum):
    """Which rows leave: each step, each visit, or each share of a payment."""

    EVENTS = "events"
    SESSIONS = "sessions"
    CREDITS = "credits"


_FORMATS = {ExportForm.CSV: "CSV", ExportForm.NDJSON: "JSONEachRow", ExportForm.PARQUET: "Parquet"}
_WORDS = {
    ExportKind.EVENTS: (
        *(
            "kind",
            "name",
            "host",
            "path",
            "referrer",
            "source",
            "channel",
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
        ),
        *("utm_content", "click_id", "country", "region", "city", "device", "browser", "browser_version", "system"),
        *("system_version", "screen", "language", "time_zone", "user_ref", "origin"),
    ),
    ExportKind.SESSIONS: (
        *("source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "entry_path"),
        *("exit_path", "host", "country", "region", "city", "device", "browser", "system", "language", "user_ref"),
    ),
    ExportKind.CREDITS: (
        *("kind", "method", "currency", "source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term"),
        *(
            "utm_content",
            "entry_path",
            "exit_path",
            "host",
            "country",
            "region",
            "city",
            "device",
            "browser",
            "system",
            "language",
        ),
    ),
}
_PLAIN = {
    ExportKind.EVENTS: ("event_id", "occurred_at", "visitor_id", "is_cookieless"),
    ExportKind.SESSIONS: ("visitor_id", "started_at", "number", "duration_ms", "pageviews", "is_bounce"),
    ExportKind.CREDITS: ("payment_id", "paid_at", "touch", "visitor_id", "session_started_at", "is_refund", "confidence"),
}
_AMOUNTS: Mapping[ExportKind, tuple[str, ...]] = {
    ExportKind.CREDITS: ("last", "first", "last_non_direct", "linear", "time_decay", "position")
}
_LISTS = {ExportKind.EVENTS: ("params",), ExportKind.SESSIONS: ("pages", "goals"), ExportKind.CREDITS: ("pages", "goals")}
_SETTINGS = "output_format_json_escape_forward_slashes = 0, output_format_decimal_trailing_zeros = 1"


def export_rows(store: EventStore, query: ReportQuery, kind: ExportKind, form: ExportForm) -> Iterator[bytes]:
    """The rows of a period in their order of time, a piece at a time; visits and credits obey the filters, events are all."""
    where = _where(query, kind)
    is_csv = form is ExportForm.CSV
    plain = [f"`{name}`" for name in _PLAIN[kind]]
    amounts = [_major(name, query.currency) for name in _AMOUNTS.get(kind, ())]
    words = [f"{_harmless(f'toString(`{name}`)') if is_csv else f'toString(`{name}`)'} AS `{name}`" for name in _WORDS[kind]]
    lists = [f"{_harmless(f'toJSONString(`{name}`)')} AS `{name}`" if is_csv else f"`{name}`" for name in _LISTS[kind]]
    moment = {ExportKind.EVENTS: "occurred_at", ExportKind.SESSIONS: "started_at", ExportKind.CREDITS: "paid_at"}[kind]
    # Names of the inner query, so that a guarded word is not what the conditions see.
    source = f"(SELECT * {where.text})"
    text = f"SELECT {', '.join([*plain, *amounts, *words, *lists])} FROM {source} ORDER BY {moment}"  # noqa: S608 -- own words
    if is_csv:
        # The engine streams rows only in formats without a head, so the head is ours.
        names = (*_PLAIN[kind], *_AMOUNTS.get(kind, ()), *_WORDS[kind], *_LISTS[kind])
        yield (",".join(f'"{name}"' for name in names) + "\n").encode()
    yield from store.stream(f"{text} SETTINGS {_SETTINGS}", where.params, form=_FORMATS[form])


def _where(query: ReportQuery, kind: ExportKind) -> Sql:
    if kind is ExportKind.SESSIONS:
        return compiling.sessions_where(query, query.period)
    if kind is ExportKind.CREDITS:
        return compiling.credits_where(query, query.period)
    return Sql(
        text="FROM site_events WHERE site_id = {site:UUID}"
        " AND occurred_at >= {start:DateTime64(3)} AND occurred_at < {end:DateTime64(3)}",
        params={"site": query.site_id, "start": query.period.start, "end": query.period.end},
    )


def _major(name: str, currency: str) -> str:
    """An amount of minor units in major ones, exact and with the currency's decimals, as figures leave elsewhere."""
    digits = exponent(currency)
    return f"CAST(`{name}`, 'Decimal(38, {digits})') / {10**digits} AS `{name}`"


def _harmless(text: str) -> str:
    """A cell that a spreadsheet would run begins with an apostrophe instead."""
    return f"if(match({text}, '^[=+@\\\\t\\\\r\\\\n-]'), concat('\\'', {text}), {text})"
