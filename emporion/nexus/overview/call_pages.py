"""One call as its page shows it: what was asked of whom, how it went, what it cost and why, what it said of limits."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from emporion.gateway.routing.types import ApiView, Outcome
from emporion.nexus.apis.types import CallView
from emporion.nexus.overview import wording
from emporion.store.types import NOBODY
from emporion.ui.wording import number, picos


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of a group."""

    name: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Facts that belong together."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """A call; groups without facts are not there."""

    title: str
    tone: str
    outcome: str
    said: str
    groups: tuple[Group, ...]


def call_page(call: CallView, api: ApiView) -> CallPage:
    """Everything known of it, in groups."""
    outcome = Outcome(call.outcome) if call.outcome in set(Outcome) else Outcome.OK
    groups = (
        Group(title=_("What was asked"), facts=_asked(call, api)),
        Group(title=_("How it went"), facts=_went(call)),
        Group(title=_("Cost"), facts=_cost(call)),
        Group(title=_("Limits that the answer told of"), facts=_limits(call)),
    )
    return CallPage(
        title=_("Call of %(name)s") % {"name": api.name},
        tone="bad" if outcome.is_failure else "good" if outcome is Outcome.OK else "warn",
        outcome=wording.outcome(call.outcome),
        said=call.error_message,
        groups=tuple(group for group in groups if group.facts),
    )


def _facts(*pairs: tuple[str, str], code: tuple[str, ...] = ()) -> tuple[Fact, ...]:
    return tuple(Fact(name=name, value=value, is_code=value in code) for name, value in pairs if value)


def _asked(call: CallView, api: ApiView) -> tuple[Fact, ...]:
    request = f"{call.method} {call.path}".strip()
    answered = call.answered_model if call.answered_model != call.model else ""
    return _facts(
        (_("API"), api.name),
        (_("Request"), request),
        (_("Model"), call.model),
        (_("Model that answered"), answered),
        (_("Feature"), call.feature),
        (_("Team"), call.team),
        (_("Customer"), call.customer),
        (_("Environment"), call.environment),
        (_("Region"), call.region),
        (_("Trace"), call.trace_id),
        (_("Seen by"), _origin(call.origin)),
        code=(request, call.trace_id),
    )


def _origin(name: str) -> str:
    words = {"gateway": _("the gateway"), "trace": _("a trace"), "import": _("an import"), "simulation": _("a simulation")}
    return words.get(name, name)


def _went(call: CallView) -> tuple[Fact, ...]:
    routed = _("yes, by a route") if call.route_id != NOBODY else _("yes") if call.routed_from != NOBODY else ""
    return _facts(
        (_("Status"), str(call.status) if call.status else _("no answer")),
        (_("Error code"), call.error_code),
        (_("Took"), wording.seconds(call.duration_us / 1000)),
        (_("First token after"), wording.seconds(call.first_token_us / 1000) if call.first_token_us else ""),
        (_("Of that, the gateway itself"), _("%(n)s ms") % {"n": number(call.own_us / 1000)} if call.own_us else ""),
        (_("Attempts"), number(call.attempts)),
        (_("Went elsewhere"), routed),
        (_("Cache"), {"hit": _("answered from it"), "miss": _("nothing kept")}.get(call.cache, call.cache)),
        (_("Streamed"), _("yes") if call.is_stream else ""),
        (_("Finished because"), call.finish_reason),
        code=(call.error_code, call.finish_reason),
    )


def _cost(call: CallView) -> tuple[Fact, ...]:
    counts = (
        (_("Tokens read"), call.input_tokens),
        (_("of them from a cache"), call.cache_read_tokens),
        (_("of them into a cache"), call.cache_write_tokens),
        (_("Tokens written"), call.output_tokens),
        (_("of them reasoning"), call.reasoning_tokens),
        (_("Audio tokens heard"), call.audio_input_tokens),
        (_("Audio tokens spoken"), call.audio_output_tokens),
    )
    by = " ".join(part for part in (call.price_source, call.price_version) if part)
    is_other = call.second_cost_picos >= 0 and call.second_cost_picos != call.cost_picos
    return _facts(
        *((name, number(count)) for name, count in counts if count),
        (_("Cost"), picos(call.cost_picos)),
        (_("Price from"), by),
        (_("A second price list says"), picos(call.second_cost_picos) if is_other else ""),
        (_("What the provider counted"), call.usage),
        code=(call.usage, by),
    )


def _limits(call: CallView) -> tuple[Fact, ...]:
    def left(of: int, limit: int) -> str:
        return _("%(left)s of %(limit)s left") % {"left": number(of), "limit": number(limit)} if limit > 0 and of >= 0 else ""

    return _facts(
        (_("Requests"), left(call.left_requests, call.limit_requests)),
        (_("Tokens"), left(call.left_tokens, call.limit_tokens)),
        (_("Given anew in"), wording.seconds(call.reset_ms) if call.reset_ms >= 0 else ""),
        (_("Try again in"), wording.seconds(call.retry_after_ms) if call.retry_after_ms >= 0 else ""),
    )
