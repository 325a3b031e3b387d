"""Forms of registration; allauth takes its own from settings."""

from typing import cast

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.db import transaction
from django.http import HttpRequest

from emporion.accounts.actions import complete_registration
from emporion.accounts.models import Person
from emporion.accounts.registration import INVITATION
from emporion.kernel.clock import utcnow


class SignupForm(AllauthSignupForm):
    """Registration by e-mail and password."""

    def save(self, request: HttpRequest) -> Person:
        """The person with their organisation and project, all or nothing."""
        with transaction.atomic():
            person = cast("Person", super().save(request))
            invitation = request.session.pop(INVITATION, "")
            complete_registration(person_id=person.pk, invitation=invitation, now=utcnow())
        return person
