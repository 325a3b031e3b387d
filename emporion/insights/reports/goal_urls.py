"""The addresses of goals and funnels; their pages show figures, so they are served from here."""

from django.urls import path

from emporion.insights.reports import goal_views as views

app_name = "insights_goals"
urlpatterns = [
    path("insights/<uuid:site_id>/goals/", views.goals, name="goals"),
    path("insights/<uuid:site_id>/goals/<uuid:goal_id>/", views.goal, name="goal"),
    path("insights/<uuid:site_id>/goals/<uuid:goal_id>/seen/", views.goal_seen, name="goal-seen"),
    path("insights/<uuid:site_id>/goals/<uuid:goal_id>/remove/", views.remove_goal, name="remove-goal"),
    path("insights/<uuid:site_id>/goals/<uuid:goal_id>/restore/", views.restore_goal, name="restore-goal"),
    path("insights/<uuid:site_id>/funnels/", views.funnels, name="funnels"),
    path("insights/<uuid:site_id>/funnels/<uuid:funnel_id>/", views.funnel, name="funnel"),
    path("insights/<uuid:site_id>/funnels/<uuid:funnel_id>/remove/", views.remove_funnel, name="remove-funnel"),
    path("insights/<uuid:site_id>/funnels/<uuid:funnel_id>/restore/", views.restore_funnel, name="restore-funnel"),
]
