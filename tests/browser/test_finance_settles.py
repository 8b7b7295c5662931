"""A clerk finds a mismatch and asks for a refund, a lead approves, the log shows both: in a real browser.

Pictures of every page are kept in ``var/shots``, on a phone and on a desk, light and dark.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect

from api.db import UnitOfWork, make_engine
from api.domain.finance.finding import Severity
from api.factory import create_app
from api.routes.console.signed_in import COOKIE
from api.settings import Settings
from sandbox.stack import free_port
from tests.api.services.charging.given_back import euro, paid, refunds
from tests.api.services.reconciliation.findings_hands import a_finding, of_charge
from tests.bench import Bench, a_bench
from tests.browser.conftest import DESK, PHONE, phone, shoot
from tests.serving import serve
from tests.staff import signed_in

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LINES = [{"kind": "energy", "billed": "20.00", "computed": "12.00", "difference": "8.00"}]


@dataclass
class Office:
    """The console, served for real, and what is behind it."""

    bench: Bench
    app: FastAPI
    base_url: str

    async def comes_in(self, page: Page, *roles: str, name: str) -> None:
        """Let somebody of staff be signed in at a browser."""
        secret = (await signed_in(self.bench, self.app, *roles, name=name)).http.cookies[COOKIE]
        await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{self.base_url}/console"}])
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))


@pytest.fixture
async def office(work: UnitOfWork, database_url: str) -> AsyncIterator[Office]:
    """Yield a console with findings of several kinds."""
    bench, port = a_bench(work), free_port()
    base_url = f"http://127.0.0.1:{port}"
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=base_url))
    app = create_app(Settings(public_url=base_url), bench.ports, make_engine(database_url, pool_size=5))
    with serve(app, port=port):
        yield Office(bench, app, base_url)


async def looked_at(page: Page, name: str) -> None:
    """Keep a picture; see that nothing sticks out, and that no rule of WCAG A and AA a machine can check is broken."""
    await shoot(page, name)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels too wide"
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
    assert found.violations_count == 0, found.generate_report()


@contextlib.asynccontextmanager
async def at(browser: Browser, device: dict[str, Any], scheme: str) -> AsyncIterator[Page]:
    """Yield a page on a device in light or dark."""
    async with phone(browser, device=device | {"color_scheme": scheme}) as page:
        yield page


async def seed(bench: Bench) -> str:
    """Store a charge whose bill is higher than its hold, and other findings; return the finding of that charge."""
    now = bench.clock.now()
    charge = await paid(bench, "60.00")
    await a_finding(bench, subject="prt_1/DE/CPO/CDR7", minor=800, detail={"billed": "20.00", "lines": LINES})
    await a_finding(bench, "hold_expired", "chs_old", minor=2300, severity=Severity.WARNING)
    await a_finding(bench, "dispute_open", "dsp_1", minor=4200, due_at=now + timedelta(hours=5))
    return await of_charge(bench, charge, "owed_above_hold")


@pytest.mark.capability("DC6")
async def test_a_clerk_asks_for_a_refund_and_a_lead_approves(office: Office, browser: Browser) -> None:
    """By keys from the inbox to the finding; a request that its asker cannot approve; the money moves once."""
    bench = office.bench
    finding_id = await seed(bench)
    async with at(browser, DESK, "light") as page:
        await office.comes_in(page, "finance_clerk", name="Ada Clerk")
        await asks_for_a_refund(page, office.base_url, finding_id)
        await page.goto(f"{office.base_url}/console/requests")
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    assert refunds(bench).refunds == []
    async with at(browser, PHONE, "dark") as page:
        await office.comes_in(page, "finance_lead", name="Grace Lead")
        await page.goto(f"{office.base_url}/console/requests")
        await looked_at(page, "console-requests-phone-dark")
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("[role=status]")).to_contain_text("Approved.")
        await bench.drain()
        assert [one.amount for one in refunds(bench).refunds] == [euro(5000)]
        await page.goto(f"{office.base_url}/console/audit")
        await expect(page.locator("table")).to_contain_text("credit requested")
        await expect(page.locator("table")).to_contain_text("credit approved")
        await looked_at(page, "console-audit-phone-dark")
        await page.goto(f"{office.base_url}/console/findings/{finding_id}")
        await expect(page.locator("h1")).to_contain_text("booking")
        await looked_at(page, "console-finding-phone-dark")
        await page.goto(f"{office.base_url}/console/findings")
        await looked_at(page, "console-findings-phone-dark")


async def asks_for_a_refund(page: Page, base_url: str, finding_id: str) -> None:
    """Go from the inbox to a finding, acknowledging another one by keys on the way, and ask for all of its bill."""
    await page.goto(f"{base_url}/console/findings")
    await expect(page.locator("tbody tr")).to_have_count(4)
    await looked_at(page, "console-findings-desk-light")
    await page.keyboard.press("j")
    await expect(page.locator("tr.chosen")).to_contain_text("Dispute open")
    await page.keyboard.press("a")
    await expect(page.locator("[role=status]")).to_have_text("Done.")
    await page.locator(f'a[href="/console/findings/{finding_id}"]').click()
    await expect(page.locator("h1")).to_contain_text("Bill above the hold")
    await page.locator("summary", has_text="Refund").click()
    await page.locator("#reason-refund").select_option("charger_fault")
    await page.locator("#text-refund").fill("It stopped after a minute")
    await looked_at(page, "console-finding-desk-light")
    await page.locator("form[data-action=Refund] button").click()
    await expect(page.locator("[role=status]")).to_contain_text("A second person has to approve this")


async def test_keys_choose_and_confirmations_repeat_what_was_typed(office: Office, browser: Browser) -> None:
    """Going elsewhere by keys does nothing to findings; a confirmation that is declined sends nothing."""
    bench = office.bench
    finding_id = await seed(bench)
    async with at(browser, DESK, "dark") as page:
        secret = (await signed_in(bench, office.app, "finance_lead", name="Grace")).http.cookies[COOKIE]
        await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{office.base_url}/console"}])
        await page.goto(f"{office.base_url}/console/findings")
        for key in ("j", "x", "j", "x", "g", "a"):
            await page.keyboard.press(key)
        await expect(page.locator("h1")).to_have_text("Audit log")
        await shoot(page, "console-audit-desk-dark")
        asked: list[str] = []

        async def decline(dialog: Any) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", decline)
        await page.goto(f"{office.base_url}/console/findings/{finding_id}")
        await page.locator("summary", has_text="Refund").click()
        await page.locator("#amount-refund").fill("12.50")
        await page.locator("#reason-refund").select_option("goodwill")
        await page.locator("#text-refund").fill("kind")
        await page.locator("form[data-action=Refund] button").click()
        assert asked == ["Refund, 12.50 EUR, goodwill?"]
        await shoot(page, "console-finding-desk-dark")
    assert await bench.rows("SELECT 1 FROM staff_action WHERE action LIKE 'credit%'") == []
    assert await bench.rows("SELECT 1 FROM mismatch WHERE state <> 'open'") == []
