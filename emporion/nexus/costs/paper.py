"""Puts the cost report on paper."""

from typing import Any

from django.template.loader import render_to_string

from emporion.ui.paper import on_paper


def report_pdf(context: dict[str, Any]) -> bytes:
    """The report as a PDF; `PaperUnavailable` where the system lacks what draws text."""
    return on_paper(render_to_string("nexus_costs/paper.html", context), style="nexus_costs/paper.css")
