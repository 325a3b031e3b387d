"""What an incoming webhook that speaks like Slack's receives: text for the notification, blocks for the channel, one button."""

import msgspec

from emporion.notify.types import Message

_HEADER = 150  # Slack refuses longer headers
_SECTION = 3000


def body(message: Message, *, site_url: str, label: str) -> bytes:
    """The message as JSON; what people wrote cannot mention channels or make links."""
    link = site_url + message.url if message.url.startswith("/") else message.url
    blocks: list[object] = [{"type": "header", "text": {"type": "plain_text", "text": message.title[:_HEADER]}}]
    if message.body:
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": _plain(message.body)[:_SECTION]}})
    if message.facts:
        lines = [f"*{_plain(name)}* {_plain(value)}" for name, value in list(message.facts.items())[:10] if value]
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": line[:300]} for line in lines]})
    if link:
        button = {"type": "button", "text": {"type": "plain_text", "text": label[:75]}, "url": link}
        blocks.append({"type": "actions", "elements": [button]})
    text = _plain(f"{message.title}. {message.body}".strip())
    return msgspec.json.encode({"text": f"{text} {link}".strip()[:_SECTION], "blocks": blocks})


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
