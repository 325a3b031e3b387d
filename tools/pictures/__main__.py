"""Takes the pictures: `python -m tools.pictures [NAME …]`, all of them or those of the offerings that are named.

It needs the environment of `make env`, Chromium, and Linux (for a network of its own).
"""

import sys
from collections.abc import Callable
from functools import partial

from tools.pictures import apps, automations, front, measured, studio, talks, watched
from tools.pictures.studio import Studio

Shoot = Callable[[Studio], None]
# In this order: what comes later finds the demo shop's website as the others left it.
SHOTS: tuple[tuple[str, Shoot], ...] = (
    ("docs", front.docs),
    *((talk.slug, partial(talks.demo, talk=talk)) for talk in talks.TALKS),
    ("docs-agent", talks.docs_agent),
    ("website-watch", automations.website_watch),
    ("link-check", automations.link_check),
    ("source-refresh", automations.source_refresh),
    ("weekly-digest", automations.weekly_digest),
    ("team-notes", apps.team_notes),
    ("status-board", apps.status_board),
    ("insights", measured.insights),
    ("nexus", watched.nexus),
)


def main(wanted: list[str]) -> int:
    """The pictures that are wanted."""
    known = list(dict.fromkeys(name for name, _ in SHOTS))
    if unknown := [name for name in wanted if name not in known]:
        sys.stderr.write(f"There is nothing to take of {', '.join(unknown)}. There is of {', '.join(known)}.\n")
        return 1
    studio.go_inside()
    with studio.opened() as here:
        for name, shoot in SHOTS:
            if not wanted or name in wanted:
                shoot(here)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
