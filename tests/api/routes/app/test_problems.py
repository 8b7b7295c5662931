"""Every error of the app API is one problem document, whatever went wrong, and tells nothing it should not."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy.exc import OperationalError

from api.domain.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Refused, Unauthenticated, Upstream
from api.domain.money import Money
from api.routes.app import problem_texts
from api.routes.app.problems import Problem
from tests.api.routes.app.conftest import PASSWORD, App, Someone


def checked(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert that an answer is a whole problem document and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    problem = Problem.model_validate(body)
    assert (problem.status, problem.code) == (status, code)
    assert problem.type == f"http://app.test/problems/{code}"
    assert problem.title
    assert problem.detail
    assert problem.request_id == answer.headers["x-request-id"]
    return body


KINDS: list[tuple[AppError, int]] = [
    (Invalid("made_up"), 422),
    (Unauthenticated("made_up"), 401),
    (Forbidden("made_up"), 403),
    (NotFound("made_up"), 404),
    (Conflict("made_up"), 409),
    (Refused("made_up"), 422),
    (Refused("hold_declined"), 402),
    (Upstream("made_up"), 503),
]


def broken(app: App, error: Exception) -> None:
    """Add an operation that fails with ``error``."""
    router = APIRouter()

    @router.get("/broken")
    async def fail() -> None:
        raise error

    v1 = next(route for route in app.app.router.routes if getattr(route, "path", "") == "/v1")
    v1.app.include_router(router)  # type: ignore[attr-defined]  # the mount of the app API


@pytest.mark.capability("A05")
@pytest.mark.parametrize(("error", "status"), KINDS, ids=lambda each: str(each))
async def test_each_kind_has_its_status(app: App, anyone: httpx.AsyncClient, error: AppError, status: int) -> None:
    """The kind of an error decides its status; a code without words of its own still reads well."""
    broken(app, error)
    body = checked(await anyone.get("/v1/broken"), status, error.code.replace("_", "-"))
    assert body["retryable"] is (status == 503)


async def test_upstream_trouble_says_when_to_come_back(app: App, anyone: httpx.AsyncClient) -> None:
    """503 always carries Retry-After."""
    broken(app, Upstream("partner_unreachable"))
    answer = await anyone.get("/v1/broken")
    checked(answer, 503, "partner-unreachable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_lost_database_is_unavailable_not_broken(app: App, anyone: httpx.AsyncClient) -> None:
    """A database error becomes 503 and tells nothing of the statement or the host."""
    broken(app, OperationalError("SELECT secret", {}, Exception("secret host")))
    answer = await anyone.get("/v1/broken")
    body = checked(answer, 503, "service-unavailable")
    assert (body["retryable"], answer.headers["retry-after"]) == (True, "2")
    assert "secret" not in answer.text


async def test_a_bug_tells_nothing(app: App, anyone: httpx.AsyncClient) -> None:
    """An unexpected error is 500 with a request id and without a word of what it was."""
    broken(app, RuntimeError("secret detail"))
    answer = await anyone.get("/v1/broken")
    checked(answer, 500, "internal-error")
    assert "secret" not in answer.text


async def test_facts_are_plain(app: App, anyone: httpx.AsyncClient) -> None:
    """Money, exact numbers and moments come in the shapes that the API uses everywhere."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    broken(app, Conflict("made_up", cost=Money(1234, "EUR"), kwh=Decimal("1.50"), at=at, none=None, ids=("a", 1)))
    assert (await anyone.get("/v1/broken")).json()["facts"] == {
        "cost": {"amount_minor": 1234, "currency": "EUR"},
        "kwh": "1.50",
        "at": "2026-03-02T09:00:00Z",
        "none": None,
        "ids": ["a", 1],
    }


REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/v1/nowhere", {}, 404, "not-found"),
    ("DELETE", "/v1/me", {}, 405, "method-not-allowed"),
    ("GET", "/v1/me", {}, 401, "access-token-refused"),
    ("GET", "/v1/me", {"headers": {"Authorization": "Basic YTpi"}}, 401, "access-token-refused"),
    ("GET", "/v1/me", {"headers": {"Authorization": "Bearer x"}}, 401, "access-token-refused"),
    ("GET", "/v1/me?verbose=1", {}, 400, "unknown-query-parameter"),
    ("POST", "/v1/sign-in", {"content": b"{"}, 400, "malformed-request"),
    ("POST", "/v1/sign-in", {"content": b"\xff\xfe"}, 400, "malformed-request"),
    ("POST", "/v1/sign-in", {"content": b"[" * 30_000}, 400, "malformed-request"),
    ("POST", "/v1/sign-in", {"content": b"x" * 70_000}, 413, "body-too-large"),
    ("POST", "/v1/sign-in", {"json": {}}, 422, "invalid-request"),
    ("POST", "/v1/sign-in", {"json": []}, 422, "invalid-request"),
    ("POST", "/v1/sign-in", {"json": {"email": "a@b", "password": "x", "admin": True}}, 422, "invalid-request"),
    ("POST", "/v1/sign-in", {"json": {"email": "a@b\x00", "password": "x"}}, 422, "invalid-request"),
    ("POST", "/v1/sign-in", {"content": b'{"email": "a@\\ud800b", "password": "x"}'}, 422, "invalid-request"),
    ("POST", "/v1/sign-in", {"json": {"email": "a@b", "password": "p" * 1025}}, 422, "invalid-request"),
    ("POST", "/v1/token-refreshes", {"json": {"refresh_token": "x"}}, 401, "refresh-refused"),
]


@pytest.mark.capability("A05", "A36")
@pytest.mark.parametrize(("method", "path", "more", "status", "code"), REQUESTS)
async def test_bad_requests(
    anyone: httpx.AsyncClient, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    """Unknown paths, wrong methods, missing tokens, unreadable and oversized bodies: always a problem document."""
    headers = {"Content-Type": "application/json"} | more.pop("headers", {})
    answer = await anyone.request(method, path, headers=headers, **more)
    checked(answer, status, code)
    if status == 401 and path == "/v1/me":
        assert answer.headers["www-authenticate"] == "Bearer"


SIGNED_IN: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "/v1/quotes", {"json": {"connector_id": "con_none"}}, 404, "unknown-connector"),
    ("POST", "/v1/quotes", {"json": {"connector_id": "x\x00"}}, 422, "invalid-request"),
    ("POST", "/v1/quotes", {"content": b'{"connector_id": "con_1", "energy_kwh": NaN}'}, 422, "invalid-request"),
    ("POST", "/v1/quotes", {"content": b'{"connector_id": "con_1", "energy_kwh": 1e400}'}, 422, "invalid-request"),
    ("POST", "/v1/quotes", {"json": {"connector_id": "con_1", "energy_kwh": -1}}, 422, "invalid-request"),
    ("GET", "/v1/charging-sessions/%00", {}, 422, "invalid-request"),
    ("GET", "/v1/charging-sessions?limit=1000", {}, 422, "invalid-request"),
    ("GET", "/v1/locations", {}, 422, "invalid-request"),
]


@pytest.mark.parametrize(("method", "path", "more", "status", "code"), SIGNED_IN)
async def test_bad_requests_of_a_driver(
    ada: Someone, method: str, path: str, more: dict[str, Any], status: int, code: str
) -> None:
    """Numbers that are none, ids that cannot be and control characters never reach the database."""
    checked(await ada.http.request(method, path, headers={"Content-Type": "application/json"}, **more), status, code)


async def test_invalid_fields_are_listed_without_their_values(anyone: httpx.AsyncClient) -> None:
    """The document names each wrong field; what was typed, a password perhaps, is not repeated."""
    answer = await anyone.post("/v1/sign-in", json={"email": "no address", "password": ["hunter2"]})
    body = checked(answer, 422, "invalid-request")
    assert {each["field"] for each in body["errors"]} == {"body.email", "body.password"}
    assert "hunter2" not in answer.text


async def test_a_wrong_password_and_an_unknown_address_answer_alike(ada: Someone, anyone: httpx.AsyncClient) -> None:
    """Apart from the request id the two answers are the same (no enumeration)."""
    bodies = []
    for email, password in (("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        body = checked(
            await anyone.post("/v1/sign-in", json={"email": email, "password": password}), 401, "sign-in-refused"
        )
        bodies.append(body | {"request_id": ""})
    assert bodies[0] == bodies[1]


@pytest.mark.capability("A31")
async def test_request_ids_come_back(anyone: httpx.AsyncClient) -> None:
    """A usable id of the caller is kept, an unusable one is replaced, and each answer has one (A31)."""
    kept = await anyone.get("/v1/me", headers={"X-Request-ID": "abc-1"})
    assert kept.headers["x-request-id"] == kept.json()["request_id"] == "abc-1"
    for bad in ("", "a b", "x" * 129):
        replaced = await anyone.get("/v1/me", headers={"X-Request-ID": bad})
        assert replaced.headers["x-request-id"].startswith("req_")


async def test_a_body_that_never_ends_is_cut_off(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends forever is refused at the limit, one that dawdles after a while."""
    from api.routes.app import middleware

    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.05)

    async def endless() -> Any:
        while True:
            yield b" " * 4096

    async def slow() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    async with app.http as client:
        checked(await client.post("/v1/sign-in", content=endless()), 413, "body-too-large")
        checked(await client.post("/v1/sign-in", content=slow()), 408, "body-too-slow")


def test_every_text_is_for_people() -> None:
    """Titles and details are sentences without underscores, and codes are lower_snake."""
    for code, text in problem_texts.TEXTS.items():
        assert code == code.lower()
        assert "-" not in code
        assert text.title[0].isupper()
        assert text.detail.endswith((".", "`."))
