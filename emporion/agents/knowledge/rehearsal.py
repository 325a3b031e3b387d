"""Asks a document of two sentences what people ask, so that nobody waits for what the first answer loads: half a second."""

from .answers import Guidance, answer
from .encoder import shared_encoder, to_bytes
from .retrieval import PassageIndex
from .types import PassageRow

_TEXT = "A day ticket costs 5 euros. The ticket is valid for one day."
_QUESTIONS = ("How much does a day ticket cost?", "How long is the ticket valid?", "Who sells the ticket?", "Is anybody there?")


def rehearse() -> None:
    """Answer a few questions from memory: models, tables of words and expressions are loaded and stay."""
    encoder = shared_encoder()
    row = PassageRow(
        id="sample",
        document_id="sample",
        document_title="Tickets",
        text=_TEXT,
        heading_path=(),
        start=0,
        end=len(_TEXT),
        embedding=to_bytes(encoder.encode_passages([_TEXT])[0]),
        language="en",
    )
    index = PassageIndex([row], encoder)
    for question in _QUESTIONS:
        answer(question, index=index, guidance=Guidance())
