"""Payment links over HTTP: what is open, to whom, and a payment that the page confirms; strangers learn nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.factory import create_app
from api.services.charging.look_payin import look_at_payin
from api.services.charging.pay_link import pay_token
from api.settings import Settings
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, a_driver, push_cdr
from tests.charges import a_charge
from tests.wallets import books_balance, payins


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


@pytest.fixture
async def page(bench: Bench, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Yield somebody's browser, without an account."""
    app = create_app(Settings(public_url="http://app.test"), bench.ports, engine)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://app.test") as client:
        yield client


async def test_a_link_shows_the_rest_and_pays_it_once(bench: Bench, page: httpx.AsyncClient) -> None:
    """Amount, price and operator are shown; two clicks are one payment; paid, nothing is open any more."""
    await a_driver(bench, language="de")
    charge = await a_charge(bench, ChargingStatus.ENDED)
    await push_cdr(bench, a_cdr(charge, cost="60.00"))
    await bench.drain()
    path = f"/pay/r/{pay_token(bench.ports.policy, charge.id)}"

    shown = (await page.get(path)).json()
    assert shown["open"] == {"amount_minor": 2140, "currency": "EUR"}
    assert shown["price"] == {"amount_minor": 7140, "currency": "EUR"}
    assert (shown["operator"]["name"], shown["payment"]) == ("A charge point operator", None)
    assert shown["text"].startswith("Der Ladevorgang")
    assert shown["receipt_id"] is not None

    first, again = await page.post(f"{path}/payment"), await page.post(f"{path}/payment")
    assert (first.status_code, first.json()["status"]) == (201, "action_required")
    assert first.json()["id"] == again.json()["id"]
    assert (await page.get(path)).json()["payment"]["client_secret"] == first.json()["client_secret"]

    (intent,) = payins(bench).payins
    payins(bench).pay_in_app(intent.payment_intent_id)
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent.payment_intent_id)

    after = (await page.get(path)).json()
    assert (after["open"]["amount_minor"], after["payment"]["client_secret"]) == (0, None)
    assert after["text"].startswith("Es ist nichts offen")
    nothing = await page.post(f"{path}/payment")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-to-pay")
    await books_balance(bench)


@pytest.mark.parametrize("token", ["chs_00000001.0000", "x", "%00", "chs_1.%F0%9F%94%8C"])
async def test_a_made_up_link_says_nothing(page: httpx.AsyncClient, token: str) -> None:
    """404 as a problem document, whatever is guessed."""
    for answer in (await page.get(f"/pay/r/{token}"), await page.post(f"/pay/r/{token}/payment")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-pay-link")
        assert answer.headers["content-type"] == "application/problem+json"
