"""The addresses of this domain."""

from django.urls import path

from emporion.notify import views

app_name = "notify"
urlpatterns = [
    path("notifications/", views.centre, name="notifications"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<uuid:notification_id>/", views.follow, name="follow"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<uuid:mail_id>/", views.mail, name="mail"),
    path("outbox/<uuid:mail_id>/body/", views.mail_body, name="mail_body"),
]
