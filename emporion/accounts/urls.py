"""The addresses of our own pages; log-in and registration are allauth's, see `allauth_urls`."""

from django.urls import path

from emporion.accounts.views import data, invitations, settings, switching, team

app_name = "accounts"
urlpatterns = [
    path("team/", team.team, name="team"),
    path("team/invitations/<uuid:invitation_id>/resend/", team.resend, name="resend"),
    path("team/invitations/<uuid:invitation_id>/revoke/", team.revoke, name="revoke"),
    path("team/invitations/<uuid:invitation_id>/restore/", team.restore, name="restore"),
    path("team/members/<uuid:person_id>/role/", team.change_role, name="change_role"),
    path("team/members/<uuid:person_id>/remove/", team.remove, name="remove"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("switch/", switching.switch, name="switch"),
    path("settings/", settings.profile, name="settings"),
    path("settings/verify/", settings.verify, name="verify"),
    path("settings/organisation/", settings.organisation, name="organisation"),
    path("settings/organisations/", settings.create_organisation, name="create_organisation"),
    path("settings/projects/", settings.create_project, name="create_project"),
    path("settings/projects/<uuid:project_id>/", settings.rename_project, name="rename_project"),
    path("settings/notifications/", settings.choose_notifications, name="notifications"),
    path("settings/security/", settings.security, name="security"),
    path("accounts/2fa/", settings.second_step, name="second_step"),  # instead of allauth's page of the same address
    path("settings/tokens/", settings.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", settings.revoke_token, name="revoke_token"),
    path("settings/tokens/<uuid:token_id>/restore/", settings.restore_token, name="restore_token"),
    path("settings/data/", data.data, name="data"),
    path("settings/data/exports/", data.export, name="export"),
    path("settings/data/exports/<uuid:export_id>/", data.download, name="download_export"),
    path("settings/data/account/", data.leave, name="leave"),
    path("settings/audit/", settings.audit, name="audit"),
]
