"""Causes by rules alone: a small matrix of faults from raw answers, percents that sum, verdicts, and what can be done."""

from collections import Counter

import pytest

from bench.bench_faults import PROMISED, diagnosed, missed
from emporion.kernel.ids import new_id
from emporion.nexus.diagnosis import presenting, rules, suggesting, wording
from emporion.nexus.diagnosis.suggesting import Pace, suggestions
from emporion.nexus.diagnosis.types import Candidate, CauseKind, Diagnosis, Facts, Verb, Verdict

pytestmark = pytest.mark.requirement("NEX-08")
CASES = 165


@pytest.fixture(scope="module")
def found() -> list:
    return diagnosed(CASES, seed=11)


def test_faults_are_told_apart_by_what_providers_really_answer(found: list) -> None:
    wrong = missed(found)
    promised = sum(count for (truth, _), count in wrong.items() if truth in PROMISED)
    assert promised <= 0.02 * CASES, wrong
    assert wrong.total() <= 0.05 * CASES, wrong
    assert {case.truth for case, _, _ in found} >= set(PROMISED)


def test_shares_sum_to_a_hundred_and_every_evidence_has_words_and_a_fact(found: list) -> None:
    for case, _, _ in found:
        causes = rules.causes(case.facts)
        if not causes:
            continue
        assert sum(cause.share_percent for cause in causes) == 100
        assert [cause.share_percent for cause in causes] == sorted((cause.share_percent for cause in causes), reverse=True)
        card = presenting.card(diagnosis_of(case.facts))
        for cause in card.causes:
            assert "%(" not in cause.title
            for line in cause.evidence:
                assert "%(" not in line.text
                assert line.url.startswith("/nexus/")


def diagnosis_of(facts: Facts) -> Diagnosis:
    causes = rules.causes(facts)
    return Diagnosis(
        api_id=facts.api_id,
        project_id=facts.api_id,
        api_name=facts.api_name,
        at=facts.until,
        since=facts.since,
        started_at=facts.started_at,
        verdict=rules.verdict(causes),
        causes=causes,
    )


def test_it_says_whose_doing_it_is(found: list) -> None:
    said = Counter((case.truth in rules.THEIRS, verdict) for case, _, verdict in found)
    assert said[True, Verdict.OURS] + said[False, Verdict.THEIRS] <= 0.02 * CASES


def test_every_cause_and_every_suggestion_has_words() -> None:
    assert set(wording.CAUSES) == set(CauseKind)
    assert set(wording.SUGGESTIONS) == set(Verb)


@pytest.mark.parametrize("scores", [[1, 1, 1], [0.5], [5, 3, 1, 1, 1, 1, 1], [1e-9, 1e9]])
def test_percents_are_shared_out_without_a_rest(scores: list[float]) -> None:
    assert sum(rules.shared_out(scores)) == 100


def an_outage(found: list) -> Facts:
    return next(case.facts for case, kind, _ in found if case.truth is kind is CauseKind.PROVIDER_DOWN)


PACE = Pace(calls_per_minute=100, good_per_minute=50, failure_rate=0.5, p95_ms=8400, cost_picos_per_call=2 * 10**9)


def candidate(**changes: object) -> Candidate:
    fields = {"api_id": new_id(), "name": "Second", "protocol": "openai", "calls": 200, "failure_rate": 0.003, "p95_ms": 2300.0}
    return Candidate(**{**fields, "cost_picos_per_call": 3 * 10**9, **changes})


@pytest.mark.requirement("NEX-09")
def test_calls_are_led_to_an_api_that_works_with_figures_that_were_measured(found: list) -> None:
    facts = an_outage(found)
    other = candidate(limit_share=0.38, limit_per_minute=1000)
    first = suggestions(facts, rules.causes(facts), (other,), PACE)[0]
    assert (first.verb, first.to_api_id, first.percent) == (Verb.DIVERT, other.api_id, 100)
    assert first.expected.error_rate == (0.5, 0.003)
    assert first.expected.p95_ms == (8400, 2300)
    assert first.expected.cost_picos_per_hour == (12 * 10**12, 18 * 10**12)
    assert first.expected.limit_share == pytest.approx((0.38, 0.48))


@pytest.mark.requirement("NEX-09")
def test_only_as_much_is_led_there_as_fits_under_its_limit(found: list) -> None:
    facts = an_outage(found)
    first = suggestions(facts, rules.causes(facts), (candidate(limit_share=0.7, limit_per_minute=100),), PACE)[0]
    assert first.percent == 20


@pytest.mark.requirement("NEX-09")
def test_nothing_is_led_to_an_api_that_fails_or_is_hardly_known(found: list) -> None:
    facts = an_outage(found)
    for other in (candidate(failure_rate=0.2), candidate(calls=2), candidate(limit_share=0.97)):
        assert Verb.DIVERT not in {one.verb for one in suggestions(facts, rules.causes(facts), (other,), PACE)}
    assert suggesting.suggestions(facts, (), (candidate(),), PACE) == ()
