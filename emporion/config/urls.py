"""The address table: each domain brings its own."""

from django.urls import include, path

from emporion.config.api import api
from emporion.insights.api.endpoints import api as figures
from emporion.insights.api.endpoints import short as short_figures

urlpatterns = [
    path("", include("emporion.ui.urls")),
    path("", include("emporion.accounts.urls")),
    path("accounts/", include("emporion.accounts.allauth_urls")),
    path("", include("emporion.notify.urls")),
    path("", include("emporion.ledger.urls")),
    path("", include("emporion.payments.urls")),
    path("", include("emporion.billing.urls")),
    path("", include("emporion.checkout.urls")),
    path("", include("emporion.market.urls")),
    path("", include("emporion.agents.knowledge.urls")),
    path("", include("emporion.agents.runtime.urls")),
    path("", include("emporion.agents.channels.urls")),
    path("", include("emporion.agents.automations.urls")),
    path("", include("emporion.agents.apps.urls")),
    path("", include("emporion.insights.sites.urls")),
    path("", include("emporion.insights.reports.goal_urls")),
    path("", include("emporion.insights.revenue.urls")),
    path("", include("emporion.insights.imports.urls")),
    path("", include("emporion.insights.reports.urls")),
    path("", include("emporion.insights.intent.urls")),
    path("", include("emporion.insights.live.urls")),
    path("", include("emporion.insights.api.urls")),
    path("", include("emporion.gateway.pricing.urls")),
    path("", include("emporion.gateway.routing.urls")),
    path("", include("emporion.nexus.apis.urls")),
    path("", include("emporion.nexus.checks.urls")),
    path("", include("emporion.nexus.providers.urls")),
    path("", include("emporion.nexus.signals.urls")),
    path("", include("emporion.nexus.alerts.urls")),
    path("", include("emporion.nexus.diagnosis.urls")),
    path("", include("emporion.nexus.statuspage.urls")),
    path("", include("emporion.nexus.incidents.urls")),
    path("", include("emporion.nexus.oncall.urls")),
    path("", include("emporion.nexus.costs.urls")),
    path("", include("emporion.nexus.gateway.urls")),
    path("", include("emporion.nexus.overview.urls")),
    path("", include("allauth.idp.urls")),
    path("", include("emporion.web.urls")),
    path("api/", api.urls),
    path("api/", figures.urls),
    path("v1/", short_figures.urls),
]

handler400 = "emporion.web.views.unreadable"
handler404 = "emporion.web.views.not_found"
handler500 = "emporion.web.views.failed"
