"""Which requests look at what was sent: one that looks at none of it does the same whatever is sent."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.http import HttpRequest, QueryDict

WAYS = ("__getitem__", "_getlist", "__contains__", "__iter__", "__deepcopy__", "keys", "items", "lists", "values", "urlencode")


@contextmanager
def looks(names: Collection[str]) -> Iterator[list[str]]:
    """Fills with the ways by which, while the block runs, a request looked at a field of these names, or at all there are."""
    seen: list[str] = []

    def field(way: str) -> Callable[..., Any]:
        look = getattr(QueryDict, way)

        def watched(self: QueryDict, *asked: Any, **how: Any) -> Any:
            is_all = way == "__deepcopy__" or not asked
            if not self._mutable and (is_all or asked[0] in names):  # mutable is what is still being filled
                seen.append(way)
            return look(self, *asked, **how)

        return watched

    def whole(self: HttpRequest) -> bytes:
        seen.append("body")
        return body.fget(self)

    def address(self: HttpRequest, *how: Any, **more: Any) -> str:
        seen.append("get_full_path")
        return full_path(self, *how, **more)

    body, full_path = HttpRequest.body, HttpRequest.get_full_path
    with pytest.MonkeyPatch.context() as patch:
        for way in WAYS:
            patch.setattr(QueryDict, way, field(way))
        patch.setattr(HttpRequest, "body", property(whole))
        patch.setattr(HttpRequest, "get_full_path", address)
        yield seen
