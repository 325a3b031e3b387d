"""Asks what a check asks, through the outbound guard, and judges the answer."""

from datetime import datetime

from emporion.kernel.errors import DomainError
from emporion.nexus.checks import rules
from emporion.nexus.checks.types import Asked, CheckSpec, Judged, Timings
from emporion.plumbing.measuring import measure
from emporion.plumbing.outbound import Request

MOST_READ = 256 * 1024


def run(spec: CheckSpec, *, now: datetime) -> Judged:
    """One run: whatever goes wrong on the way is a result, never an error."""
    return rules.judge(_asked(spec), spec.assertions, now=now)


def _asked(spec: CheckSpec) -> Asked:
    request = Request(
        url=spec.url,
        method=spec.method,
        headers={"Accept-Encoding": "identity", **spec.headers},
        body=spec.body.encode() if spec.body else None,
        seconds=float(spec.timeout_seconds),
        max_bytes=MOST_READ,
    )
    try:
        measured = measure(request)
    except DomainError as error:
        reason = str(error.facts.get("reason", ""))
        return Asked(url=spec.url, problem=f"{error.message.rstrip('.')}{f': {reason}' if reason else ''}", advice=error.step)
    return Asked(
        url=measured.url,
        status=measured.status,
        headers=measured.headers,
        body=measured.body,
        is_cut=measured.is_cut,
        timings=Timings(
            name_us=measured.name_us,
            connect_us=measured.connect_us,
            tls_us=measured.tls_us,
            first_byte_us=measured.first_byte_us,
            total_us=measured.total_us,
        ),
        certificate_until=measured.certificate_until,
        address=measured.address,
    )
