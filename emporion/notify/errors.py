"""What telling people refuses."""

from emporion.kernel.errors import Invalid, NotFound


class DeviceRefused(Invalid):
    """What the browser gave is no push subscription."""

    title = "This browser did not give what push needs."
    next_step = "Turn notifications off and on again in this browser."


class DestinationNotFound(NotFound):
    """No such destination for this actor."""

    title = "There is no such channel here."
    next_step = "Go back to the list of channels."


class DestinationRefused(Invalid):
    """The address cannot be posted to."""

    title = "This address cannot be used."
    next_step = "Enter the https:// address of an incoming webhook."
