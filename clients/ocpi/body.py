"""Reading a response body within a limit, also when it is compressed: a small bomb must not become a large answer.

Holds nothing else; what the body says is read by ``envelope.py``.
"""

import zlib

import httpx

from api.ports.roaming import PartnerAnsweredBadly

_GZIP_OR_ZLIB = 47
"""The zlib window argument that recognises both headers."""


async def read_body(response: httpx.Response, *, limit_bytes: int) -> bytes:
    """Return the decoded body; raises PartnerAnsweredBadly when it, or what came, is too large or cannot be decoded."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "deflate"):
        raise _bad(response, "an encoding we did not ask for")
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in ("gzip", "deflate") else None
    body = bytearray()
    received = 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        try:
            if inflate is None:
                body += chunk
            elif not inflate.eof:  # it would keep everything that follows its end
                body += inflate.decompress(chunk, limit_bytes + 1 - len(body))
        except zlib.error:
            raise _bad(response, "broken compression") from None
        if max(len(body), received) > limit_bytes:
            raise _bad(response, "larger than we accept")
    if inflate and not inflate.eof:
        raise _bad(response, "compression cut short")
    return bytes(body)


def _bad(response: httpx.Response, message: str) -> PartnerAnsweredBadly:
    return PartnerAnsweredBadly(
        "partner_answered_badly", http_status=response.status_code, ocpi_status=None, message=f"body: {message}"
    )
