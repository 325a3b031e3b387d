"""The addresses of this domain."""

from django.urls import path

from emporion.market import file_views, member_views, views

app_name = "market"
urlpatterns = [
    path("marketplace/", views.marketplace, name="marketplace"),
    path("marketplace/compare/", views.compare, name="compare"),
    path("marketplace/bundles/", views.bundles, name="bundles"),
    path("marketplace/bundles/<slug:slug>/", views.bundle, name="bundle"),
    path("marketplace/<slug:slug>/", views.offering, name="offering"),
    path("marketplace/<slug:slug>/panel/", views.panel, name="panel"),
    path("marketplace/<slug:slug>/reviews/", member_views.reviews, name="reviews"),
    path("marketplace/<slug:slug>/reviews/remove/", member_views.remove_review, name="remove_review"),
    path("marketplace/<slug:slug>/reviews/<uuid:review_id>/reply/", member_views.reply, name="reply"),
    path("marketplace/<slug:slug>/favourite/", member_views.favourite, name="favourite"),
    path("marketplace/<slug:slug>/assets/<str:name>", file_views.asset, name="asset"),
    path("providers/<slug:slug>/", views.provider, name="provider"),
    path("favourites/", member_views.favourites, name="favourites"),
]
