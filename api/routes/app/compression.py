"""JSON answers of more than a kilobyte go out compressed, to whoever takes that (A25); nothing else is touched.

Starlette's responder does the work. Left alone are streams of events, papers and pictures, which are not JSON, and
answers with a strong ETag: that names the bytes, and compressed bytes are others (RFC 9110, 8.8.3).
"""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_LEAST = 1024
"""Bytes; less fits into one packet anyway."""
LEVEL = 5
"""Nearly as small as the best, in a third of the time."""


class Compression:
    """Compresses JSON for callers that accept gzip, and tells caches that it depends on that."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; its answer is compressed if it is JSON, large enough and wanted so."""
        if scope["type"] != "http" or not _takes_gzip(Headers(scope=scope).get("accept-encoding", "")):
            await self._app(scope, receive, send)
        else:
            await _JsonResponder(self._app, AT_LEAST, LEVEL)(scope, receive, send)


class _JsonResponder(GZipResponder):
    """Compresses what may be compressed, and passes all else on as it comes."""

    passed_on = False

    async def send_with_compression(self, message: Message) -> None:
        """Decide at the beginning of an answer, then do as decided."""
        if message["type"] == "http.response.start":
            headers = Headers(raw=message.setdefault("headers", []))
            kind = headers.get("content-type", "").partition(";")[0].strip()
            is_json = kind == "application/json" or kind.endswith("+json")
            strong = not headers.get("etag", "W/").startswith("W/")
            self.passed_on = strong or not is_json
        if self.passed_on:
            await self.send(message)
        else:
            await super().send_with_compression(message)


def _takes_gzip(accepted: str) -> bool:
    """Say whether gzip is among what a caller accepts; a weight of nothing is a no."""
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
