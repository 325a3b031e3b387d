"""What lines of the formats say: written as servers write them, with the oddities that real logs have."""

from datetime import UTC, datetime

import pytest

from emporion.insights.imports.formats import logs
from emporion.insights.imports.types import Hit, LeftOut

pytestmark = pytest.mark.requirement("INS-19")

STAMP = "[10/Oct/2025:13:55:36 +0200]"
AT = datetime(2025, 10, 10, 11, 55, 36, tzinfo=UTC)
CADDY = (
    '{"level":"info","ts":1760097336.25,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"81.2.69.142",'
    '"proto":"HTTP/2.0","method":"GET","host":"www.halyard.example:443","uri":"/docs/?ref=x","headers":{"User-Agent":["Firefox"],'
    '"Referer":["https://kagi.com/"]}},"bytes_read":0,"duration":0.01,"size":512,"status":200}'
)


def one(line: str) -> Hit | LeftOut:
    (found,) = logs.read(iter([line]), domain="halyard.example")
    return found


@pytest.mark.parametrize(
    ("line", "href", "address", "agent"),
    [
        (f'8.8.8.8 - - {STAMP} "GET /a?b=c HTTP/1.1" 200 12 "-" "UA"', "https://halyard.example/a?b=c", "8.8.8.8", "UA"),
        (f'8.8.8.8 - - {STAMP} "GET /a HTTP/1.1" 200 12 "-" "UA" 0.003 "-" h2', "https://halyard.example/a", "8.8.8.8", "UA"),
        (f'www.halyard.example:443 2001:db8::1 - bob {STAMP} "GET / HTTP/2.0" 304 - "-" "UA"',
         "https://www.halyard.example/", "2001:db8::1", "UA"),
        (f'8.8.4.4 - - {STAMP} "GET /say \\"hi\\" HTTP/1.1" 200 1 "-" "A \\"B\\""',
         'https://halyard.example/say "hi"', "8.8.4.4", 'A "B"'),
        (f'8.8.8.8 - - {STAMP} "GET http://halyard.example/abs HTTP/1.1" 200 1 "-" "UA"',
         "http://halyard.example/abs", "8.8.8.8", "UA"),
        (CADDY, "https://www.halyard.example/docs/?ref=x", "81.2.69.142", "Firefox"),
    ],
)  # fmt: skip
def test_a_page_that_came_is_a_hit_in_each_form(line: str, href: str, address: str, agent: str) -> None:
    hit = one(line)
    assert isinstance(hit, Hit)
    assert (hit.href, hit.address, hit.user_agent) == (href, address, agent)
    assert abs((hit.at - AT).total_seconds()) < 1


def test_the_common_format_names_no_browser_and_makes_nobody_a_robot() -> None:
    hit = one(f'8.8.8.8 - frank {STAMP} "GET /page HTTP/1.0" 200 2326')
    assert isinstance(hit, Hit)
    assert hit.known is not None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f'8.8.8.8 - - {STAMP} "POST /a HTTP/1.1" 200 12 "-" "UA"', "method"),
        (f'8.8.8.8 - - {STAMP} "GET /a HTTP/1.1" 302 12 "-" "UA"', "status"),
        (f'8.8.8.8 - - {STAMP} "GET /a/b.WEBP?v=2 HTTP/1.1" 200 12 "-" "UA"', "not_a_page"),
        (f'8.8.8.8 - - {STAMP} "GET /api/items HTTP/1.1" 200 12 "-" "UA"', "not_a_page"),
        (f'8.8.8.8 - - {STAMP} "\\x16\\x03\\x01" 400 12 "-" "-"', "method"),
        (f'8.8.8.8 - - {STAMP} "-" 408 0 "-" "-"', "method"),
        ('8.8.8.8 - - [99/Foo/2025:13:55:36 +0200] "GET / HTTP/1.1" 200 1 "-" "UA"', "unreadable"),
        ('8.8.8.8 - - [31/Feb/2025:13:55:36 +9900] "GET / HTTP/1.1" 200 1 "-" "UA"', "unreadable"),
        ('{"ts":1,"status":200}', "unreadable"),
        ('{"ts":"yesterday","request":{"method":"GET","uri":"/"},"status":200}', "unreadable"),
        ("[[[[[[[[", "unreadable"),
    ],
)
def test_what_is_no_page_view_says_why_and_names_no_address(line: str, reason: str) -> None:
    found = one(line)
    assert isinstance(found, LeftOut)
    assert found.reason == reason
    assert "8.8.8.8" not in found.excerpt


def test_a_line_made_to_be_slow_is_read_as_quickly_as_any_other() -> None:
    for line in ('"' * 60_000, "a" * 60_000 + " ", "1 - - [" + "x" * 60_000, ('\\"' * 30_000), "1:" * 30_000):
        found = one(line)
        assert isinstance(found, LeftOut)
