"""The addresses of alerts, problems, rules and maintenance windows."""

from django.urls import path

from emporion.nexus.alerts import rule_views, views

app_name = "nexus_alerts"
urlpatterns = [
    path("nexus/alerts/", views.problems, name="problems"),
    path("nexus/alerts/rules/", rule_views.rules, name="rules"),
    path("nexus/alerts/rules/new/", rule_views.new_rule, name="new-rule"),
    path("nexus/alerts/rules/<uuid:rule_id>/", rule_views.rule, name="rule"),
    path("nexus/alerts/rules/<uuid:rule_id>/switch/", rule_views.switch, name="switch-rule"),
    path("nexus/alerts/rules/<uuid:rule_id>/remove/", rule_views.remove, name="remove-rule"),
    path("nexus/alerts/rules/<uuid:rule_id>/restore/", rule_views.restore, name="restore-rule"),
    path("nexus/alerts/maintenance/", rule_views.maintenance, name="maintenance"),
    path("nexus/alerts/maintenance/<uuid:silence_id>/remove/", rule_views.remove_window, name="remove-window"),
    path("nexus/alerts/maintenance/<uuid:silence_id>/restore/", rule_views.restore_window, name="restore-window"),
    path("nexus/alerts/<uuid:problem_id>/", views.problem, name="problem"),
    path("nexus/alerts/<uuid:problem_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("nexus/alerts/<uuid:problem_id>/release/", views.release, name="release"),
    path("nexus/alerts/<uuid:problem_id>/resolve/", views.resolve, name="resolve"),
    path("nexus/alerts/<uuid:problem_id>/reopen/", views.reopen, name="reopen"),
    path("nexus/alerts/<uuid:problem_id>/silence/", views.silence, name="silence"),
    path("nexus/alerts/<uuid:problem_id>/unsilence/", views.unsilence, name="unsilence"),
    path("nexus/alerts/<uuid:problem_id>/split/", views.split, name="split"),
    path("nexus/alerts/<uuid:problem_id>/merge/", views.merge, name="merge"),
    path("nexus/alerts/regroupings/<uuid:regrouping_id>/undo/", views.undo, name="undo-regrouping"),
]
