"""The addresses of this domain."""

from django.urls import path

from emporion.insights.reports import export_views, money_views, note_views, share_views, views

app_name = "insights_reports"
urlpatterns = [
    path("insights/shared/<str:token>/", share_views.shared, name="shared"),
    path("insights/shared/<str:token>/cards/<str:card_key>/", share_views.shared_card, name="shared-card"),
    path("insights/unsubscribe/<str:token>/", share_views.unsubscribe, name="unsubscribe"),
    path("insights/<uuid:site_id>/", views.dashboard, name="dashboard"),
    path("insights/<uuid:site_id>/cards/<str:card_key>/", views.card, name="card"),
    path("insights/<uuid:site_id>/by/<str:dimension>/", views.breakdown, name="breakdown"),
    path("insights/<uuid:site_id>/money/", money_views.money, name="money"),
    path("insights/<uuid:site_id>/export/<str:export>.csv", export_views.csv_file, name="export-csv"),
    path("insights/<uuid:site_id>/export/<str:export>.ndjson", export_views.ndjson, name="export-ndjson"),
    path("insights/<uuid:site_id>/export/<str:export>.parquet", export_views.parquet, name="export-parquet"),
    path("insights/<uuid:site_id>/notes/", note_views.add, name="add-note"),
    path("insights/<uuid:site_id>/notes/<uuid:note_id>/", note_views.edit, name="note"),
    path("insights/<uuid:site_id>/notes/<uuid:note_id>/remove/", note_views.remove, name="remove-note"),
    path("insights/<uuid:site_id>/notes/<uuid:note_id>/restore/", note_views.restore, name="restore-note"),
    path("insights/<uuid:site_id>/share/", share_views.sharing, name="sharing"),
    path("insights/<uuid:site_id>/share/links/", share_views.share, name="share"),
    path("insights/<uuid:site_id>/share/links/<uuid:share_id>/revoke/", share_views.revoke, name="revoke"),
    path("insights/<uuid:site_id>/share/links/<uuid:share_id>/restore/", share_views.restore_share, name="restore-share"),
    path("insights/<uuid:site_id>/share/mail/", share_views.schedule, name="schedule"),
    path("insights/<uuid:site_id>/share/mail/<uuid:schedule_id>/stop/", share_views.stop, name="stop"),
    path("insights/<uuid:site_id>/share/mail/<uuid:schedule_id>/restore/", share_views.restore_schedule, name="restore-schedule"),
]
