"""Cases of APIs that fail, made from what providers really answer: each raw answer goes through the gateway's own judgement.

A case draws its traffic (how many calls, models, features, regions), how much of it the fault hits, and its noise: calls that
always fail a little, deploys that have nothing to do with it, a status page that is late or tells of something else, other APIs
that limp. The same seed gives the same cases.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from uuid import UUID

from emporion.edge.gateway import calling, outcomes, relaying
from emporion.edge.gateway.wire import CutShort, Hung, NoConnection, UpstreamFault
from emporion.gateway.pricing import usage
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.routing.types import Outcome, Protocol
from emporion.nexus.diagnosis.types import (
    CauseKind,
    CheckFact,
    DeployFact,
    Facts,
    OtherApi,
    ProviderFact,
    QuotaFact,
    Sample,
    Slice,
)

NOW = datetime(2026, 11, 28, 14, 12, tzinfo=UTC)
WINDOW, EARLIER = 10, 60
API = UUID(int=7)


@dataclass(frozen=True)
class Raw:
    """One answer as it comes from the wire, or the fault in its place."""

    protocol: Protocol = Protocol.OPENAI
    status: int = 200
    body: bytes = b""
    is_stream: bool = False
    fault: UpstreamFault | None = None


def openai(status: int, message: str, kind: str, code: str | None = None) -> Raw:
    said = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return Raw(status=status, body=json.dumps(said).encode())


def anthropic(status: int, kind: str, message: str) -> Raw:
    said = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_011"}
    return Raw(protocol=Protocol.ANTHROPIC, status=status, body=json.dumps(said).encode())


def stream(*chunks: str, ends: bool = True) -> Raw:
    frames = [
        f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'choices': [_delta(one)]})}\n\n" for one in chunks
    ]
    last = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    end = f"data: {json.dumps(last)}\n\ndata: [DONE]\n\n" if ends else ""
    return Raw(is_stream=True, body=("".join(frames) + end).encode())


def _delta(text: str) -> dict:
    return {"index": 0, "delta": {"content": text}, "finish_reason": None}


def _chat(text: str | None) -> bytes:
    message = {"role": "assistant", "content": text}
    said = {"id": "c", "object": "chat.completion", "model": "gpt-4o", "choices": [{"index": 0, "message": message}]}
    return json.dumps(said | {"usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}}).encode()


HTML_502 = b"<html>\r\n<head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
CLOUDFLARE = b"<!DOCTYPE html><html lang='en-US'><head><title>Just a moment...</title></head><body></body></html>"
GOOD = (Raw(body=_chat("Yes.")), stream("Ye", "s."))
QUOTA_TEXT = "You exceeded your current quota, please check your plan and billing details."
LIMIT_TEXT = "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29800."
CREDIT_TEXT = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."
LONG_TEXT = "This model's maximum context length is 128000 tokens. However, your messages resulted in 141022 tokens."

ANSWERS: dict[CauseKind, tuple[tuple[Raw, ...], ...]] = {
    CauseKind.PROVIDER_DOWN: (
        (openai(503, "The engine is currently overloaded, please try again later", "server_error"),),
        (openai(500, "The server had an error while processing your request.", "server_error"), Raw(status=502, body=HTML_502)),
        (anthropic(529, "overloaded_error", "Overloaded"), anthropic(500, "api_error", "Internal server error")),
        (Raw(status=502, body=HTML_502), Raw(status=504, body=HTML_502)),
        (Raw(fault=Hung("no answer in time")), openai(500, "The server had an error.", "server_error")),
        (Raw(body=CLOUDFLARE), Raw(status=520, body=CLOUDFLARE)),
        (Raw(fault=NoConnection("connect: Connection refused")), Raw(status=503, body=b"")),
    ),
    CauseKind.KEY_REFUSED: (
        (
            openai(
                401,
                "Incorrect API key provided: sk-…. You can find your API key at the console.",
                "invalid_request_error",
                "invalid_api_key",
            ),
        ),
        (anthropic(401, "authentication_error", "invalid x-api-key"),),
        (anthropic(403, "permission_error", "Your API key does not have permission to use the specified resource"),),
        (Raw(protocol=Protocol.HTTP, status=401, body=b'{"message": "Unauthorized"}'),),
    ),
    CauseKind.QUOTA_EXHAUSTED: (
        (openai(429, QUOTA_TEXT, "insufficient_quota", "insufficient_quota"),),
        (openai(429, "Spend limit.", "insufficient_quota", "organization_spend_limit_exceeded"),),
        (anthropic(400, "invalid_request_error", CREDIT_TEXT),),
        (Raw(protocol=Protocol.HTTP, status=402, body=b'{"error": "payment required"}'),),
    ),
    CauseKind.THROTTLED: (
        (openai(429, LIMIT_TEXT, "tokens", "rate_limit_exceeded"),),
        (
            anthropic(
                429, "rate_limit_error", "This request would exceed your organization's rate limit of 50 requests per minute."
            ),
        ),
        (
            Raw(
                status=429,
                body=b'{"error":{"code":"429","message":"Requests have exceeded call rate limit of your current S0 tier."}}',
            ),
        ),
        (Raw(protocol=Protocol.HTTP, status=429, body=b"Too many requests"),),
    ),
    CauseKind.PROVIDER_SLOW: (
        (Raw(fault=Hung("no answer in time")),),
        (Raw(fault=Hung("the answer stopped coming", had_begun=True)),),
    ),
    CauseKind.CUT_SHORT: (
        (stream("It is", " a lo", ends=False),),
        (Raw(fault=CutShort("the connection is closed", had_begun=True)),),
        (Raw(is_stream=True, body=stream("It is", ends=False).body + b'data: {"id": "c", "choi'),),
    ),
    CauseKind.EMPTY_ANSWERS: (
        (Raw(body=b""),),
        (Raw(body=_chat(None)), Raw(body=_chat(""))),
        (stream(),),
        (Raw(body=_chat("")), stream()),
    ),
    CauseKind.OUR_DEPLOY: (
        (openai(400, LONG_TEXT, "invalid_request_error", "context_length_exceeded"),),
        (
            openai(
                404,
                "The model `gpt-5o` does not exist or you do not have access to it.",
                "invalid_request_error",
                "model_not_found",
            ),
        ),
        (anthropic(400, "invalid_request_error", "messages: at least one message is required"),),
        (Raw(protocol=Protocol.HTTP, status=422, body=b'{"detail": [{"msg": "field required"}]}'),),
    ),
    CauseKind.OUR_NETWORK: (
        (Raw(fault=NoConnection("name: not known")),),
        (
            Raw(fault=NoConnection("tls: CERTIFICATE_VERIFY_FAILED")),
            Raw(fault=NoConnection("certificate: unable to get local issuer")),
        ),
        (Raw(fault=NoConnection("connect: Network is unreachable")), Raw(fault=NoConnection("connect: no answer in time"))),
    ),
}
ANSWERS[CauseKind.ONE_MODEL] = ANSWERS[CauseKind.PROVIDER_DOWN][:3] + ANSWERS[CauseKind.CUT_SHORT][:1]
ANSWERS[CauseKind.ONE_REGION] = ANSWERS[CauseKind.PROVIDER_DOWN][:3]
NOISE = (
    openai(500, "The server had an error.", "server_error"),
    openai(429, LIMIT_TEXT, "tokens", "rate_limit_exceeded"),
    openai(400, LONG_TEXT, "invalid_request_error", "context_length_exceeded"),
    Raw(fault=Hung("no answer in time")),
    stream("It is", ends=False),
)


@cache
def judged(raw: Raw) -> outcomes.Verdict:
    """What the gateway says of an answer."""
    if raw.fault is not None:
        return calling.of_fault(raw.fault)
    if raw.status >= 400:
        return outcomes.of_refusal(raw.status, raw.body, raw.protocol)
    if raw.is_stream:
        reader = StreamReader(provider="openai", operation="chat")
        reader.feed(raw.body, 1)
        return relaying._of_stream(SimpleNamespace(reader=reader, verdict=outcomes.Verdict(outcome=Outcome.OK)))  # noqa: SLF001
    answer = usage.read(provider="openai", operation="chat", response=raw.body)
    fault = outcomes.Fault(code=answer.error_code, message=answer.error_message)
    return outcomes.of_answer(
        raw.body, raw.protocol, is_json=not answer.is_malformed, has_content=answer.has_content, fault=fault
    )


@dataclass(frozen=True)
class Case:
    """What was broken, and what can be seen of it."""

    truth: CauseKind
    facts: Facts
    conditions: str


@dataclass
class Traffic:
    """The calls of a case as they are drawn: one row per call, with where it belongs and what came of it."""

    rng: random.Random
    models: list[str]
    features: list[str]
    regions: list[str]
    noise: float

    def row(self) -> tuple[str, str, str]:
        weights = [3, 2, 1, 1]
        pick = lambda values: self.rng.choices(values, weights[: len(values)])[0] if values else ""  # noqa: E731
        return pick(self.models), pick(self.features), pick(self.regions)

    def usual(self) -> Raw:
        return self.rng.choice(NOISE) if self.rng.random() < self.noise else self.rng.choice(GOOD)


def cases(count: int, seed: int = 4) -> Iterator[Case]:
    """As many cases, the kinds in turn."""
    kinds = list(ANSWERS)
    for number in range(count):
        yield case(kinds[number % len(kinds)], random.Random(seed * 1_000_003 + number))


def case(truth: CauseKind, rng: random.Random) -> Case:
    """One case of a kind."""
    calls = rng.choice([40, 150, 600, 2000])
    only_part = truth in {CauseKind.ONE_MODEL, CauseKind.ONE_REGION, CauseKind.OUR_DEPLOY}
    traffic = Traffic(
        rng=rng,
        models=["gpt-4o", "gpt-4o-mini", "o3", "gpt-4.1"][: rng.randint(2 if truth is CauseKind.ONE_MODEL else 1, 4)],
        features=["Ask", "Summaries", "Search"][: rng.randint(2 if truth is CauseKind.OUR_DEPLOY else 1, 3)],
        regions=["eu", "us", "ap"][: rng.choice([0, 2, 3]) if truth is not CauseKind.ONE_REGION else 3],
        noise=rng.choice([0.0, 0.005, 0.02, 0.03]),
    )
    hit = rng.choice(_SHARES.get(truth, [0.95, 0.6, 0.3]))
    target = {CauseKind.ONE_MODEL: traffic.models, CauseKind.ONE_REGION: traffic.regions, CauseKind.OUR_DEPLOY: traffic.features}
    broken = rng.choice(target[truth][:2]) if only_part else ""
    slow = rng.uniform(2.5, 8) if truth is CauseKind.PROVIDER_SLOW else rng.uniform(0.9, 1.15)
    answers = rng.choice(ANSWERS[truth])
    now, slices = _drawn(traffic, calls, truth, (hit, broken, answers))
    before, _ = _drawn(traffic, calls * 4, truth, (0.0, "", answers))
    conditions = f"{calls} calls, {hit:.0%} hit, noise {traffic.noise:.1%}"
    return Case(truth, _facts(truth, rng, (now, before, slices, slow)), conditions)


_SHARES = {
    CauseKind.KEY_REFUSED: [1.0, 0.97],
    CauseKind.QUOTA_EXHAUSTED: [1.0, 0.97, 0.8],
    CauseKind.THROTTLED: [0.6, 0.3, 0.15],
    CauseKind.PROVIDER_SLOW: [0.0, 0.05, 0.2],
    CauseKind.OUR_DEPLOY: [0.95, 0.6],
    CauseKind.OUR_NETWORK: [1.0, 0.6],
    CauseKind.ONE_MODEL: [0.95, 0.6],
    CauseKind.ONE_REGION: [0.95, 0.6],
}


def _drawn(
    traffic: Traffic, calls: int, truth: CauseKind, fault: tuple[float, str, tuple[Raw, ...]]
) -> tuple[Sample, dict[str, dict[str, list[int]]]]:
    hit, broken, answers = fault
    found, codes = Counter(), Counter()
    slices: dict[str, dict[str, list[int]]] = {"models": {}, "features": {}, "regions": {}}
    for _ in range(calls):
        model, feature, region = traffic.row()
        is_meant = not broken or broken in {model, feature, region}
        verdict = judged(traffic.rng.choice(answers) if is_meant and traffic.rng.random() < hit else traffic.usual())
        found[verdict.outcome] += 1
        if verdict.code:
            codes[verdict.code] += 1
        for name, value in (("models", model), ("features", feature), ("regions", region)):
            counts = slices[name].setdefault(value, [0, 0])
            counts[0] += 1
            counts[1] += verdict.outcome.is_failure or verdict.outcome is Outcome.BAD_REQUEST
    return Sample(calls=calls, outcomes=dict(found), codes=dict(codes)), slices


def _facts(truth: CauseKind, rng: random.Random, drawn: tuple[Sample, Sample, dict, float]) -> Facts:
    now, before, slices, slow = drawn
    usual_ms = rng.uniform(600, 2500)
    is_theirs = truth in {CauseKind.PROVIDER_DOWN, CauseKind.PROVIDER_SLOW, CauseKind.CUT_SHORT, CauseKind.EMPTY_ANSWERS,
                          CauseKind.ONE_MODEL, CauseKind.ONE_REGION}  # fmt: skip
    tells = rng.random() < (0.45 if is_theirs else 0.04)
    began = NOW - timedelta(minutes=WINDOW)
    told = ProviderFact(id="i1", title="Elevated error rates", impact="major", at=began + timedelta(minutes=rng.randint(1, 9)))
    return Facts(
        api_id=API,
        api_name="OpenAI",
        provider="openai",
        since=began,
        until=NOW,
        started_at=began,
        now=_timed(now, usual_ms * slow),
        before=_timed(before, usual_ms),
        models=_slices(slices["models"]),
        regions=_slices(slices["regions"]),
        features=_slices(slices["features"]),
        deploys=_deploys(truth, rng, began),
        provider_incidents=(told,) if tells else (),
        reads_status_page=rng.random() < 0.7,
        others=_others(truth, rng),
        checks=_checks(truth, rng),
        quota=_quota(truth, rng),
        before_minutes=EARLIER,
    )


def _timed(sample: Sample, p95_ms: float) -> Sample:
    has_answers = sample.outcomes.get(Outcome.OK, 0) > 0
    return Sample(calls=sample.calls, outcomes=sample.outcomes, codes=sample.codes, p95_ms=p95_ms if has_answers else None)


def _slices(counts: dict[str, list[int]]) -> tuple[Slice, ...]:
    return tuple(Slice(name=name, calls=calls, failures=failures) for name, (calls, failures) in counts.items() if name)


def _deploys(truth: CauseKind, rng: random.Random, began: datetime) -> tuple[DeployFact, ...]:
    found = []
    if truth is CauseKind.OUR_DEPLOY:
        found.append(DeployFact(id="d1", name="api 2.14.3", at=began - timedelta(minutes=rng.randint(0, 4))))
    if rng.random() < 0.3:
        found.append(DeployFact(id="d2", name="web 9.1", at=began - timedelta(minutes=rng.randint(15, 44))))
    if truth is not CauseKind.OUR_DEPLOY and rng.random() < 0.12:
        found.append(DeployFact(id="d3", name="web 9.2", at=began - timedelta(minutes=rng.randint(0, 10))))
    return tuple(found)


def _others(truth: CauseKind, rng: random.Random) -> tuple[OtherApi, ...]:
    if truth is not CauseKind.OUR_NETWORK and rng.random() < 0.2:
        return ()
    found = []
    for number in range(rng.randint(1, 3)):
        calls = rng.randint(20, 400)
        failed = round(calls * (rng.uniform(0.5, 1.0) if truth is CauseKind.OUR_NETWORK else rng.choice([0.0, 0.01, 0.03])))
        cut_off = failed if truth is CauseKind.OUR_NETWORK else 0
        name = ["Anthropic", "Stripe", "Apollo"][number]
        found.append(
            OtherApi(id=str(number), name=name, provider=name.lower(), calls=calls, failures=failed, unreachable=cut_off)
        )
    return tuple(found)


def _checks(truth: CauseKind, rng: random.Random) -> tuple[CheckFact, ...]:
    if rng.random() < 0.6:
        return ()
    fails = {CauseKind.PROVIDER_DOWN: 0.9, CauseKind.OUR_NETWORK: 0.9, CauseKind.KEY_REFUSED: 0.6, CauseKind.PROVIDER_SLOW: 0.3}
    return (CheckFact(id="c1", name="OpenAI answers", is_failing=rng.random() < fails.get(truth, 0.05)),)


def _quota(truth: CauseKind, rng: random.Random) -> QuotaFact:
    if rng.random() < 0.3:
        return QuotaFact()
    share = rng.uniform(0.85, 1.0) if truth is CauseKind.THROTTLED else rng.uniform(0.1, 0.8)
    return QuotaFact(requests_share=share, tokens_share=share * rng.uniform(0.5, 1.0))
