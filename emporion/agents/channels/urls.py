"""The addresses of the channels: pages of the owner, APIs of programs, and what visitors' browsers fetch."""

from django.urls import path, re_path

from emporion.agents.channels import endpoints, views, widget_views

app_name = "agents_channels"
# What OpenAI's clients call besides: not every address below /v1/, where other figures of ours are too.
OPENAI_S = (
    "assistants|audio|batches|chat|completions|containers|conversations|embeddings|evals|files|fine_tuning|images|models|moderations"
    "|realtime|responses|threads|uploads|vector_stores|videos"
)
urlpatterns = [
    path("agents/<uuid:agent_id>/keys/", views.keys, name="keys"),
    path("agents/<uuid:agent_id>/keys/<uuid:key_id>/revoke/", views.revoke, name="revoke-key"),
    path("agents/<uuid:agent_id>/keys/<uuid:key_id>/restore/", views.restore_key, name="restore-key"),
    path("agents/<uuid:agent_id>/widget/", views.widget, name="widget"),
    path("agents/<uuid:agent_id>/widget/publish/", views.publish, name="publish"),
    path("agents/<uuid:agent_id>/widget/pause/", views.pause, name="pause"),
    path("agents/<uuid:agent_id>/widget/restore/", views.restore, name="restore"),
    path("agents/<uuid:agent_id>/widget/secret/", views.secret, name="secret"),
    path("agents/<uuid:agent_id>/widget/test/", views.test_integration, name="test-integration"),
    path("agents/<uuid:agent_id>/widget/preview/", views.preview, name="preview"),
    path("widgets/", views.widgets, name="widgets"),
    path("widgets/<uuid:implementation_id>/", views.change_implementation, name="implementation"),
    path("api/agents/<uuid:agent_id>/chat", endpoints.chat, name="chat"),
    path("v1/chat/completions", endpoints.completions, name="completions"),
    path("v1/models", endpoints.models, name="models"),
    re_path(rf"^v1/(?:{OPENAI_S})(?:/.*)?$", endpoints.not_offered, name="not-offered"),
    path("widget/v1.js", widget_views.loader, name="loader"),
    path("widget/<str:public_id>/config/", widget_views.config, name="widget-config"),
    path("widget/<str:public_id>/frame/", widget_views.frame, name="widget-frame"),
    path("widget/<str:public_id>/session/", widget_views.session, name="widget-session"),
    path("widget/<str:public_id>/looks/", widget_views.looks, name="widget-looks"),
    path("widget/<str:public_id>/messages/", widget_views.messages, name="widget-messages"),
    path("widget/<str:public_id>/conversations/<uuid:conversation_id>/", widget_views.conversation, name="widget-conversation"),
    path(
        "widget/<str:public_id>/conversations/<uuid:conversation_id>/person/", widget_views.ask_for_person, name="widget-person"
    ),
    path("widget/<str:public_id>/conversations/<uuid:conversation_id>/feedback/", widget_views.feedback, name="widget-feedback"),
]
