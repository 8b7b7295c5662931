"""A small eMSP that records what the virtual CPO sends it. Knows no product code.

It answers as the specification asks, unless a test puts another answer into `answers`.
"""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Json = dict[str, Any]


@dataclass(frozen=True)
class Got:
    """One request that came in."""

    method: str
    path: str
    body: Any
    headers: dict[str, str]


@dataclass
class Emsp:
    """The eMSP's memory: requests in order of arrival, and the token that the CPO must use."""

    token: str = "emsp-token-1"
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[str, int, int]] = field(default_factory=list)  # (path part, HTTP, OCPI), each used once
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    version: str = "2.2.1"  # the one whose details were read last
    modules: tuple[str, ...] = (
        "credentials",
        "sessions",
        "cdrs",
        "locations",
        "commands",
        "tokens",
        "tariffs",
        "hubclientinfo",
    )
    authorization: Json | None = None  # AuthorizationInfo for whatever card is asked about
    received_credentials: Json | None = None
    base: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, part: str, method: str | None = None) -> list[Got]:
        """Return what came to paths that contain ``part``."""
        with self.lock:
            return [g for g in self.got if part in g.path and method in (None, g.method)]

    def wait(self, found: Callable[[], Any], seconds: float = 5) -> Any:
        """Wait until ``found`` returns something true, and return that."""
        deadline = time.monotonic() + seconds
        while not (result := found()):
            if time.monotonic() > deadline:
                raise AssertionError(f"nothing came; got {[(g.method, g.path) for g in self.got]}")
            time.sleep(0.005)
        return result


def headers(token: str, version: str = "2.2.1") -> dict[str, str]:
    """Headers of a request with ``token``, as it stands in 2.1.1 and in base64 since."""
    if version == "2.1.1":
        return {"Authorization": f"Token {token}"}
    return {"Authorization": "Token " + base64.b64encode(token.encode()).decode()}


def emsp_app(emsp: Emsp) -> Starlette:
    """Build the eMSP's web application."""

    async def answer(request: Request) -> JSONResponse:
        body = json.loads(await request.body() or b"null", parse_float=Decimal)
        with emsp.lock:
            emsp.got.append(Got(request.method, request.url.path, body, dict(request.headers)))
            special = next((a for a in emsp.answers if a[0] in request.url.path), None)
            if special is not None:
                emsp.answers.remove(special)
        if special is not None:
            return JSONResponse({"status_code": special[2], "timestamp": "2026-01-01T00:00:00Z"}, special[1])
        styles = ("2.1.1", "2.2.1") if request.url.path == "/versions" else emsp.versions
        if request.headers["authorization"] not in {headers(emsp.token, v)["Authorization"] for v in styles}:
            return JSONResponse({"status_code": 2001, "timestamp": "2026-01-01T00:00:00Z"}, 401)
        status, extra = 200, {}
        if request.url.path == "/cdrs":
            status, extra = 201, {"Location": f"{emsp.base}/cdrs/1"}
        return JSONResponse(_envelope(_data(emsp, request, body)), status, extra)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])


def _data(emsp: Emsp, request: Request, body: Any) -> Any:
    path = request.url.path
    if path == "/versions":
        return [{"version": v, "url": f"{emsp.base}/{v}"} for v in emsp.versions]
    if path[1:] in emsp.versions:
        emsp.version = path[1:]
        role = {} if emsp.version == "2.1.1" else {"role": "RECEIVER"}
        endpoints = [{"identifier": m, "url": f"{emsp.base}/{m}"} | role for m in emsp.modules]
        return {"version": emsp.version, "endpoints": endpoints}
    if path.endswith("/authorize"):
        return emsp.authorization
    if path == "/credentials" and request.method != "DELETE":
        emsp.received_credentials = body
        emsp.token = f"emsp-token-after-{request.method}"
        return own_credentials(emsp, emsp.version)
    return None


def own_credentials(emsp: Emsp, version: str = "2.2.1") -> Json:
    """Return the credentials object the eMSP offers."""
    if version == "2.1.1":
        found: Json = {"token": emsp.token, "url": f"{emsp.base}/versions", "country_code": "DE", "party_id": "TST"}
        return found | {"business_details": {"name": "Test eMSP"}}
    role = {"role": "EMSP", "country_code": "DE", "party_id": "TST", "business_details": {"name": "Test eMSP"}}
    return {"token": emsp.token, "url": f"{emsp.base}/versions", "roles": [role]}


def _envelope(data: Any) -> Json:
    found: Json = {"status_code": 1000, "timestamp": "2026-01-01T00:00:00Z"}
    return found if data is None else found | {"data": data}
