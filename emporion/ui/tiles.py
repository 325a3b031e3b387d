"""The drawn tiles that stand for offerings and categories: a drawing in static/ui/tiles.svg and a colour each."""

from dataclasses import dataclass

FALLBACK = "box"


@dataclass(frozen=True, slots=True)
class Tile:
    """The colour of a tile and whether it is filled with it or tinted."""

    hue: str
    solid: bool = False


TILES: dict[str, Tile] = {
    "docs": Tile("aegean", solid=True),
    "insights": Tile("terra", solid=True),
    "nexus": Tile("olive", solid=True),
    "inbox": Tile("plum"),
    "code": Tile("stone", solid=True),
    "ledger": Tile("honey"),
    "shop": Tile("terra"),
    "bridge": Tile("aegean"),
    "voice": Tile("brick"),
    "coach": Tile("olive"),
    "night": Tile("plum", solid=True),
    "scout": Tile("honey", solid=True),
    "chat": Tile("aegean", solid=True),
    "watch": Tile("olive"),
    "digest": Tile("terra", solid=True),
    "translate": Tile("plum"),
    "calendar": Tile("brick", solid=True),
    "people": Tile("honey"),
    "key": Tile("stone"),
    "shield": Tile("olive", solid=True),
    "data": Tile("aegean"),
    "flow": Tile("plum", solid=True),
    "report": Tile("brick"),
    "box": Tile("stone"),
}


def tile(name: str) -> tuple[str, Tile]:
    """The drawing and colour for a name; a name without a drawing gets the plain box."""
    known = name if name in TILES else FALLBACK
    return known, TILES[known]
