"""A request as the data plane sees it: bodies within their limits, headers as they were sent, and clients that hang up."""

from collections.abc import Sequence

import pytest

from emporion.edge.transport import AsgiExchange, BodyTooLarge, ClientGone


def exchange(*pieces: bytes, headers: Sequence[tuple[bytes, bytes]] = (), hangs_up: bool = False) -> AsgiExchange:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages.append({"type": "http.disconnect"} if hangs_up else {"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        return messages.pop(0)

    async def send(message):
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/a b", "raw_path": b"/a%20b", "headers": headers, "query_string": b"q=1"}
    return AsgiExchange(scope, receive, send)


@pytest.mark.requirement("INS-03")
async def test_a_body_is_joined_and_one_whose_length_was_told_is_not_asked_for_again() -> None:
    assert await exchange(b"ab", b"c").body(10) == b"abc"
    told = exchange(b"ab", b"c", headers=[(b"content-length", b"3")])
    assert await told.body(10) == b"abc"
    gone = told.gone()
    assert not gone.done(), "what follows is still to be received"
    gone.cancel()


@pytest.mark.requirement("INS-03")
async def test_what_is_too_large_is_refused_by_what_was_told_and_by_what_came() -> None:
    with pytest.raises(BodyTooLarge):
        await exchange(headers=[(b"content-length", b"11")]).body(10)
    with pytest.raises(BodyTooLarge):
        await exchange(headers=[(b"content-length", b"1_0")]).body(10)
    with pytest.raises(BodyTooLarge):
        await exchange(b"123456", b"78901").body(10)
    with pytest.raises(ClientGone):
        await exchange(b"1", hangs_up=True).body(10)


@pytest.mark.requirement("INS-03")
async def test_headers_and_addresses_stay_as_they_were_sent() -> None:
    sent = [(b"cookie", "name=é; datafast_ignore=true".encode()), (b"cookie", b"b=2")]
    one = exchange(headers=sent)
    assert list(one.raw_headers) == sent
    assert (one.path, one.raw_path, one.query, one.peer) == ("/a b", b"/a%20b", b"q=1", "")
