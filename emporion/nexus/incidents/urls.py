"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.incidents import acting_views, report_views, views

app_name = "nexus_incidents"
ONE = "nexus/incidents/<uuid:incident_id>/"
urlpatterns = [
    path("nexus/incidents/", views.incidents, name="incidents"),
    path("nexus/incidents/declare/", views.declare, name="declare"),
    path("nexus/incidents/learnings/", report_views.learnings, name="learnings"),
    path("nexus/incidents/templates/", acting_views.templates, name="update-templates"),
    path(ONE, views.incident, name="incident"),
    path(f"{ONE}undo/", views.undo, name="undo-declaration"),
    path(f"{ONE}edit/", views.edit, name="edit-incident"),
    path(f"{ONE}roles/", views.assign, name="assign-role"),
    path(f"{ONE}notes/", views.note, name="note"),
    path(f"{ONE}updates/", acting_views.post_update, name="post-update"),
    path(f"{ONE}apply/", acting_views.apply, name="apply-suggestion"),
    path(f"{ONE}routes/<uuid:mitigation_id>/withdraw/", acting_views.withdraw, name="withdraw-mitigation"),
    path(f"{ONE}close/", acting_views.close, name="close-incident"),
    path(f"{ONE}timeline.csv", acting_views.timeline_csv, name="timeline-csv"),
    path(f"{ONE}report/", report_views.report, name="incident-report"),
    path(f"{ONE}report/draft/", report_views.draft, name="draft-report"),
    path(f"{ONE}report/versions/<int:number>/", report_views.version, name="report-version"),
    path(f"{ONE}report.md", report_views.markdown, name="report-markdown"),
    path(f"{ONE}report.pdf", report_views.pdf, name="report-pdf"),
    path(f"{ONE}items/", report_views.add_item, name="add-item"),
    path(f"{ONE}items/<uuid:item_id>/", report_views.tick_item, name="tick-item"),
    path(f"{ONE}learnings/", report_views.add_learning, name="add-learning"),
    path(f"{ONE}learnings/<uuid:learning_id>/remove/", report_views.remove_learning, name="remove-learning"),
]
