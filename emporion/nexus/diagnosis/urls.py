"""The addresses of this domain."""

from django.urls import path

from emporion.nexus.diagnosis import views

app_name = "nexus_diagnosis"
urlpatterns = [
    path("nexus/alerts/<uuid:problem_id>/diagnosis/", views.of_problem, name="of_problem"),
    path("nexus/alerts/<uuid:problem_id>/diagnosis/act/", views.act_on_problem, name="act_on_problem"),
    path("nexus/apis/<uuid:api_id>/diagnosis/", views.of_api, name="of_api"),
    path("nexus/apis/<uuid:api_id>/diagnosis/act/", views.act_on_api, name="act_on_api"),
]
