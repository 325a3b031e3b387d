"""Fits allauth to us: names, words, mails through `notify`, links on our own address, a place for everybody who registers."""

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from emporion.accounts import rules
from emporion.accounts.actions import complete_registration, send_verification
from emporion.accounts.actions.notices import send_account_mail
from emporion.accounts.models import Person
from emporion.accounts.registration import INVITATION
from emporion.kernel.addresses import NOWHERE, parts_of
from emporion.kernel.clock import utcnow
from emporion.kernel.names import readable


def on_our_address(url: str) -> str:
    """The same page at the address that the operator configured, whatever Host header the request had."""
    parts = parts_of(url)
    return settings.SITE_URL + parts.path + (f"?{parts.query}" if parts.query else "")


def _is_registered(addresses: list[str]) -> bool:
    return any(EmailAddress.objects.filter(email__iexact=address).exists() for address in addresses)


class AccountAdapter(DefaultAccountAdapter):
    """Registration and log-in with e-mail and password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Write to us if that is a mistake."),
        "email_password_mismatch": _(
            "This e-mail address and password do not belong together. Check both, or reset the password."
        ),
        "email_taken": _("There is already an account with this e-mail address. Log in instead, or reset the password."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This password is not right."),
        "incorrect_code": _("This code is not right. Codes change every 30 seconds; type the newest one."),
        "invalid_password_reset": _("This link was used already or is too old. Ask for a new one."),
        "too_many_login_attempts": _("Too many attempts failed. Wait five minutes, or reset the password."),
        "rate_limited": _("That was too often in a short time. Wait a minute and try again."),
    }

    def save_user(self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True) -> AbstractBaseUser:
        """Keep the name, too."""
        person = cast("Person", user)
        person.name = form.cleaned_data.get("name") or person.name or rules.name_from_email(form.cleaned_data["email"])
        return super().save_user(request, person, form, commit)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        """On our own address: a forged Host header must not lead people elsewhere."""
        return on_our_address(super().get_email_confirmation_url(request, emailconfirmation))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On our own address: a forged Host header must not lead people elsewhere."""
        return on_our_address(super().get_reset_password_from_key_url(key))

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: EmailConfirmation, signup: bool) -> None:  # noqa: ARG002 - allauth calls it so
        """Our mail."""
        send_verification(address=emailconfirmation.email_address, now=utcnow())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Our mails under the names that allauth gives them."""
        url = next((str(context[name]) for name in ("password_reset_url", "signup_url") if name in context), "")
        client = f"{context['ip']}, {context['user_agent']}" if "ip" in context else ""
        name = template_prefix.rpartition("/")[2]
        send_account_mail(name=name, email=email, url=on_our_address(url) if url else "", client=client, now=utcnow())

    def is_safe_url(self, url: str) -> bool:
        """Whether somebody may be led there after signing in; what is no address at all leads nowhere instead of failing."""
        return parts_of(url or "") is not NOWHERE and bool(super().is_safe_url(url))


class MfaAdapter(DefaultMFAAdapter):
    """The second step."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Codes change every 30 seconds; type the newest one."),
        "unverified_email": _("Verify your e-mail address first; then you can add a second step."),
    }


class SocialAdapter(DefaultSocialAccountAdapter):
    """Registration and log-in with Google, X or single sign-on."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": _(
            "There is already an account with this e-mail address. Log in to it first; then connect %s under Settings, Security."
        ),
    }

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        """The provider's settings; a provider that the operator did not set up has no pages."""
        try:
            return cast("SocialApp", super().get_app(request, provider, client_id))
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Lead to the log-in whoever has an account with this address already: a provider's word alone does not open it."""
        addresses = [address.email for address in sociallogin.email_addresses]
        if sociallogin.is_existing or request.user.is_authenticated or not _is_registered(addresses):
            return
        provider = sociallogin.account.get_provider().name
        messages.error(request, str(self.error_messages["email_taken"]) % provider)
        back = urlencode({"next": sociallogin.state.get("next") or settings.LOGIN_REDIRECT_URL})
        raise ImmediateHttpResponse(redirect(f"{reverse('account_login')}?{back}"))

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Person:
        """Take the name as the provider writes it."""
        person: Person = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name") or "", data.get("last_name") or "")
        told = readable(data.get("name") or " ".join(parts))
        person.name = (told or rules.name_from_email(person.email or ""))[:120]
        return person

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        """Offer the provider's name."""
        initial: dict[str, Any] = super().get_signup_form_initial_data(sociallogin)
        return initial | {"name": cast("Person", sociallogin.user).name}

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None) -> Person:
        """The person with their organisation and project, all or nothing."""
        with transaction.atomic():
            person: Person = super().save_user(request, sociallogin, form)
            complete_registration(person_id=person.pk, invitation=request.session.pop(INVITATION, ""), now=utcnow())
        return person
