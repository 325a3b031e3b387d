"""The addresses of the pages that join domains."""

from django.urls import path

from emporion.web import views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/spending/", views.spending, name="spending"),
    path("dashboard/calls/", views.calls, name="calls"),
    path("dashboard/calls/<uuid:subscription_id>/", views.calls_of, name="calls-of"),
    path("palette/", views.palette, name="palette"),
    path("docs/", views.docs, name="docs"),
    path("docs/<path:slug>", views.docs_page, name="docs-page"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.health, name="health"),
]
