"""The addresses of this domain."""

from django.urls import path

from emporion.notify import device_views, views

app_name = "notify"
urlpatterns = [
    path("notifications/", views.centre, name="notifications"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<uuid:notification_id>/", views.follow, name="follow"),
    path("service-worker.js", device_views.service_worker, name="service_worker"),
    path("manifest.webmanifest", device_views.manifest, name="manifest"),
    path("notifications/devices/", device_views.add, name="add_device"),
    path("notifications/devices/<uuid:device_id>/remove/", device_views.remove, name="remove_device"),
    path("notifications/devices/test/", device_views.send_test, name="test_push"),
    path("notifications/receipts/<str:receipt>/", device_views.keep_receipt, name="receipt"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<uuid:mail_id>/", views.mail, name="mail"),
    path("outbox/<uuid:mail_id>/body/", views.mail_body, name="mail_body"),
]
