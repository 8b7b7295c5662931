"""Payment links over HTTP: what is open, to whom, and a payment that the page confirms; strangers learn nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.factory import create_app
from api.services.accounts.erase import erase
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


async def erased(bench: Bench) -> None:
    """Erase the driver's account, and let the processor forget them."""
    await bench.rows("UPDATE driver SET closing_at = :now RETURNING id", now=bench.clock.now())
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    await bench.drain()
    assert await bench.value("SELECT processor_customer_id FROM driver") is None


async def test_what_came_late_is_paid_though_the_account_is_gone(bench: Bench, page: httpx.AsyncClient) -> None:
    """A corrected bill after the erasure leaves 62.12 open: the link shows it and takes it, from a new customer."""
    await a_driver(bench, language="sv")
    charge = await a_charge(bench, ChargingStatus.SETTLED)
    path = f"/pay/r/{pay_token(bench.ports.policy, charge.id)}"
    await erased(bench)
    assert (await page.get(path)).json()["text"].startswith("Inget återstår")
    nothing = await page.post(f"{path}/payment")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing-to-pay")

    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await push_cdr(bench, a_cdr(charge, id="CDR2", cost="60.00"))
    await bench.drain()
    shown = (await page.get(path)).json()
    assert shown["open"] == {"amount_minor": 6212, "currency": "EUR"}
    paying = await page.post(f"{path}/payment")
    assert (paying.status_code, paying.json()["status"]) == (201, "action_required")
    assert paying.json()["amount"] == shown["open"]
    browser = await page.get(path, headers={"Accept": "text/html"})
    assert (browser.status_code, "62,12" in browser.text) == (200, True)

    (intent,) = payins(bench).payins
    payins(bench).pay_in_app(intent.payment_intent_id)
    await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent.payment_intent_id)
    assert (await page.get(path)).json()["open"]["amount_minor"] == 0
    await books_balance(bench)


@pytest.mark.parametrize("token", ["chs_00000001.0000", "x", "%00", "chs_1.%F0%9F%94%8C"])
async def test_a_made_up_link_says_nothing(page: httpx.AsyncClient, token: str) -> None:
    """404 as a problem document, whatever is guessed."""
    for answer in (await page.get(f"/pay/r/{token}"), await page.post(f"/pay/r/{token}/payment")):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-pay-link")
        assert answer.headers["content-type"] == "application/problem+json"
