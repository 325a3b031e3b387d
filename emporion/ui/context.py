"""What every page knows about its reader's screen: the chosen theme, read on the server so that nothing flashes."""

from django.http import HttpRequest

THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def appearance(request: HttpRequest) -> dict[str, str]:
    """Context processor: `theme` is "light", "dark" or "" (follow the system)."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {"theme": theme if theme in THEMES else ""}
