"""Questions about counted calls, as text with bound values; hours, minutes and calls give the same columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from emporion.nexus.apis.rules import FAILURES, UNMADE, WAITED, Piece, pieces
from emporion.nexus.apis.types import Scope
from emporion.store.query import Parameter
from emporion.store.rollups import CORRECTED, LEVELS, MEASURES, QUANTILES, TOLD_BY
from emporion.store.types import NOBODY

Params = dict[str, Parameter]
NARROW = ("model", "feature", "team")
# What calls can be told apart by, and the column that says it.
DIMENSIONS = ("model", "feature", "team", "provider", "environment", "key_id")

ALL = ("calls", "cost_picos", "input_tokens", "output_tokens", "durations", "first_tokens")
FEW = ("calls", "cost_picos")
_BY_VALUE = {one.name: one.value for one in MEASURES}
_NO_TIMES = f"{QUANTILES}StateIf({LEVELS})(toUInt32(0), false)"
# What a correction adds where calls are read rather than what was counted of them.
_OF_CORRECTION = {
    "cost_picos": "sum(toInt128(calls_of.delta_picos))",
    "durations": _NO_TIMES,
    "first_tokens": _NO_TIMES,
    "customers": "uniqStateIf(calls_of.customer, false)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A question and its values."""

    text: str
    params: Params = field(default_factory=dict)


def words(names: Sequence[str]) -> str:
    """Own words as a list in SQL."""
    return "(" + ", ".join(f"'{name}'" for name in names) + ")"


FAILED = f"outcome IN {words(FAILURES)}"
MADE = f"outcome NOT IN {words(UNMADE)}"

_WAITED = f"{QUANTILES}MergeIf({LEVELS})(counted.durations, outcome IN {words(WAITED)})"
_WAITED_FOR = f"sumIf(counted.calls, outcome IN {words(WAITED)})"
COUNTS = f"""
  sumIf(counted.calls, {MADE}) AS calls, sumIf(counted.calls, {FAILED}) AS failures,
  sumIf(counted.calls, outcome = 'throttled') AS throttled, sum(counted.cost_picos) AS cost_picos"""
SUMS = f"""{COUNTS}, sum(counted.input_tokens) AS input_tokens, sum(counted.output_tokens) AS output_tokens,
  sumMapIf(map(toString(outcome), counted.calls), outcome != '{CORRECTED}') AS outcomes"""
# Putting quantiles together is nine tenths of the work of a question.
TIMED = f"{SUMS}, {_WAITED_FOR} AS waited, {_WAITED} AS quantiles"
FIGURES = f"{TIMED}, {QUANTILES}Merge({LEVELS})(counted.first_tokens) AS first_quantiles"
HOURLY = f"{COUNTS}, if({_WAITED_FOR} > 0, {_WAITED}[2], NULL) AS p95"


def is_narrow(scope: Scope) -> bool:
    """Whether the scope asks for what minutes do not tell apart."""
    return any(getattr(scope, name) for name in NARROW)


def is_plain(scope: Scope, by: str = "") -> bool:
    """Whether half days tell it: all calls, or those of one value of what they are kept by."""
    told = {name for name in NARROW if getattr(scope, name)} | {by} - {"", "api_id"}
    return not scope.customer and len(told) < 2 and told <= set(TOLD_BY)


def figures(scope: Scope, since: datetime, until: datetime, *, by: str = "", kept: str = FIGURES, is_open: bool = False) -> Sql:
    """The figures of a stretch, one row, or one for each value of `by` (`api_id` or a dimension)."""
    parts = pieces(
        since,
        until,
        is_narrow=is_narrow(scope) or by in DIMENSIONS,
        is_raw=bool(scope.customer),
        is_plain=is_plain(scope, by),
        is_open=is_open,
    )
    inner, params = union(scope, parts, by=by)
    group = f" GROUP BY {by}" if by else ""
    head = f"{by}, " if by else ""
    return Sql(text=f"SELECT {head}{kept} FROM ({inner}) AS counted{group} SETTINGS final = 0", params=params)  # noqa: S608 -- own words


def series(scope: Scope, parts: Sequence[Piece], step_seconds: int, *, by_api: bool = False, full: bool = True) -> Sql:
    """The figures (or only the counts) of each step; `parts` begin and end with steps."""
    inner, params = union(scope, parts, by="api_id" if by_api else "", timed=True, values=ALL if full else FEW)
    key = "api_id, slot" if by_api else "slot"
    at = "intDiv(toUnixTimestamp(at), {step:UInt32}) * {step:UInt32} AS slot"
    head = f"api_id, {at}" if by_api else at
    text = f"SELECT {head}, {FIGURES if full else COUNTS} FROM ({inner}) AS counted GROUP BY {key} SETTINGS final = 0"  # noqa: S608 -- own words
    return Sql(text=text, params={**params, "step": step_seconds})


def union(
    scope: Scope, parts: Sequence[Piece], *, by: str = "", timed: bool = False, values: Sequence[str] = ALL
) -> tuple[str, Params]:
    """The rows of all pieces under each other, with the values of the scope."""
    where, params = _where(scope)
    keys = [*([by] if by else []), *(["at"] if timed else []), "outcome"]
    texts = []
    for number, part in enumerate(parts):
        if part.source == "half_days":
            kind = next((name for name in NARROW if getattr(scope, name)), by if by in NARROW else "")
            texts.append(_half_days(kind, number, (keys, values), " AND ".join(where)))
        else:
            texts.append(_piece(part, number, (keys, values), " AND ".join(where)))
        params[f"since{number}"], params[f"until{number}"] = part.since, part.until
    return " UNION ALL ".join(texts), params


def _piece(part: Piece, number: int, wanted: tuple[Sequence[str], Sequence[str]], where: str) -> str:
    keys, names = wanted
    if part.source != "calls":
        moment = _between("at", number)
        return f"SELECT {', '.join((*keys, *names))} FROM api_{part.source} WHERE {where} AND {moment}"  # noqa: S608 -- own words
    moment = _between("occurred_at", number)
    said = {"at": "toStartOfMinute(calls_of.occurred_at) AS at"}
    heads = [said.get(key, f"calls_of.{key} AS {key}") for key in keys]
    values = ", ".join(f"{_BY_VALUE[name]} AS {name}" for name in names)
    group = f"WHERE {where} AND {moment} GROUP BY {', '.join(keys)}"
    calls = f"SELECT {', '.join(heads)}, {values} FROM api_calls AS calls_of {group}"  # noqa: S608 -- own words
    if "cost_picos" not in names:
        return calls
    heads = [f"'{CORRECTED}' AS outcome" if key == "outcome" else head for key, head in zip(keys, heads, strict=True)]
    values = ", ".join(f"{_OF_CORRECTION.get(name, 'toUInt64(0)')} AS {name}" for name in names)
    return f"{calls} UNION ALL SELECT {', '.join(heads)}, {values} FROM cost_corrections AS calls_of {group}"  # noqa: S608


def _half_days(kind: str, number: int, wanted: tuple[Sequence[str], Sequence[str]], where: str) -> str:
    keys, names = wanted
    heads = [f"value AS {key}" if key == kind else key for key in keys]
    # The value that is asked for is kept in one column, whichever kind it is of.
    which = f"kind = '{kind}' AND " + where.replace(f" {kind} = {{{kind}:", f" value = {{{kind}:")
    return f"SELECT {', '.join((*heads, *names))} FROM api_half_days WHERE {which} AND {_between('at', number)}"  # noqa: S608


def _between(column: str, number: int) -> str:
    return f"{column} >= {{since{number}:DateTime64(3)}} AND {column} < {{until{number}:DateTime64(3)}}"


def raw_where(scope: Scope, since: datetime, until: datetime) -> tuple[str, Params]:
    """The condition for the calls of a scope themselves, and its values."""
    where, params = _where(scope)
    where += ["occurred_at >= {since:DateTime64(3)}", "occurred_at < {until:DateTime64(3)}"]
    return " AND ".join(where), {**params, "since": since, "until": until}


def _where(scope: Scope) -> tuple[list[str], Params]:
    where, params = ["project_id = {project:UUID}"], Params({"project": scope.project_id})
    # What traces tell of APIs that nobody registered belongs to no API, and so to no total of a project.
    where.append("api_id != {api:UUID}" if scope.api_id is None else "api_id = {api:UUID}")
    params["api"] = scope.api_id or NOBODY
    for name in (*NARROW, "customer"):
        if value := getattr(scope, name):
            where.append(f"{name} = {{{name}:String}}")
            params[name] = value
    return where, params
