"""APIs with a published description."""

from typing import Any

from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema


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
