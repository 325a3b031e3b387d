"""The addresses of this domain."""

from django.urls import path

from emporion.agents.knowledge import views

app_name = "agents_knowledge"
_BASE = "agents/<uuid:agent_id>/training/"
urlpatterns = [
    path(_BASE, views.training, name="training"),
    path(f"{_BASE}sources/", views.source_list, name="sources"),
    path(f"{_BASE}being-read/", views.being_read, name="being_read"),
    path(f"{_BASE}files/", views.upload, name="upload"),
    path(f"{_BASE}replaced/", views.replaced, name="replaced"),
    path(f"{_BASE}refused/", views.dismiss, name="dismiss"),
    path(f"{_BASE}web/", views.web_address, name="web_address"),
    path(f"{_BASE}again/", views.read_all_again, name="read_all_again"),
    path(f"{_BASE}learnt/", views.learnt, name="learnt"),
    path(f"{_BASE}topics/", views.topics, name="topics"),
    path(f"{_BASE}pairs/", views.pairs, name="pairs"),
    path(f"{_BASE}pairs/import/", views.import_pairs, name="import_pairs"),
    path(f"{_BASE}pairs/<uuid:pair_id>/delete/", views.delete_pair, name="delete_pair"),
    path(f"{_BASE}pairs/<uuid:pair_id>/restore/", views.restore_pair, name="restore_pair"),
    path(f"{_BASE}<uuid:source_id>/", views.document, name="document"),
    path(f"{_BASE}<uuid:source_id>/again/", views.read_again, name="read_again"),
    path(f"{_BASE}<uuid:source_id>/delete/", views.delete, name="delete"),
    path(f"{_BASE}<uuid:source_id>/restore/", views.restore, name="restore"),
]
