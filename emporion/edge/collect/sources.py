"""Where a visitor came from, by the name that people know it by, and the channel that it belongs to.

The list is our own. A source is what the link's campaign says, else the site behind the referrer; nothing is Direct.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from emporion.edge.collect.pages import Campaign

DIRECT = "Direct"


class Channel(StrEnum):
    """The kinds of ways to a website; the value is what reports show and filter by."""

    DIRECT = "Direct"
    AI = "AI"
    ORGANIC_SEARCH = "Organic search"
    PAID_SEARCH = "Paid search"
    ORGANIC_SOCIAL = "Organic social"
    PAID_SOCIAL = "Paid social"
    VIDEO = "Video"
    EMAIL = "Email"
    AFFILIATE = "Affiliate"
    DISPLAY = "Display"
    REFERRAL = "Referral"
    CAMPAIGN = "Campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source and its channel."""

    name: str
    channel: Channel


_AI = {
    "ChatGPT": "chatgpt.com chat.openai.com openai.com",
    "Perplexity": "perplexity.ai",
    "Claude": "claude.ai claude.com",
    "Gemini": "gemini.google.com bard.google.com aistudio.google.com",
    "Copilot": "copilot.microsoft.com copilot.cloud.microsoft m365.cloud.microsoft copilot.com",
    "Grok": "grok.com x.ai",
    "DeepSeek": "chat.deepseek.com deepseek.com",
    "Mistral": "chat.mistral.ai",
    "Meta AI": "meta.ai",
    "Poe": "poe.com",
    "You.com": "you.com",
    "Phind": "phind.com",
    "Kimi": "kimi.com kimi.moonshot.cn",
    "Qwen": "chat.qwen.ai",
    "Kagi Assistant": "assistant.kagi.com",
}
_SEARCH = {
    "Google": "google.* com.google.android.googlequicksearchbox",
    "Bing": "bing.com",
    "DuckDuckGo": "duckduckgo.com",
    "Yahoo": "search.yahoo.com yahoo.* yahoo.co.jp",
    "Yandex": "yandex.* ya.ru",
    "Baidu": "baidu.com",
    "Ecosia": "ecosia.org",
    "Brave Search": "search.brave.com",
    "Startpage": "startpage.com",
    "Qwant": "qwant.com",
    "Kagi": "kagi.com",
    "Naver": "search.naver.com naver.com",
    "Seznam": "seznam.cz",
    "Swisscows": "swisscows.com",
    "Mojeek": "mojeek.com",
    "Sogou": "sogou.com",
}
_SOCIAL = {
    "Facebook": "facebook.com m.facebook.com l.facebook.com lm.facebook.com fb.com fb.me messenger.com com.facebook.katana",
    "Instagram": "instagram.com l.instagram.com",
    "Threads": "threads.net threads.com l.threads.net l.threads.com",
    "X": "x.com twitter.com t.co mobile.twitter.com com.twitter.android",
    "LinkedIn": "linkedin.com lnkd.in com.linkedin.android",
    "Reddit": "reddit.com old.reddit.com out.reddit.com com.reddit.frontpage",
    "Hacker News": "news.ycombinator.com hckrnews.com",
    "Bluesky": "bsky.app go.bsky.app",
    "Mastodon": "mastodon.social mastodon.online fosstodon.org hachyderm.io",
    "Pinterest": "pinterest.* pin.it",
    "TikTok": "tiktok.com",
    "Snapchat": "snapchat.com",
    "WhatsApp": "whatsapp.com web.whatsapp.com wa.me",
    "Telegram": "telegram.org web.telegram.org t.me org.telegram.messenger",
    "Discord": "discord.com discordapp.com",
    "Slack": "slack.com com.slack",
    "Product Hunt": "producthunt.com",
    "Indie Hackers": "indiehackers.com",
    "Quora": "quora.com",
    "Tumblr": "tumblr.com",
    "VK": "vk.com m.vk.com",
    "Weibo": "weibo.com t.cn",
    "Lobsters": "lobste.rs",
    "Xing": "xing.com",
}
_VIDEO = {
    "YouTube": "youtube.com m.youtube.com youtu.be",
    "Vimeo": "vimeo.com",
    "Twitch": "twitch.tv",
    "Bilibili": "bilibili.com",
}
_MAIL = {
    "Gmail": "mail.google.com com.google.android.gm",
    "Outlook": "outlook.live.com outlook.office.com outlook.office365.com",
    "Yahoo Mail": "mail.yahoo.com",
    "Proton Mail": "mail.proton.me",
    "iCloud Mail": "icloud.com",
}
_SITES = {"GitHub": "github.com", "GitLab": "gitlab.com", "Medium": "medium.com", "Substack": "substack.com", "Dev.to": "dev.to",
          "Stack Overflow": "stackoverflow.com", "Wikipedia": "wikipedia.org"}  # fmt: skip

_KINDS = (
    (Channel.AI, _AI),
    (Channel.EMAIL, _MAIL),
    (Channel.VIDEO, _VIDEO),
    (Channel.ORGANIC_SOCIAL, _SOCIAL),
    (Channel.ORGANIC_SEARCH, _SEARCH),
    (Channel.REFERRAL, _SITES),
)
_BY_HOST = {
    host: Source(name=name, channel=channel)
    for channel, group in _KINDS
    for name, hosts in group.items()
    for host in hosts.split()
}
_BY_NAME = {source.name.lower(): source for source in _BY_HOST.values()}
_SHORT_NAMES = {
    "fb": "Facebook", "ig": "Instagram", "insta": "Instagram", "twitter": "X", "tw": "X", "li": "LinkedIn", "yt": "YouTube",
    "hn": "Hacker News", "hackernews": "Hacker News", "ph": "Product Hunt", "producthunt": "Product Hunt", "ddg": "DuckDuckGo",
    "openai": "ChatGPT", "wa": "WhatsApp", "adwords": "Google", "googleads": "Google", "bingads": "Bing",
}  # fmt: skip
_BY_NAME |= {short: _BY_NAME[name.lower()] for short, name in _SHORT_NAMES.items()}

_BY_CLICK = {
    "gclid": ("Google", Channel.PAID_SEARCH),
    "gclsrc": ("Google", Channel.PAID_SEARCH),
    "wbraid": ("Google", Channel.PAID_SEARCH),
    "gbraid": ("Google", Channel.PAID_SEARCH),
    "msclkid": ("Bing", Channel.PAID_SEARCH),
    "ttclid": ("TikTok", Channel.PAID_SOCIAL),
    "twclid": ("X", Channel.PAID_SOCIAL),
    "li_fat_id": ("LinkedIn", Channel.PAID_SOCIAL),
}
# Facebook writes fbclid behind every link that leaves it, paid or not: it tells the source, not the price.
_UNPAID_CLICK = {"fbclid": Source(name="Facebook", channel=Channel.ORGANIC_SOCIAL)}

_PAID = re.compile(r"cpc|ppc|cpm|cpa|paid.*|.*[-_]paid|sem|retargeting|ads?")
_BY_MEDIUM = (
    (re.compile(r"e-?mail|newsletter|mail"), Channel.EMAIL),
    (re.compile(r"affiliates?|partner"), Channel.AFFILIATE),
    (re.compile(r"display|banner|interstitial|expandable"), Channel.DISPLAY),
    (re.compile(r"video"), Channel.VIDEO),
    (re.compile(r"social.*|sm|sns"), Channel.ORGANIC_SOCIAL),
    (re.compile(r"organic"), Channel.ORGANIC_SEARCH),
    (re.compile(r"ai|llm|chatbot"), Channel.AI),
    (re.compile(r"referral|link|app"), Channel.REFERRAL),
)


@lru_cache(maxsize=8_192)
def source_of(referrer_host: str, campaign: Campaign) -> Source:
    """The source and the channel of a visit that begins here; `referrer_host` is empty when it is the website itself."""
    named = _named(campaign.source) if campaign.source else _behind(referrer_host) if referrer_host else None
    if named is None and campaign.click_id:
        named = _UNPAID_CLICK.get(campaign.click_id) or Source(name=_BY_CLICK[campaign.click_id][0], channel=Channel.CAMPAIGN)
    if named is None:
        tagged = campaign.medium or campaign.name
        named = Source(name=DIRECT, channel=Channel.CAMPAIGN if tagged else Channel.DIRECT)
    return Source(name=named.name, channel=_channel(named.channel, campaign))


def _channel(known: Channel, campaign: Campaign) -> Channel:
    medium = campaign.medium.lower()
    if campaign.click_id in _BY_CLICK:
        return _BY_CLICK[campaign.click_id][1]
    if medium and _PAID.fullmatch(medium):
        return _paid(known)
    for pattern, channel in _BY_MEDIUM:
        if pattern.fullmatch(medium):
            return known if channel is Channel.REFERRAL and known is not Channel.CAMPAIGN else channel
    return known


def _paid(known: Channel) -> Channel:
    if known in {Channel.ORGANIC_SOCIAL, Channel.VIDEO}:
        return Channel.PAID_SOCIAL
    return Channel.PAID_SEARCH if known is Channel.ORGANIC_SEARCH else Channel.DISPLAY


def _named(text: str) -> Source:
    """What a campaign calls its source: a known name or host by its proper name, anything else as it was written."""
    lowered = text.lower()
    known = _BY_NAME.get(lowered) or (_lookup(lowered) if "." in lowered else None)
    return known or Source(name=text, channel=Channel.CAMPAIGN)


def _behind(host: str) -> Source:
    return _lookup(host) or Source(name=host.removeprefix("www."), channel=Channel.REFERRAL)


def _lookup(host: str) -> Source | None:
    """A known host, one below it, or a national one (`google.*`)."""
    parts = host.removeprefix("www.").split(".")
    for start in range(len(parts)):
        if found := _BY_HOST.get(".".join(parts[start:])):
            return found
    for size in (1, 2):
        if len(parts) > size and (len(parts[-1]) <= 3) and (found := _BY_HOST.get(f"{parts[-size - 1]}.*")):
            return found
    return None
