"""The template tags of the design system: `{% load ui %}`."""

import difflib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from emporion.kernel.clock import utcnow
from emporion.ui import drawing, tiles, wording

register = template.Library()
SPRITE = Path(__file__).resolve().parent.parent / "static/ui/icons.svg"

for _filter in (
    wording.money,
    wording.money_full,
    wording.micros,
    wording.picos,
    wording.number,
    wording.percent,
    wording.initials,
):
    register.filter(_filter.__name__, _filter)


@cache
def icon_names() -> frozenset[str]:
    """The icons that the sprite holds."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text()))


@register.simple_tag
def icon(name: str, label: str = "", tone: str = "") -> SafeString:
    """A Lucide icon, hidden from screen readers unless it has a label; `tone` adds classes. Unknown names are refused."""
    return _icon(name, label, tone, static("ui/icons.svg"))


@lru_cache(maxsize=2_048, typed=True)  # a page has dozens; typed: what is marked as safe is not escaped
def _icon(name: str, label: str, tone: str, sprite: str) -> SafeString:
    if name not in icon_names():
        near = ", ".join(difflib.get_close_matches(name, icon_names())) or "none is near"
        raise template.TemplateSyntaxError(f"No icon {name!r} in the sprite (near: {near}); add it to tools/vendor.toml.")
    look = f"icon {tone}".strip()
    address = f"{sprite}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', look, label, address)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', look, address)


@register.simple_tag
def tile(name: str, size: str = "md", label: str = "") -> SafeString:
    """The drawn tile of an offering; sizes sm 24, md 32, lg 44, xl 76. Unknown names get the plain box."""
    known, drawn = tiles.tile(name)
    look = " ".join(part for part in ("mark", "solid" if drawn.solid else "", size) if part and part != "md")
    address = f"{static('ui/tiles.svg')}#{known}"
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="{}" data-hue="{}" viewBox="0 0 40 40" {}><use href="{}"/></svg>', look, drawn.hue, spoken, address
    )


@register.simple_tag
def ago(moment: datetime | None, now: datetime | None = None) -> SafeString:
    """A `<time>` in relative words with the exact time on hover; nothing for None."""
    if moment is None:
        return SafeString("")
    local = timezone.localtime(moment)
    words = wording.ago(local, timezone.localtime(now or utcnow()))
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(timespec="seconds"), wording.exact(local), words
    )


@register.simple_tag
def dated(moment: datetime | None) -> SafeString:
    """A `<time>` with day and time in the reader's zone, for orders, receipts and all that is looked up; nothing for None."""
    if moment is None:
        return SafeString("")
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        wording.exact(local),
        wording.dated(local),
    )


@register.inclusion_tag("ui/meter.html")
def meter(used: float, limit: float, expected: float | None = None, label: str = "", kind: str = "plan") -> dict[str, object]:
    """A meter of used, expected and the 80 % tick; `kind` "plan" is 10 px high, "" is 6 px without the tick."""
    return {"meter": drawing.meter(used, limit, expected), "label": label, "kind": kind}


@register.inclusion_tag("ui/spark.html")
def spark(values: Sequence[float], tone: str = "") -> dict[str, object]:
    """A spark line beside its number; tone "money" is terracotta."""
    return {"spark": drawing.spark(values), "tone": tone}


@register.inclusion_tag("ui/hours.html")
def hours(values: Sequence[float], tone: str = "") -> dict[str, object]:
    """Small bars, one per hour; tone "off" is grey, "none" red feet."""
    return {"bars": drawing.bars(values), "width": len(values) * 4, "tone": tone}


@register.inclusion_tag("ui/sort.html", takes_context=True)
def sort(context: Context, key: str, label: str, look: str = "") -> dict[str, str]:
    """A column head that sorts by `?sort=key`, the other way round by `?sort=-key`; look "num" for numbers."""
    query = context["request"].GET.copy()
    orders = {key: "ascending", f"-{key}": "descending"}
    order = orders.get(query.get("sort", ""), "")
    query["sort"] = f"-{key}" if order == "ascending" else key
    query.pop("page", None)
    return {"label": label, "look": look, "order": order, "url": f"?{query.urlencode()}"}


@register.filter
def share(part: float, whole: float) -> str:
    """The width of a bar, in per cent of the whole, for an SVG attribute."""
    return f"{min(drawing.share(part, whole), 100):.1f}"


@register.filter
def control_kind(field: BoundField) -> str:
    """Which frame a form field's control needs: choice, check, select, file, area or input."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
        return "select"
    return "input"


@register.simple_tag
def control(field: BoundField, look: str = "") -> SafeString:
    """The control of a form field with our classes; a class set on the widget is kept."""
    kind = control_kind(field)
    base = {"select": "select", "input": "input"}.get(kind, "")
    own = field.field.widget.attrs.get("class", "")
    attrs = {"class": " ".join(part for part in (base, own, look) if part)}
    return field.as_widget(attrs={name: value for name, value in attrs.items() if value})


def _block(template_name: str, context: Context, values: dict[str, Any]) -> SafeString:
    return render_to_string(template_name, {"csrf_token": context.get("csrf_token"), **values})


@register.simple_block_tag(takes_context=True)
def card(context: Context, content: SafeString, title: str = "", **values: str) -> SafeString:
    """`{% card title="Documents" sub="8 sources" id="docs" %}…{% endcard %}`; also `more`, `more_url`, `bare="1"`."""
    return _block("ui/card.html", context, {"content": content, "title": title, **values})


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: SafeString, id: str, title: str, size: str = "") -> SafeString:  # noqa: A002  # HTML's own word
    """`{% dialog id="rename" title="Rename agent" %}…{% enddialog %}`, opened by `data-dialog="rename"`."""
    return _block("ui/dialog.html", context, {"content": content, "id": id, "title": title, "size": size})


@register.simple_block_tag(takes_context=True)
def menu(context: Context, content: SafeString, id: str, label: str, **values: str) -> SafeString:  # noqa: A002  # HTML's own word
    """`{% menu id="row-1" label="Actions" icon="ellipsis" %}…{% endmenu %}`; also `look`, `side="start"`, `text="1"`."""
    return _block("ui/menu.html", context, {"content": content, "id": id, "label": label, **values})


@register.filter
def unlocalized(value: float) -> str:
    """A number as machines read it, whatever the reader's locale."""
    return str(value)


@register.simple_tag
def once() -> SafeString:
    """The random key of a form that makes something, whose view is `made_once`: two clicks on its button make one thing."""
    return format_html('<input type="hidden" name="once" value="{}">', secrets.token_urlsafe(16))
