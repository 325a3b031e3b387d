"""The addresses of this domain."""

from django.urls import path

from emporion.agents.runtime import chat_views, demo_views, inbox_views, views

app_name = "agents_runtime"
urlpatterns = [
    path("agents/", views.agent_list, name="list"),
    path("agents/<uuid:agent_id>/", views.overview_page, name="overview"),
    path("agents/<uuid:agent_id>/welcome/", views.welcome, name="welcome"),
    path("agents/<uuid:agent_id>/settings/", views.switches, name="switches"),
    path("agents/<uuid:agent_id>/correct/", views.correct, name="correct"),
    path("agents/<uuid:agent_id>/persona/", views.persona_page, name="persona"),
    path("agents/<uuid:agent_id>/persona/preview/", chat_views.preview, name="preview"),
    path("agents/<uuid:agent_id>/persona/versions/", views.roll_back, name="roll_back"),
    path("agents/<uuid:agent_id>/branding/", views.branding_page, name="branding"),
    path("agents/<uuid:agent_id>/logo/", views.logo, name="logo"),
    path("agents/<uuid:agent_id>/chat/", chat_views.chat, name="chat"),
    path("agents/<uuid:agent_id>/chat/<uuid:conversation_id>/", chat_views.log, name="log"),
    path("agents/<uuid:agent_id>/chat/<uuid:conversation_id>/person/", chat_views.hand_over, name="hand_over"),
    path("agents/<uuid:agent_id>/messages/<uuid:message_id>/rating/", chat_views.rate, name="rate"),
    path("agents/<uuid:agent_id>/messages/<uuid:message_id>/sources/<int:number>/", chat_views.source, name="source"),
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/<uuid:conversation_id>/", inbox_views.conversation, name="inbox_conversation"),
    path("inbox/<uuid:conversation_id>/act/", inbox_views.act, name="inbox_act"),
    path("demo/<slug:slug>/", demo_views.panel, name="demo_panel"),
    path("demo/<slug:slug>/chat/", demo_views.chat, name="demo_chat"),
    path("demo/<slug:slug>/document/", demo_views.document, name="demo_document"),
    path("demo/<slug:slug>/messages/<uuid:message_id>/rating/", demo_views.rate, name="demo_rate"),
    path("demo/<slug:slug>/messages/<uuid:message_id>/sources/<int:number>/", demo_views.source, name="demo_source"),
]
