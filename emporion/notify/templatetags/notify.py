"""The part of a page that turns push on in this browser: `{% load notify %}{% this_device %}`."""

from typing import cast

from django import template
from django.template import Context
from django.urls import reverse

from emporion.notify import queries, webpush
from emporion.plumbing.access import ActorRequest

register = template.Library()


@register.inclusion_tag("notify/_this_device.html", takes_context=True)
def this_device(context: Context) -> dict[str, object]:
    """Turns push on in this browser, or says why it cannot; one query."""
    request = cast("ActorRequest", context["request"])
    return {
        "key": webpush.public_key(),
        "worker_url": reverse("notify:service_worker"),
        "add_url": reverse("notify:add_device"),
        "devices": queries.devices_of(request.actor),
        "csrf_token": context.get("csrf_token"),
        "next": request.path,
    }


@register.inclusion_tag("notify/_devices.html", takes_context=True)
def my_devices(context: Context) -> dict[str, object]:
    """The devices of the person, each with a way to turn it off, and a button that pushes a test."""
    request = cast("ActorRequest", context["request"])
    return {"devices": queries.devices_of(request.actor), "csrf_token": context.get("csrf_token"), "next": request.path}
