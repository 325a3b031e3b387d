"""How upstreams behave: well, and in every way that they were seen to fail. The names are those of the APIs in the scene."""

import asyncio
import json

from emporion.edge.gateway.tests.provider import (
    MESSAGE,
    RESPONSE,
    Provider,
    Request,
    answer,
    chunks,
    completion,
    message_events,
    stream,
)

FOREVER = 3_600


def _error(message: str, kind: str, code: str | None = None) -> dict:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


QUOTA = _error("You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
THROTTLED = _error("Rate limit reached for requests", "requests", "rate_limit_exceeded")
WRONG_KEY = _error("Incorrect API key provided: sk-upstream-secret-key.", "invalid_request_error", "invalid_api_key")
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


async def well(request: Request, writer: asyncio.StreamWriter) -> bool:
    asked = request.json if request.body and "json" in request.headers.get("content-type", "") else {}
    if request.path.endswith("/messages"):
        if asked.get("stream"):
            return await stream(writer, message_events())
        writer.write(answer(200, MESSAGE))
    elif request.path.endswith("/responses"):
        if asked.get("stream"):
            created = {"type": "response.created", "sequence_number": 0, "response": {**RESPONSE, "status": "in_progress"}}
            delta = {"type": "response.output_text.delta", "sequence_number": 1, "item_id": "o1", "output_index": 0}
            delta |= {"content_index": 0, "delta": "Grüezi", "logprobs": []}
            done = {"type": "response.completed", "sequence_number": 2, "response": RESPONSE}
            told = [
                b"event: %s\ndata: %s\n\n" % (one["type"].encode(), json.dumps(one).encode()) for one in (created, delta, done)
            ]
            return await stream(writer, [told[0], told[1], told[2][:300], told[2][300:]])
        writer.write(answer(200, RESPONSE))
    elif request.path.endswith("/embeddings"):
        vector = {"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}
        usage = {"prompt_tokens": 3, "total_tokens": 3}
        writer.write(answer(200, {"object": "list", "data": [vector], "model": "text-embedding-3-small", "usage": usage}))
    elif request.path.endswith("/models"):
        writer.write(answer(200, {"object": "list", "data": []}))
    elif asked.get("stream"):
        options = asked.get("stream_options") or {}
        return await stream(writer, chunks(with_usage=bool(options.get("include_usage"))))
    else:
        writer.write(answer(200, completion(model=asked.get("model", "gpt-4o-mini"))))
    return True


def says(status: int, body: bytes | dict, kind: str = "application/json", **headers: str):
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(answer(status, body, kind, **headers))
        return True

    return behaviour


def sends(raw: bytes, *, hangs: bool = False):
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(raw)
        await writer.drain()
        if hangs:
            await asyncio.sleep(FOREVER)
        return False

    return behaviour


def streams(*pieces: bytes, ends: bool = True, hangs: bool = False):
    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> bool:
        keeps = await stream(writer, list(pieces), ends=ends)
        if hangs:
            await asyncio.sleep(FOREVER)
        return keeps

    return behaviour


def first_fails(provider: Provider, name: str, times: int, failing):
    """Fails so many times, then answers well."""

    async def behaviour(request: Request, writer: asyncio.StreamWriter) -> bool:
        return await (failing if provider.counts[name] <= times else well)(request, writer)

    return behaviour


async def echoes(request: Request, writer: asyncio.StreamWriter) -> bool:
    told = {"method": request.method, "path": request.path, "headers": request.headers, "size": len(request.body)}
    cookies = {"set_cookie": "sessionid=theirs", "x_custom": "kept", "connection": "x-private", "x_private": "1"}
    writer.write(answer(200, told, **cookies))
    return True


async def knows_no_stream_options(request: Request, writer: asyncio.StreamWriter) -> bool:
    if "stream_options" in request.json:
        writer.write(answer(400, {"error": {"message": "Unknown parameter: 'stream_options'.", "type": "invalid_request_error"}}))
        return True
    return await well(request, writer)


def all_of(provider: Provider) -> None:
    """Teaches a provider everything."""
    whole = json.dumps(completion()).encode()
    first = chunks(with_usage=False)[0]
    provider.behaviours.update(
        well=well,
        echo=echoes,
        hang=sends(b"", hangs=True),
        stall=streams(first, ends=False, hangs=True),
        dies=streams(first, ends=False),
        half_frame=streams(first, b'data: {"id":"c1","choices":[{"ind'),
        no_end=streams(first),
        long_length=sends(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n" + whole),
        cut=sends(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99999\r\n\r\n" + whole[:40]),
        short_length=sends(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n" + whole),
        closes=sends(b""),
        not_http=sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
        endless_head=sends(b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 20_000),
        endless_trailers=sends(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + b"x-a: b\r\n" * 40_000),
        endless_mark=sends(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;" + b"a" * 300_000),
        quotes_key=says(401, {"error": "The key sk-upstream-secret-key is not known."}),
        html=says(200, HTML, "text/html"),
        html_stream=streams(HTML),
        empty=says(200, b""),
        silent=says(200, completion(text="")),
        deep=says(200, b"[" * 200_000),
        deep_error=says(400, b'{"error":' * 100_000),
        quota=says(429, QUOTA),
        spent=says(402, {"error": {"message": "Payment required", "type": "billing_error"}}),
        throttled=says(429, THROTTLED, retry_after="30", x_ratelimit_limit_requests="500", x_ratelimit_remaining_requests="0",
                       x_ratelimit_reset_requests="1m30s", x_ratelimit_limit_tokens="10000", x_ratelimit_remaining_tokens="12"),
        wrong_key=says(401, WRONG_KEY),
        broken=says(500, _error("boom", "server_error")),
        bad_request=says(400, _error("No such model", "invalid_request_error", "model_not_found")),
        overloaded=says(529, OVERLOADED),
        error_first=streams(b"event: error\ndata: " + json.dumps(OVERLOADED).encode() + b"\n\n"),
        inside=says(200, QUOTA),
        flaky=first_fails(provider, "flaky", 2, says(503, b"busy", "text/plain", retry_after="0")),
        dropping=first_fails(provider, "dropping", 1, sends(b"")),
        no_options=knows_no_stream_options,
        down=says(500, b"down", "text/plain"),
    )  # fmt: skip
