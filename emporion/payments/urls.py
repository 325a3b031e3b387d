"""The addresses of this domain."""

from django.urls import URLPattern, path

from emporion.payments import views

app_name = "payments"
urlpatterns: list[URLPattern] = [
    path("webhooks/<slug:provider>/", views.webhook, name="webhook"),
    path("payments/<uuid:payment_id>/state/", views.state, name="state"),
    path("sandbox/3ds/<slug:ref>/", views.challenge, name="challenge"),
]
