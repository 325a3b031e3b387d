"""What an owner wrote for their agent to say: it is said as written, where the product's own sentences follow the visitor."""

from uuid import UUID

from .models import Library


def avoid_message_of(library_id: UUID) -> str:
    """What the owner has said about topics to avoid; empty when they wrote nothing."""
    return Library.objects.filter(id=library_id).values_list("avoid_message", flat=True).first() or ""
