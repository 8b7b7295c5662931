"""Staff at the console in a real browser: a real sign-in, then every page on phone and desk, light and dark."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.db import UnitOfWork, make_engine
from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.factory import create_app
from api.services.staff.members import add_member
from api.settings import Settings
from sandbox.stack import free_port
from tests.api.services.charging.given_back import credit, paid
from tests.bench import Bench, a_bench
from tests.browser.conftest import DESK, PHONE, phone, shoot
from tests.builders import a_location, a_session, after, an_evse, connector_of, push_session
from tests.charges import a_charge
from tests.serving import serve

S = ChargingStatus
PASSWORD = "correct horse battery"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

_DRAWN = (
    "theme => [...document.images].every(each => each.complete && each.naturalWidth > 0"
    " && (each.currentSrc.includes(theme) || !each.currentSrc.includes('/charts/')))"
)


@dataclass
class House:
    """The console as it is served, with charges in many states behind it."""

    bench: Bench
    base_url: str
    settled: str
    """A charge that ran its whole way."""


@pytest.fixture
async def house(work: UnitOfWork, database_url: str) -> AsyncIterator[House]:
    """Yield a console with a busy day behind it."""
    bench, port = a_bench(work), free_port()
    base_url = f"http://127.0.0.1:{port}"
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=base_url))
    settled = await _a_busy_day(bench)
    app = create_app(Settings(public_url=base_url), bench.ports, make_engine(database_url, pool_size=5))
    with serve(app, port=port):
        yield House(bench, base_url, settled)


async def _a_busy_day(bench: Bench) -> str:
    """Leave a settled charge with a refund, one above its hold, and open holds that end sooner and later."""
    await a_location(bench, name="Harbor Square", evses=[an_evse(f"EVSE{each}") for each in range(1, 7)])
    charge = await paid(bench)
    for step in range(2, 11):
        await bench.rows(
            "INSERT INTO meter_reading (charging_session_id, at, kwh, charging) VALUES (:id, :at, :kwh, :flows)"
            " ON CONFLICT DO NOTHING RETURNING 1",
            id=charge.id,
            at=after(step * 6),
            kwh=min(step * 100 + step % 3 * 30, 1000),
            flows=step < 9,
        )
    await credit(bench, charge, 1000)
    await bench.drain()
    for number, hours in ((2, 3), (3, 14), (4, 40), (5, 150), (6, -2)):
        await _an_open_hold(bench, number, timedelta(hours=hours))
    return charge.id


async def _an_open_hold(bench: Bench, number: int, left: timedelta) -> None:
    """Leave a session that ended and has no CDR yet, its hold with so much time left."""
    charge = await a_charge(
        bench, S.START_ACCEPTED, driver_id=f"drv_{number}", connector=connector_of(uid=f"EVSE{number}")
    )
    ended = {"status": SessionStatus.COMPLETED, "ended_at": after(60), "last_updated": after(60)}
    await push_session(bench, a_session(charge, id=f"SES{number}", **ended))
    await bench.rows(
        "UPDATE hold SET capture_before = :at WHERE charging_session_id = :id RETURNING 1",
        at=bench.clock.now() + left,
        id=charge.id,
    )


async def sign_in(house: House, page: Page) -> None:
    """Join by invitation with a password and an authenticator, as a person would."""
    async with house.bench.work() as db:
        _, secret = await add_member(
            db=db,
            ports=house.bench.ports,
            now=house.bench.clock.now(),
            email="ada@example.com",
            name="Ada Clerk",
            roles=["finance_lead", "admin"],
            by="test",
        )
    await page.goto(f"{house.base_url}/console/join/{secret}")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("main button").click()
    key = await page.locator("main .id").first.inner_text()
    await page.locator("input[name=code]").fill(pyotp.TOTP(key.strip()).at(house.bench.clock.now()))
    await page.locator("main button").click()
    await expect(page.locator("h1")).to_have_text("Overview")


async def _drawn(page: Page, scheme: str) -> None:
    """Wait until every chart is seen; the page's policy forbids what Playwright itself would wait with."""
    for _ in range(300):
        if await page.evaluate(_DRAWN, f"theme={scheme}"):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a chart was not drawn")


async def looked_at(page: Page, name: str) -> None:
    """Keep a picture in light and in dark; nothing is wider than the screen, and no rule of access is broken."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await _drawn(page, scheme)
        await shoot(page, f"console-{name}-{scheme}")
        found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
        assert found.violations_count == 0, found.generate_report()
    wide = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{name} is {wide[0]} wide on a screen of {wide[1]}"


@pytest.mark.capability("DC6")
@pytest.mark.parametrize(("device", "size"), [(PHONE, "phone"), (DESK, "desk")])
async def test_every_page_is_fit_to_work_in(
    house: House, browser: Browser, device: dict[str, object], size: str
) -> None:
    """After a real sign-in: overview, holds, a charge, search, staff; charts are seen, keys work on the desk."""
    async with phone(browser, device=device) as page:
        await sign_in(house, page)
        await looked_at(page, f"{size}-overview")
        await page.goto(f"{house.base_url}/console/holds")
        await expect(page.locator("table.list tbody tr")).to_have_count(5)
        await looked_at(page, f"{size}-holds")
        await page.goto(f"{house.base_url}/console/holds?left=under_24h&text=harbor")
        await expect(page.locator("table.list tbody tr")).to_have_count(1)
        await looked_at(page, f"{size}-holds-filtered")
        await page.goto(f"{house.base_url}/console/charges/{house.settled}")
        await expect(page.locator(".figures")).to_contain_text("13.80 EUR")
        await looked_at(page, f"{size}-charge")
        for typed in ("4242", "nothing of ours"):
            await page.goto(f"{house.base_url}/console/")
            await page.keyboard.press("/")
            await page.keyboard.type(typed)
            await page.keyboard.press("Enter")
            await expect(page.locator("h1")).to_contain_text(typed)
            await looked_at(page, f"{size}-search-{typed.split()[0]}")
        await page.goto(f"{house.base_url}/console/staff")
        await looked_at(page, f"{size}-staff")
        await page.keyboard.press("g")
        await page.keyboard.press("h")
        await expect(page.locator("h1")).to_have_text("Holds")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1.id")).to_contain_text("chs_")
