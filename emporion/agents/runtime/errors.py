"""What agents refuse."""

from emporion.kernel.errors import Conflict, Invalid, Limit, NotFound, Unavailable


class AgentNotFound(NotFound):
    """There is no such agent for this actor."""

    title = "There is no such agent here."
    next_step = "Open My Agents to see those of your organization."


class ConversationNotFound(NotFound):
    """The conversation is not this agent's, or not this visitor's."""

    title = "This conversation is not here."
    next_step = "Start a new chat."


class AnswerInProgress(Conflict):
    """The answer to this very message is being written."""

    title = "The answer to this message is still being written."
    next_step = "Wait for it, or stop it first."


class KeyReused(Conflict):
    """The key of a repeated message came with another message."""

    title = "This key came before with another message."
    next_step = "Send each message with a key of its own; the same key only with the same message."


class NothingToRetry(Conflict):
    """The answer was not interrupted."""

    title = "This answer was not interrupted."
    next_step = "Ask the question again if you want another answer."


class QuestionEmpty(Invalid):
    """No words were sent."""

    title = "There is no question in this message."
    next_step = "Write what you want to know, then send it."


class QuestionTooLong(Invalid):
    """The message is longer than an agent reads."""

    title = "This message is too long."
    next_step = "Shorten it to 4,000 characters, or add the text to Training as a document."


class PlanLimitReached(Limit):
    """The plan of this agent allows no more calls now."""

    title = "The plan of this agent is used up."


class DemoOver(Limit):
    """A demo has used its messages."""

    title = "This demo has used its messages."
    next_step = "Buy a plan to keep talking; it takes about two minutes."


class ModelAway(Unavailable):
    """The model provider does not answer, or not usably."""

    title = "The language model does not answer."
    next_step = "Answers are quoted from the sources until it is back."


class InstructionsLeaked(Unavailable):
    """A model began to recite its instructions."""

    title = "The answer was withheld."
    next_step = "Ask about the subject instead."


class ColourRefused(Invalid):
    """The colour is not one, or cannot be read."""

    title = "This colour cannot be used."


class LogoRefused(Invalid):
    """The picture is not of a kind or size that we show."""

    title = "This logo cannot be used."
    next_step = "Upload a PNG, JPEG or WebP picture of at most 1 MB."


class PersonaIncomplete(Invalid):
    """A persona lacks its name, or has one that does not fit."""

    title = "The persona needs a name."
    next_step = "Give it a name of up to 80 characters."
