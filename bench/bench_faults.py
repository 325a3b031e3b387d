"""How often the right cause stands first: raw answers of providers through the gateway's judgement to the diagnosis."""

import os
import time
from collections import Counter

from bench.fault_matrix import Case, cases
from bench.harness import Figure
from emporion.nexus.diagnosis import rules
from emporion.nexus.diagnosis.types import CauseKind, Verdict

TITLE = "Faults told apart"
COUNT = int(os.environ.get("EMPORION_BENCH_FAULTS", "1100"))
# The seven that the product promises to tell apart.
PROMISED = frozenset(
    {
        CauseKind.PROVIDER_DOWN,
        CauseKind.KEY_REFUSED,
        CauseKind.QUOTA_EXHAUSTED,
        CauseKind.THROTTLED,
        CauseKind.PROVIDER_SLOW,
        CauseKind.CUT_SHORT,
        CauseKind.EMPTY_ANSWERS,
    }
)


def missed(found: list[tuple[Case, CauseKind | None, Verdict]]) -> Counter:
    """What was taken for what."""
    return Counter((case.truth, kind) for case, kind, _verdict in found if case.truth is not kind)


def diagnosed(count: int = COUNT, seed: int = 4) -> list[tuple[Case, CauseKind | None, Verdict]]:
    """Every case with what stands first."""
    answers = []
    for case in cases(count, seed):
        found = rules.causes(case.facts)
        answers.append((case, found[0].kind if found else None, rules.verdict(found)))
    return answers


def measure() -> list[Figure]:
    """The shares that are right, of the promised kinds and of all, and how long one diagnosis takes."""
    all_cases = list(cases(COUNT))
    began = time.perf_counter()
    for case in all_cases:
        rules.causes(case.facts)
    took_ms = 1000 * (time.perf_counter() - began) / len(all_cases)
    found = diagnosed()
    for (truth, kind), count in missed(found).most_common():
        print(f"  {truth} was taken for {kind}: {count}")
    promised = [(case, kind) for case, kind, _ in found if case.truth in PROMISED]
    kinds = len({case.truth for case, _, _ in found})
    conditions = f"{len(found)} seeded cases, {kinds} kinds, 40 to 2,000 calls, up to 3% noise, decoy deploys, late status pages"
    ours = rules.THEIRS
    verdicts = [
        (verdict is Verdict.THEIRS) == (case.truth in ours) for case, _, verdict in found if verdict is not Verdict.UNCLEAR
    ]
    return [
        _share(
            "provider down, key, quota, throttled, slow, cut short, empty told apart", promised_share(promised), 98, conditions
        ),
        _share("all kinds told apart, with deploy, network, single model and region", _right(found), 95, conditions),
        _share("ours or theirs right, where it is said", 100 * sum(verdicts) / len(verdicts), 98, conditions),
        Figure(
            name="one diagnosis",
            value=took_ms,
            unit="ms",
            due=5,
            at_least=False,
            compared_with="our promise",
            conditions=conditions,
        ),
    ]


def promised_share(found: list[tuple[Case, CauseKind | None]]) -> float:
    """How many in a hundred are right."""
    return 100 * sum(case.truth is kind for case, kind in found) / len(found)


def _right(found: list[tuple[Case, CauseKind | None, Verdict]]) -> float:
    return promised_share([(case, kind) for case, kind, _ in found])


def _share(name: str, value: float, due: float, conditions: str) -> Figure:
    return Figure(name=name, value=value, unit="%", due=due, at_least=True, compared_with="our promise", conditions=conditions)
