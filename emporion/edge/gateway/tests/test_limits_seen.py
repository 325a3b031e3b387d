"""Every dialect in which providers tell their limits."""

from datetime import UTC, datetime

import pytest

from emporion.edge.gateway.limits_seen import UNKNOWN, LimitsSeen, limits_seen

NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)

pytestmark = [pytest.mark.requirement("NEX-02", "NEX-04")]


def seen(**headers: str) -> LimitsSeen:
    return limits_seen([(name.replace("_", "-").encode(), text.encode("latin-1")) for name, text in headers.items()], NOW)


def test_openai_tells_durations() -> None:
    told = seen(
        x_ratelimit_limit_requests="500", x_ratelimit_remaining_requests="499", x_ratelimit_reset_requests="120ms",
        x_ratelimit_limit_tokens="30000", x_ratelimit_remaining_tokens="29980", x_ratelimit_reset_tokens="6m0.5s",
    )  # fmt: skip
    assert (told.limit_requests, told.left_requests, told.limit_tokens, told.left_tokens) == (500, 499, 30_000, 29_980)
    assert told.reset_ms == 360_500


def test_azure_tells_minus_one_and_nothing_for_what_it_does_not_know() -> None:
    told = seen(x_ratelimit_limit_requests="-1", x_ratelimit_remaining_requests="-1", x_ratelimit_limit_tokens="0",
                x_ratelimit_remaining_tokens="0")  # fmt: skip
    assert told == LimitsSeen()


def test_anthropic_tells_moments() -> None:
    told = seen(
        anthropic_ratelimit_requests_limit="50", anthropic_ratelimit_requests_remaining="49",
        anthropic_ratelimit_requests_reset="2026-11-28T12:00:01Z", anthropic_ratelimit_tokens_limit="40000",
        anthropic_ratelimit_tokens_remaining="1000", anthropic_ratelimit_tokens_reset="2026-11-28T12:00:30Z",
        anthropic_ratelimit_input_tokens_limit="20000", anthropic_ratelimit_input_tokens_remaining="500",
        anthropic_ratelimit_unified_reset="1795867200",
    )  # fmt: skip
    assert (told.limit_requests, told.left_requests, told.limit_tokens, told.left_tokens) == (50, 49, 20_000, 500)
    assert told.reset_ms == 30_000


def test_the_ietf_tells_lists() -> None:
    told = seen(ratelimit='"requests";r=50;t=30, "tokens";r=7;t=5', ratelimit_policy='"requests";q=100;w=60, "tokens";q=9;w=1')
    assert (told.limit_requests, told.left_requests, told.limit_tokens, told.left_tokens) == (100, 50, 9, 7)
    assert told.reset_ms == 30_000
    older = seen(ratelimit="limit=100, remaining=50, reset=5")
    assert (older.limit_requests, older.left_requests, older.reset_ms) == (100, 50, 5_000)


def test_everybody_else_tells_what_they_like() -> None:
    plain = seen(x_ratelimit_limit="60", x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW.timestamp()) + 40))
    assert (plain.limit_requests, plain.left_requests, plain.reset_ms) == (60, 0, 40_000)
    assert seen(x_rate_limit_limit="60").limit_requests == UNKNOWN
    assert seen(x_ratelimit_reset_after="2.5").reset_ms == 2_500


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("30", 30_000),
        ("1.5", 1_500),
        ("0", 0),
        ("Sat, 28 Nov 2026 12:00:10 GMT", 10_000),
        ("Sat, 28 Nov 2026 11:00:00 GMT", 0),
        ("2026-11-28T12:00:02+00:00", 2_000),
        ("soon", UNKNOWN),
        ("-5", UNKNOWN),
        ("nan", UNKNOWN),
        ("inf", UNKNOWN),
        ("9" * 400, UNKNOWN),
        ("é", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_unknown(text: str, milliseconds: int) -> None:
    assert seen(retry_after=text).retry_after_ms == milliseconds


def test_milliseconds_go_before_seconds() -> None:
    assert seen(retry_after_ms="250", retry_after="1").retry_after_ms == 250
    assert seen(retry_after="1", retry_after_ms="250").retry_after_ms == 250


def test_an_upstream_that_tells_a_number_without_end_holds_nobody_up() -> None:
    assert seen(x_ratelimit_reset_requests="1" * 60_000 + "x", ratelimit='"a";r=1;t=99999999999999999').left_requests == 1
