"""A guest's phone in front of a charger: our pages served for real, the stand-in's script and bank, a real Chromium.

The charger is the test's hand (``Charger``): jobs run on their own in the background, and what the operator sends is
sent by the test.
"""

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from api.db import UnitOfWork, make_engine
from api.domain.charging.state import ChargingStatus
from api.factory import create_app
from api.models.charging import ChargingSession
from api.ports import Ports
from api.services.guests.displays import code_for_evse
from api.settings import Settings
from clients.stripe.connection import StripeConfig, StripeConnection
from clients.stripe.payins import StripePayins
from clients.stripe.payments import StripePayments
from sandbox.stack import free_port
from tests.bench import Bench, a_bench
from tests.builders import a_location
from tests.clients.stripe.harness import API_KEY, WEBHOOK_SECRET, StandIn, serve_stand_in
from tests.serving import serve

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
SHOTS = Path(__file__).resolve().parents[2] / "var" / "shots"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
GOOD, DECLINED, ASKS, POOR = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184", "4000 0000 0000 9995"


@dataclass
class Charger:
    """The place: what is behind the page, and the operator's side of it in a test's hands."""

    bench: Bench
    base_url: str
    stand_in: StandIn

    async def code(self, evse_id: str = "DE*CPO*EVSE1") -> str:
        """Return the address in the code that the display shows now."""
        async with self.bench.work() as db:
            code, _ = await code_for_evse(db=db, ports=self.bench.ports, now=self.bench.clock.now(), evse_id=evse_id)
        return code.url

    async def charge(self, *statuses: ChargingStatus) -> ChargingSession:
        """Wait until the newest charge has come to one of some statuses, and return it."""
        for _ in range(300):
            found = await self.bench.rows("SELECT id, status FROM charging_session ORDER BY created_at DESC, id DESC")
            if found and (not statuses or found[0][1] in statuses):
                async with self.bench.work() as db:
                    return await db.get_one(ChargingSession, found[0][0])
            await asyncio.sleep(0.05)
        raise AssertionError(f"{found} and not {statuses}")

    def totals(self) -> Counter[str]:
        """Return what the processor counts, in cents."""
        found: dict[str, dict[str, int]] = self.stand_in.control.get("/_sandbox/totals").json()
        return Counter(found.get("eur", {}))

    def intents(self) -> int:
        """Return how many holds the processor was asked for."""
        logged = self.stand_in.control.get("/_sandbox/requests").json()["requests"]
        return sum((one["method"], one["path"]) == ("POST", "/v1/payment_intents") for one in logged)


def _stripe(stand_in: StandIn) -> StripeConnection:
    config = StripeConfig(
        api_key=API_KEY, webhook_secrets=(WEBHOOK_SECRET,), environment="test", api_base=stand_in.base_url
    )
    return StripeConnection(config)


def _ports(ports: Ports, connection: StripeConnection, **more: Any) -> Ports:
    return replace(ports, payments=StripePayments(connection), payins=StripePayins(connection), **more)


@pytest.fixture
async def charger(work: UnitOfWork, database_url: str) -> AsyncIterator[Charger]:
    """Yield a charger whose display shows codes, with jobs running in the background."""
    bench, port = a_bench(work), free_port()
    base_url = f"http://127.0.0.1:{port}"
    with serve_stand_in() as stand_in:
        stripe = _stripe(stand_in)
        policy = replace(bench.ports.policy, public_url=base_url)
        bench.ports = _ports(bench.ports, stripe, policy=policy)
        await a_location(bench, name="Harbor Square")
        with serve(_application(bench, stand_in, base_url, database_url), port=port):
            pump = asyncio.create_task(_pump(bench))
            yield Charger(bench, base_url, stand_in)
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pump
        await stripe.aclose()


def _application(bench: Bench, stand_in: StandIn, base_url: str, database_url: str) -> FastAPI:
    """Return the web application; it lives in a loop of its own, with connections of its own, closed there."""
    stripe = _stripe(stand_in)
    settings = Settings(public_url=base_url, stripe_api_base=stand_in.base_url)
    app = create_app(settings, _ports(bench.ports, stripe), make_engine(database_url, pool_size=5))
    lifespan = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def closing(each: FastAPI) -> AsyncIterator[None]:
        async with lifespan(each):
            yield
        await stripe.aclose()

    app.router.lifespan_context = closing
    return app


async def _pump(bench: Bench) -> None:
    """Run jobs as they come, as a worker would."""
    while True:
        await bench.drain()
        await asyncio.sleep(0.05)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Yield the machine's Chromium, headless."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def phone(browser: Browser, *, locale: str = "en-GB", device: dict[str, Any] = PHONE) -> AsyncIterator[Page]:
    """Yield a page of a fresh browser in a language; an error in its console fails the test."""
    context: BrowserContext = await browser.new_context(locale=locale, **device)
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    expected = ("status of 402", "status of 409", "status of 422", "status of 410", "status of 404", "status of 400")
    unexpected = [each for each in complaints if not any(word in each for word in expected)]
    assert unexpected == [], unexpected


async def shoot(page: Page, name: str) -> None:
    """Keep a picture of a whole page for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
