"""Why a document cannot be learnt from, said so that its owner knows what to do next."""

from emporion.kernel.errors import Invalid


class DocumentError(Invalid):
    """The document cannot be used; `message` says why and `step` what to do."""

    kind = "invalid"


class Unreadable(DocumentError):
    """The bytes claim a format and break its rules."""

    title = "The file is damaged and cannot be read."
    next_step = "Open it in the program that made it, save it again and upload the new file."


class Encrypted(DocumentError):
    """A password is needed."""

    title = "The file is protected with a password."
    next_step = "Remove the password (save or print a copy without protection) and upload that copy."


class Empty(DocumentError):
    """There is nothing in the file."""

    title = "The file is empty."
    next_step = "Check that you picked the right file and that it was saved, then upload it again."


class TooLarge(DocumentError):
    """The file, or what it unpacks to, is above a limit (in the facts: `limit`, `size`)."""

    title = "The file is too large."
    next_step = "Split it into smaller files and upload those."


class WrongType(DocumentError):
    """The content is of a format that is not supported, whatever the name says."""

    title = "This kind of file cannot be read."
    next_step = "Upload PDF, DOCX, HTML, Markdown, reStructuredText, text or CSV."


class NoText(DocumentError):
    """The file is sound but holds no text, as a scan does."""

    title = "The file holds pictures but no text."
    next_step = "Run text recognition (OCR) on it, or upload the original document that it was scanned from."


class ModelDamaged(RuntimeError):
    """A weight file is missing or not the one that this release was tested with; reinstall the environment."""
