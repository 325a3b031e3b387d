"""APIs with a published description."""

from typing import Any, cast

from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.params.models import ParamModel
from pydantic import BaseModel

from emporion.plumbing.members import unknown_first


class DescribedAPI(NinjaAPI):
    """An API whose description is made at the first request for it, and then kept: the code alone decides what is in it."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said, docs_url=None, docs_decorator=require_GET)
        self._descriptions: dict[str | None, OpenAPISchema] = {}

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> OpenAPISchema:
        """The description, by the prefix of its addresses; who asks has no part in it."""
        if path_prefix not in self._descriptions:
            self._descriptions[path_prefix] = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        return self._descriptions[path_prefix]

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext[ParamModel]]) -> ValidationError:
        """What does not fit in a request; a member that is not known comes first, with the one that was likely meant."""
        faults: list[dict[str, Any]] = []
        for context in error_contexts:
            found = super().validation_error_from_error_contexts([context])
            faults += unknown_first(found.errors, cast("type[BaseModel]", context.model))  # a class, whatever its annotation says
        return ValidationError(faults)
