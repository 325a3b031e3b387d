"""What the pages of signals share: the project at hand and its APIs."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from emporion.accounts.access import current_project_id
from emporion.kernel.errors import NotFound


def project_of(request: HttpRequest) -> UUID:
    """The project that the person looks at; NotFound for somebody who is in none."""
    project_id = current_project_id(request)
    if project_id is None:
        raise NotFound(_("You are in no project yet."), next_step=_("Ask somebody of your team to add you to one."))
    return project_id
