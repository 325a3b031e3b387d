"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.oncall import destination_views, schedule_views, views

app_name = "nexus_oncall"
HOME = "nexus/on-call/"
SCHEDULE = f"{HOME}schedules/<uuid:schedule_id>/"
CHANNEL = f"{HOME}channels/<uuid:destination_id>/"
urlpatterns = [
    path(HOME, views.on_call, name="on_call"),
    path(f"{HOME}answer/<str:token>/", views.answer, name="answer"),
    path(f"{HOME}pages/test/", views.test_page, name="test_page"),
    path(f"{HOME}pages/<uuid:page_id>/", views.page, name="page"),
    path(f"{HOME}pages/<uuid:page_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path(f"{HOME}quiet/", views.keep_quiet, name="keep_quiet"),
    path(f"{HOME}escalation/", views.policy, name="policy"),
    path(f"{HOME}schedules/new/", schedule_views.new, name="new_schedule"),
    path(SCHEDULE, schedule_views.schedule, name="schedule"),
    path(f"{SCHEDULE}take-over/", schedule_views.take_over, name="take_over"),
    path(f"{SCHEDULE}swap/", schedule_views.swap, name="swap"),
    path(f"{SCHEDULE}overrides/<uuid:override_id>/give-back/", schedule_views.give_back, name="give_back"),
    path(f"{SCHEDULE}remove/", schedule_views.remove, name="remove_schedule"),
    path(f"{SCHEDULE}restore/", schedule_views.restore, name="restore_schedule"),
    path(f"{HOME}channels/", destination_views.destinations, name="destinations"),
    path(CHANNEL, destination_views.destination, name="destination"),
    path(f"{CHANNEL}test/", destination_views.try_out, name="try_destination"),
    path(f"{CHANNEL}pause/", destination_views.pause, name="pause_destination"),
    path(f"{CHANNEL}remove/", destination_views.remove, name="remove_destination"),
    path(f"{CHANNEL}restore/", destination_views.restore, name="restore_destination"),
]
