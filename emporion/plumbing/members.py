"""Which members a shape has, and what is said of one that it does not have: a slip of the pen is told, never passed over."""

import difflib
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

UNKNOWN = "extra_forbidden"  # pydantic's word for a member that a shape does not have
LONGEST_NAME = 60  # no member of ours is longer; what is longer is neither compared nor shown in full
MOST_TOLD = 20  # a body may hold as many as fit into it


def nearest(name: str, known: Iterable[str]) -> str:
    """The name among the known ones that was likely meant; empty where none is near."""
    close = difflib.get_close_matches(name, list(known), n=1) if len(name) <= LONGEST_NAME else []
    return close[0] if close else ""


def no_member(name: str, known: Iterable[str]) -> str:
    """What is said of a member that is not among the known ones, with the one that was likely meant."""
    shown, meant = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…", nearest(name, known)
    return f"No member '{shown}'; did you mean '{meant}'?" if meant else f"No member '{shown}'."


def members_beside(kind: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The members that are known where `place` stands in a shape; of a choice of shapes, those of all."""
    kinds = [kind]
    for part in place[:-1]:
        if isinstance(part, str):
            kinds = [
                inner for outer in kinds if part in outer.model_fields for inner in models_in(outer.model_fields[part].annotation)
            ]
    return [name for outer in kinds for name in outer.model_fields]


def models_in(annotation: object) -> list[type[BaseModel]]:
    """The shapes that an annotation is made of, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in {Annotated, Union, UnionType, tuple, list}:
        return [model for inner in get_args(annotation) for model in models_in(inner)]
    return []


def unknown_first(faults: Sequence[dict[str, Any]], kind: type[BaseModel]) -> list[dict[str, Any]]:
    """The faults of a request, members that are not known before all else: one that is missing is often one of them, misspelt.

    The place (`loc`) of a fault begins with its source (`body`), and goes on within `kind`. At most `MOST_TOLD` unknown members
    are told.
    """
    unknown = [fault for fault in faults if fault["type"] == UNKNOWN][:MOST_TOLD]
    told = [{**fault, "msg": no_member(str(fault["loc"][-1]), members_beside(kind, fault["loc"][1:]))} for fault in unknown]
    return [*told, *(fault for fault in faults if fault["type"] != UNKNOWN)]
