"""The addresses of this domain: `/apps/` belongs to the platform, everything under `/app/` to the apps themselves."""

from django.urls import path, re_path

from emporion.agents.apps import doors, notes_views, status_views, views

app_name = "agents_apps"
_KIND = r"^app/(?P<kind>notes|status)/"
urlpatterns = [
    path("apps/", views.app_list, name="apps"),
    path("apps/<uuid:subscription_id>/", views.app_page, name="app"),
    re_path(_KIND + r"sign-in/$", doors.sign_in, name="sign_in"),
    re_path(_KIND + r"callback/$", doors.callback, name="callback"),
    re_path(_KIND + r"leave/$", doors.leave, name="leave"),
    path("app/notes/", notes_views.note_list, name="notes"),
    path("app/notes/switch/", notes_views.switch, name="notes_switch"),
    path("app/notes/new/", notes_views.new_note, name="new_note"),
    path("app/notes/<uuid:note_id>/", notes_views.note, name="note"),
    path("app/notes/<uuid:note_id>/edit/", notes_views.edit_note, name="edit_note"),
    path("app/notes/<uuid:note_id>/pin/", notes_views.pin_note, name="pin_note"),
    path("app/notes/<uuid:note_id>/delete/", notes_views.delete_note, name="delete_note"),
    path("app/notes/<uuid:note_id>/restore/", notes_views.restore_note, name="restore_note"),
    path("app/status/", status_views.board, name="board"),
    path("app/status/switch/", status_views.switch, name="status_switch"),
    path("app/status/share/", status_views.share, name="share"),
    path("app/status/shared/<str:token>/", status_views.shared, name="shared"),
    path("app/status/services/<uuid:service_id>/", status_views.say, name="say"),
    path("app/status/services/<uuid:service_id>/remove/", status_views.remove, name="remove"),
    path("app/status/services/<uuid:service_id>/restore/", status_views.restore, name="restore"),
]
