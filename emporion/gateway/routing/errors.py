"""What can be wrong with an API, a key, a route or a budget of the gateway."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound, Unavailable


class ApiNotFound(NotFound):
    """There is no such API among those that the actor sees."""

    title = "There is no such API here."
    next_step = "Choose one of the APIs of your project."


class KeyNotFound(NotFound):
    """There is no such key among those that the actor sees."""

    title = "There is no such key here."
    next_step = "Choose one of the keys of your project."


class KeyGone(Conflict):
    """The key was revoked too long ago to be brought back."""

    title = "This key was revoked more than an hour ago, which is final."
    next_step = "Make a new key, and put it in the place of the old one."


class RouteNotFound(NotFound):
    """There is no such route among those that the actor sees."""

    title = "There is no such route here."
    next_step = "Choose one of the routes of your project."


class BudgetNotFound(NotFound):
    """There is no such budget among those that the actor sees."""

    title = "There is no such budget here."
    next_step = "Choose one of the budgets of your project."


class ApiInvalid(Invalid):
    """Something of an API does not fit; `field` names it."""

    title = "This API cannot be registered like this."
    next_step = "Correct the field that is named."


class ApiExists(Conflict):
    """Another API of the project has this name in its address; `slug` is that name."""

    title = "Another API of this project has this name."
    next_step = "Give it another name, or use the one that is there."


class KeyRefused(Invalid):
    """The provider did not take the key; `status` is its answer, `said` what it wrote."""

    title = "The provider refuses this key."
    next_step = "Copy the key again from the provider's console, whole and without spaces. Keys that were revoked do not work."


class WrongAddress(Invalid):
    """Something answers there, but not this API; `status` is its answer."""

    title = "There is no such API at this address."
    next_step = "Compare the address with the provider's documentation; it usually ends before /v1."


class ApiUnreachable(Unavailable):
    """Nothing usable answered; `reason` says what happened."""

    title = "Nothing answers at this address."
    next_step = "Check the address. If the provider has an outage now, register the API without the test call."


class KeyInvalid(Invalid):
    """Something of a key does not fit; `field` names it."""

    title = "This key cannot be made like this."
    next_step = "Correct the field that is named."


class TooManyKeys(Limit):
    """The project has as many living keys as it may have; `most` is the number."""

    title = "This project has as many keys as it can have."
    next_step = "Revoke a key that nobody uses any more."


class RouteInvalid(Invalid):
    """A route that could not work; `field` names what does not fit."""

    title = "This route cannot work."
    next_step = "Correct the field that is named."


class BudgetInvalid(Invalid):
    """A budget that could not work; `field` names what does not fit."""

    title = "This budget cannot work."
    next_step = "Correct the field that is named."


class TooManyBudgets(Limit):
    """The organisation has as many budgets as it may have; `most` is the number."""

    title = "Your organization has as many budgets as it can have."
    next_step = "Remove a budget that nobody needs any more."


class FileRefused(Invalid):
    """A file of calls does not fit; `line` is the first that does not. Nothing of it was taken."""

    title = "This file cannot be imported."
    next_step = "Correct the line that is named. Nothing was imported."


class FileKnown(Conflict):
    """The very file was imported before."""

    title = "This file was imported before."
    next_step = "Its calls are there already; nothing was added."
