"""What a user agent says of itself: browser, system, device, and whether it is a person's at all.

Both lists are matched by one automaton each (Rust), microseconds a string; the answer is kept for strings that come again.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ua_parser_rs import UserAgentExtractor

MOST_CHARACTERS = 1_024
_LONGEST = 200  # of a word as events keep it
_LOOKS = re.compile(r"\(\?<?[!=]")
_TABLET = re.compile(r"\b(?:iPad|Tablet|Kindle|Silk/|PlayBook|Nexus (?:7|9|10)\b)|Android(?!.*\bMobile\b)", re.IGNORECASE)
_MOBILE = re.compile(r"\b(?:Mobile|Mobi|iPhone|iPod|Windows Phone|Opera Mini|IEMobile)\b", re.IGNORECASE)
_TV = re.compile(
    r"\b(?:SmartTV|SMART-TV|AppleTV|GoogleTV|HbbTV|BRAVIA|CrKey|Roku|Tizen.*TV|Web0S|webOS\.TV|AFT[A-Z])", re.IGNORECASE
)
_CONSOLE = re.compile(r"\b(?:PlayStation|Xbox|Nintendo)\b", re.IGNORECASE)
# Automated browsers that name themselves; the lists have them among the crawlers.
_HEADLESS = r"(?i)headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|electron/.*\bcypress\b|cypress/"

# Names of devices and of people's browsers that sound like crawlers ("Spider 8", "Google TV"): no list is asked about them. Of a
# device only the name between Android's version and the build goes, and only where it is no address and no "compatible; …".
_DEVICE = re.compile(
    r"(Android [\d.]+;(?: ?[a-z]{2}[-_][a-zA-Z]{2};)? ?)(?!compatible)[^;()+@]{1,60}"
    r"(?=\)|; wv\)|;? ?Build/)(?:;? ?Build/[^;()+@]{1,60})?"
)
_SOUNDS = re.compile(
    r"\bCE-HTML/1\.0;|\bCatcher\d[\d.]*|SogouM(?:SE|obileBrowser)\b|\b(?:\w+_)?Google ?TV|\bJavaPlatform/|\bQQDownload \d|"
    r"\bchromeframe/|\bViewSonic|^dv\(.*\bpr\(UCBrowser/.*$",
    re.IGNORECASE,
)


class Nature(StrEnum):
    """What sits behind a user agent."""

    PERSON = "person"
    BOT = "bot"
    AI_CRAWLER = "ai_crawler"
    HEADLESS = "headless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A user agent as events keep it; `sign` is the pattern that gave a machine away."""

    browser: str = ""
    browser_version: str = ""
    system: str = ""
    system_version: str = ""
    device: str = ""
    nature: Nature = Nature.PERSON
    sign: str = ""


class _Pattern(NamedTuple):
    """A pattern in the shape that the automaton takes: what it finds is named by `family`."""

    regex: str
    family: str
    major: None = None
    minor: None = None
    patch: None = None
    patch_minor: None = None


@lru_cache(maxsize=16_384)
def agent_of(user_agent: str) -> Agent:
    """The agent behind a string of at most MOST_CHARACTERS."""
    nature, sign = _nature_of(user_agent)
    parsed = _parser()(user_agent)
    family, major, system, version = parsed
    return Agent(
        browser=family[:_LONGEST],
        browser_version=major[:_LONGEST],
        system=system[:_LONGEST],
        system_version=version[:_LONGEST],
        device=_device_of(user_agent),
        nature=nature,
        sign=sign,
    )


def warm_up() -> None:
    """Builds the automata, which takes a second that no visitor should wait for."""
    agent_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")


def _device_of(user_agent: str) -> str:
    if _TV.search(user_agent):
        return "tv"
    if _CONSOLE.search(user_agent):
        return "console"
    if _TABLET.search(user_agent):
        return "tablet"
    return "mobile" if _MOBILE.search(user_agent) else "desktop"


def _nature_of(user_agent: str) -> tuple[Nature, str]:
    if not user_agent:
        return Nature.BOT, "no user agent"
    asked = _SOUNDS.sub("", _DEVICE.sub(r"\1", user_agent))
    for nature, automaton in _automata():
        if found := automaton.extract(asked):
            return nature, found.family
    if looked := _looking().search(asked):
        return Nature.BOT, looked[0][:60]
    return Nature.PERSON, ""


class _Parser:
    """Browser and system, without what events do not keep."""

    def __init__(self) -> None:
        from ua_parser import Domain  # noqa: PLC0415 -- its rules take a second, in the background
        from ua_parser.loaders import load_builtins  # noqa: PLC0415 -- as above
        from ua_parser.regex import Resolver  # noqa: PLC0415 -- as above

        self._resolve = Resolver(load_builtins())
        self._domains = Domain.USER_AGENT | Domain.OS

    def __call__(self, user_agent: str) -> tuple[str, str, str, str]:
        found = self._resolve(user_agent, self._domains)
        browser, system = found.user_agent, found.os
        version = "" if system is None else ".".join(part for part in (system.major, system.minor) if part)
        return (
            browser.family if browser else "",
            (browser.major or "") if browser else "",
            system.family if system else "",
            version,
        )


@cache
def _parser() -> _Parser:
    return _Parser()


@cache
def _automata() -> tuple[tuple[Nature, "UserAgentExtractor"], ...]:
    """Those that are told apart first: an AI crawler is a bot by every list."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415 -- a tenth of a second

    ai = [one["pattern"] for one in CRAWLER_USER_AGENTS_DATA if "ai-crawler" in one.get("tags", ())]
    bots = [one["pattern"] for one in CRAWLER_USER_AGENTS_DATA if "ai-crawler" not in one.get("tags", ())]
    plain = [f"(?i){pattern}" for pattern in isbot_patterns() if not _LOOKS.search(pattern)]
    return (
        (Nature.AI_CRAWLER, _automaton([*ai, *_AI_CRAWLERS])),
        (Nature.HEADLESS, _automaton([_HEADLESS])),
        (Nature.BOT, _automaton([*bots, *plain])),
    )


def _automaton(patterns: Iterable[str]) -> "UserAgentExtractor":
    from ua_parser_rs import UserAgentExtractor  # noqa: PLC0415 -- see _Parser

    return UserAgentExtractor(_Pattern(one, one.replace("$", "")[:80]) for one in patterns)


@cache
def _looking() -> re.Pattern[str]:
    """The few patterns that look around, which automata cannot; Python wants each look-behind of one width."""
    looking = [pattern for pattern in isbot_patterns() if _LOOKS.search(pattern)]
    return re.compile("|".join(_of_one_width(pattern) for pattern in looking), re.IGNORECASE)


def _of_one_width(pattern: str) -> str:
    return re.sub(r"\(\?<!([^()]*\|[^()]*)\)", lambda found: "".join(f"(?<!{one})" for one in found[1].split("|")), pattern)


@cache
def isbot_patterns() -> tuple[str, ...]:
    """The list of isbot (Unlicense), as tools/vendor took it from the package."""
    text = resources.files("emporion.edge").joinpath("data/isbot.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


# Agents of AI products that the crawler list does not tag; names as their operators publish them.
_AI_CRAWLERS = (
    r"GPTBot", r"ChatGPT-User", r"OAI-SearchBot", r"ClaudeBot", r"Claude-(?:Web|User|SearchBot)", r"anthropic-ai",
    r"PerplexityBot", r"Perplexity-User", r"Google-Extended", r"GoogleOther", r"Google-CloudVertexBot", r"Gemini-",
    r"Bytespider", r"CCBot", r"cohere-(?:ai|training)", r"Meta-External(?:Agent|Fetcher)", r"meta-externalagent",
    r"Amazonbot", r"Applebot-Extended", r"Diffbot", r"DuckAssistBot", r"MistralAI-User", r"YouBot", r"AI2Bot",
    r"Timpibot", r"PanguBot", r"Kangaroo Bot", r"DeepSeekBot", r"xAI-|GrokBot|Grok-",
)  # fmt: skip
