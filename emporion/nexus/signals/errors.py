"""What can be wrong with signals of programs."""

from emporion.kernel.errors import Denied, Invalid, Limit, NotFound


class HeartbeatNotFound(NotFound):
    """There is no such heartbeat among those that the actor sees."""

    title = "There is no such heartbeat here."
    next_step = "Choose one of the project's heartbeats."


class ReceiverNotFound(NotFound):
    """There is no such address for alerts among those that the actor sees."""

    title = "There is no such address for alerts here."
    next_step = "Choose one of the project's addresses, or make a new one."


class DeployNotFound(NotFound):
    """There is no such deploy among those that the actor sees."""

    title = "There is no such deploy here."
    next_step = "Choose one of the project's deploys."


class DeployUnreadable(Invalid):
    """What was sent names no deploy; `field` says what is missing or wrong."""

    title = "This does not say what was deployed."
    next_step = "Send at least `service` and `version` as a JSON object."


class AlertsUnreadable(Invalid):
    """What was sent is no webhook of an Alertmanager; `reason` says where."""

    title = "This is no webhook of an Alertmanager."
    next_step = "Point a `webhook_configs` receiver of Alertmanager (version 4), or Grafana's contact point, at this address."


class TooManyWatches(Limit):
    """The project has as many of these as it may."""

    title = "There is no room for another one in this project."
    next_step = "Remove one that is not needed any more."


class KeyRefused(Denied):
    """The token or key opens no project."""

    title = "We do not know this token or key."
    next_step = "Send a token or a gateway key of the project as `Authorization: Bearer …`."
