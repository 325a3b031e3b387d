"""Sources and channels by the names that people know."""

import pytest

from emporion.edge.collect.pages import page_of
from emporion.edge.collect.sources import source_of


@pytest.mark.requirement("INS-03")
@pytest.mark.parametrize(
    ("query", "referrer", "source", "channel"),
    [
        ("", "", "Direct", "Direct"),
        ("", "www.google.co.uk", "Google", "Organic search"),
        ("", "google.com.evil.example", "google.com.evil.example", "Referral"),
        ("", "chatgpt.com", "ChatGPT", "AI"),
        ("utm_source=chatgpt.com", "", "ChatGPT", "AI"),
        ("", "www.perplexity.ai", "Perplexity", "AI"),
        ("", "claude.ai", "Claude", "AI"),
        ("", "gemini.google.com", "Gemini", "AI"),
        ("", "copilot.microsoft.com", "Copilot", "AI"),
        ("", "t.co", "X", "Organic social"),
        ("", "mail.google.com", "Gmail", "Email"),
        ("", "m.youtube.com", "YouTube", "Video"),
        ("", "blog.example", "blog.example", "Referral"),
        ("gclid=abc", "www.google.com", "Google", "Paid search"),
        ("fbclid=abc", "", "Facebook", "Organic social"),
        ("utm_source=fb&utm_medium=paid", "", "Facebook", "Paid social"),
        ("utm_source=google&utm_medium=cpc", "", "Google", "Paid search"),
        ("utm_source=newsletter&utm_medium=e-mail", "www.google.com", "newsletter", "Email"),
        ("ref=producthunt", "", "Product Hunt", "Organic social"),
        ("via=lisa", "", "lisa", "Campaign"),
        ("utm_source=bakery&utm_medium=affiliate", "", "bakery", "Affiliate"),
        ("utm_campaign=spring", "", "Direct", "Campaign"),
    ],
)
def test_a_source_has_its_name_and_channel(query: str, referrer: str, source: str, channel: str) -> None:
    page = page_of(f"https://shop.example/?{query}")
    found = source_of(referrer, page.campaign)
    assert (found.name, found.channel.value) == (source, channel)


@pytest.mark.requirement("INS-02")
@pytest.mark.parametrize(
    ("href", "host", "path"),
    [
        ("https://Shop.Example.", "shop.example", "/"),
        ("https://user:pw@shop.example:8443/a%20b?x=1#part", "shop.example", "/a b"),
        ("https://shop.example/app#/orders/7", "shop.example", "/app#/orders/7"),
        ("https://bücher.example/ä", "xn--bcher-kva.example", "/ä"),
        ("http://[::1]:3000/a", "::1", "/a"),
        ("https://shop.example/%00%1b%E2%80%AEx", "shop.example", "/x"),
    ],
)
def test_a_page_is_its_host_and_path(href: str, host: str, path: str) -> None:
    page = page_of(href)
    assert (page.host, page.path) == (host, path)
