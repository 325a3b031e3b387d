"""The JSON API: each domain brings a router; errors become problem JSON in one place."""

from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, ValidationError

from emporion.checkout.endpoints import router as checkout
from emporion.kernel.errors import DomainError
from emporion.plumbing.described import DescribedAPI
from emporion.plumbing.members import UNKNOWN
from emporion.plumbing.parsing import member_of
from emporion.plumbing.problems import problem, problem_of

api = DescribedAPI(title="Emporion", version="1", urls_namespace="api")


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [(member_of(fault["loc"]), fault["msg"]) for fault in error.errors]
    is_named = error.errors[0]["type"] == UNKNOWN  # its words name the member
    (field, said), told = faults[0], "; ".join(f"{name}: {words}" for name, words in faults)
    return problem(
        422,
        kind="invalid",
        title=f"{field}: {said}" if field and not is_named else said,
        next_step="Correct the field that is named, and the others in `fields`, if any.",
        facts={"field": field, "fields": told},
    )


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(
        401,
        kind="unauthenticated",
        title="We do not know who is asking.",
        next_step="Send a valid token as `Authorization: Bearer …`.",
    )


api.add_router("", "emporion.market.endpoints.router")
api.add_router("", checkout)
api.add_router("", "emporion.insights.reports.endpoints.router")
api.add_router("", "emporion.nexus.costs.endpoints.router")
api.add_router("", "emporion.nexus.gateway.endpoints.router")
