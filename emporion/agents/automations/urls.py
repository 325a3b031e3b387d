"""The addresses of this domain."""

from django.urls import path

from emporion.agents.automations import views

app_name = "agents_automations"
urlpatterns = [
    path("automations/", views.automation_list, name="automations"),
    path("automations/<uuid:automation_id>/", views.automation_page, name="automation"),
    path("automations/<uuid:automation_id>/act/", views.act, name="act"),
    path("automations/<uuid:automation_id>/history/", views.history, name="history"),
    path("automations/<uuid:automation_id>/runs/<uuid:run_id>/", views.run_page, name="run"),
]
