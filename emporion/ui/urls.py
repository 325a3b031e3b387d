"""The addresses of this domain."""

from django.urls import URLPattern, path

from emporion.ui import views

app_name = "ui"
urlpatterns: list[URLPattern] = [
    path("appearance/", views.set_appearance, name="appearance"),
    path("ui/", views.show_components, name="components"),
    path("ui/palette/", views.palette_specimen, name="palette-specimen"),
    path("ui/undo/", views.undo_specimen, name="undo-specimen"),
    path("ui/<slug:frame>/", views.show_components, name="components-in"),
]
