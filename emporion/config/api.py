"""The JSON API: each domain brings a router; errors become problem JSON in one place."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from emporion.checkout.endpoints import router as checkout
from emporion.kernel.errors import DomainError
from emporion.plumbing.problems import problem, problem_of

api = NinjaAPI(title="Emporion", version="1", urls_namespace="api", docs_url=None)


@api.exception_handler(DomainError)
def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problem_of(error)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = "; ".join(f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in error.errors)
    return problem(
        422,
        kind="invalid",
        title="The request does not fit.",
        next_step="Correct the fields named in `fields`.",
        facts={"fields": fields},
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
