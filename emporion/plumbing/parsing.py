"""Reads the small values that forms and programs send; what somebody made up reads as nothing, so that it finds nothing."""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.utils.http import url_has_allowed_host_and_scheme

from emporion.plumbing.members import no_member

LARGEST = 2**31 - 1
# How msgspec says where: "Object contains unknown field `x` - at `$.a[0]`".
_MEMBER = re.compile(r"^Object (?:contains unknown|missing required) field `([^`]*)`")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]*)`$")  # of the outermost object
_PLACE = re.compile(r" - at (?:`key` in )?`\$([^`]*)`$")
_PART = re.compile(r"[^.\[\]]+")


def number_of(text: str) -> int:
    """A number that counts something of ours; 0, which counts nothing, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= LARGEST else 0


def uuid_of(text: str) -> UUID | None:
    """An id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def named(error: Exception) -> dict[str, str]:
    """The fact `field` of a JSON body that does not fit: the member's path, such as `messages.0.content`; none for no JSON."""
    told = str(error) if isinstance(error, msgspec.ValidationError) else ""
    member, place = _MEMBER.search(told), _PLACE.search(told)
    parts = _PART.findall(place[1]) if place else []
    path = ".".join([*parts, member[1]] if member else parts)
    return {"field": path} if path else {}


def worded(error: Exception, kind: object) -> str:
    """What is said of a JSON body that does not fit a kind; of a member that it does not know, which one was likely meant."""
    unknown = _UNKNOWN.search(str(error))
    if unknown is None or not isinstance(kind, type) or not issubclass(kind, msgspec.Struct):
        return str(error)
    return no_member(unknown[1], [field.encode_name for field in msgspec.structs.fields(kind)])


def member_of(place: Sequence[str | int]) -> str:
    """The path of the member or parameter that a schema's fault is about; its place begins with the kind and the argument."""
    return ".".join(str(part) for part in place[2:]) or str(place[-1])


def own_path(text: str, otherwise: str) -> str:
    """A place on this site that a form wants to go on to; `otherwise` where it is none."""
    return text if text.startswith("/") and url_has_allowed_host_and_scheme(text, None) else otherwise
