"""allauth's addresses, each marked with who may see it, as every view of ours is."""

from collections.abc import Iterator

from allauth import urls
from django.urls import URLPattern, URLResolver

# Everything else of allauth manages the account of somebody who is signed in.
ANONYMOUS = frozenset(
    {
        "account_confirm_email",
        "account_email_verification_sent",
        "account_inactive",
        "account_login",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "account_signup",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
    }
)
FLOWS = ("google_", "twitter_oauth2_", "openid_connect_", "openid_")


def _patterns(entries: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry


for pattern in _patterns(urls.urlpatterns):
    name = pattern.name or ""
    is_anonymous = name in ANONYMOUS or name.startswith(FLOWS)
    pattern.callback.access = "anonymous" if is_anonymous else "signed-in"  # type: ignore[attr-defined]  # see access.py

urlpatterns = urls.urlpatterns
