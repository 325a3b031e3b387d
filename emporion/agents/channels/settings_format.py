"""How a widget's settings are kept in a row, and read again when fields were added since."""

from dataclasses import asdict

import msgspec

from emporion.agents.channels.types import WidgetSettings


def packed(settings: WidgetSettings) -> dict[str, object]:
    """Settings as JSON keeps them."""
    return dict(msgspec.to_builtins(asdict(settings)))


def unpacked(settings: dict[str, object]) -> WidgetSettings:
    """Settings read again; fields that are missing take their default."""
    return msgspec.convert(settings, WidgetSettings)
