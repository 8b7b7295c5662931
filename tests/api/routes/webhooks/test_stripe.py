"""Stripe's webhooks: a genuine event is stored once and answered at once; anything else stores nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select

from api.db import UnitOfWork
from api.factory import create_app
from api.models.payment import ProcessorEventRow
from api.settings import Settings
from tests.fakes import START, FakeClock, FakePayments, fake_ports

URL = "/webhooks/stripe"


@pytest.fixture
def payments() -> FakePayments:
    """Return the processor that signs."""
    return FakePayments(FakeClock())


@pytest.fixture
async def stripe(engine: AsyncEngine, payments: FakePayments) -> AsyncIterator[httpx.AsyncClient]:
    """Yield the processor's side of the endpoint."""
    app = create_app(Settings(webhook_body_limit=1000), fake_ports(payments=payments), engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        yield client


async def stored(work: UnitOfWork) -> list[str]:
    """Return the ids in the inbox."""
    async with work() as db:
        return [row.id for row in (await db.exec(select(ProcessorEventRow))).all()]


@pytest.mark.capability("A30")
async def test_a_genuine_event_is_stored_once(
    stripe: httpx.AsyncClient, payments: FakePayments, work: UnitOfWork
) -> None:
    """Delivered twice, an event is answered 200 twice and stored once, byte for byte (A30)."""
    payload, signature = payments.signed_event("payment_intent.succeeded", "pi_1", at=START)
    for _ in range(2):
        answer = await stripe.post(URL, content=payload, headers={"Stripe-Signature": signature})
        assert answer.status_code == 200, answer.text
    assert len(await stored(work)) == 1


async def test_forged_events_store_nothing(stripe: httpx.AsyncClient, payments: FakePayments, work: UnitOfWork) -> None:
    """A wrong or missing signature and a changed or re-encoded body are answered 400 (X12)."""
    payload, signature = payments.signed_event("payment_intent.succeeded", "pi_1", at=START)
    for body, header in ((payload, "0" * 64), (payload, ""), (payload + b" ", signature), (b"", signature)):
        answer = await stripe.post(URL, content=body, headers={"Stripe-Signature": header})
        assert answer.status_code == 400
    assert (await stripe.post(URL, content=payload)).status_code == 400
    assert await stored(work) == []


async def test_a_huge_body_is_not_read(stripe: httpx.AsyncClient, work: UnitOfWork) -> None:
    """Over the limit the answer is 413, whether the size is announced or not."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 512

    assert (await stripe.post(URL, content=b"x" * 1001)).status_code == 413
    assert (await stripe.post(URL, content=endless())).status_code == 413
    assert await stored(work) == []


async def test_health(stripe: httpx.AsyncClient, engine: AsyncEngine) -> None:
    """Alive is alive; ready means that the database answers."""
    assert (await stripe.get("/livez")).json() == {"status": "alive"}
    assert (await stripe.get("/readyz")).json() == {"status": "ready"}


@pytest.mark.capability("A35")
async def test_not_ready_without_a_database() -> None:
    """With the database away the process is alive and not ready, and says when to ask again."""
    from api.db import make_engine

    gone = make_engine("postgresql://nobody@127.0.0.1:1/none")
    app = create_app(Settings(), fake_ports(), gone)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        assert (await client.get("/livez")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        sign_in = await client.post("/v1/sign-in", json={"email": "a@b", "password": "x"})
        assert (sign_in.status_code, sign_in.json()["code"]) == (503, "service-unavailable")
    await gone.dispose()
