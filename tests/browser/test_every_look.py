"""The pages that no journey ends on, each on a phone and a desk, light and dark: payouts, findings, signing in.

Signing in through an identity provider is done by a real browser at a provider on another site, since only a browser
shows whether the cookies of both trips come back.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect

from api.db import UnitOfWork, make_engine
from api.domain.finance.finding import Severity
from api.domain.staff.identity import StaffProvider
from api.factory import create_app
from api.routes.console.signed_in import COOKIE
from api.services.reconciliation.audit_check import check_log
from api.services.reconciliation.partner_letters import set_contact
from api.settings import Settings
from clients.identity.oidc import OidcConfig, OidcIdentityProvider
from sandbox.stack import free_port
from tests.api.services.charging.given_back import paid
from tests.api.services.finance.paying_out import FEE, euro, handle
from tests.api.services.reconciliation.findings_hands import LEAD, a_finding
from tests.bench import Bench, a_bench
from tests.browser.conftest import DESK, PHONE, phone
from tests.browser.test_console import looked_at
from tests.fakes import FakeSettlement
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.serving import serve
from tests.staff import a_member, signed_in

LINES = [{"kind": "energy", "billed": "20.00", "computed": "12.00", "difference": "8.00"}]


@dataclass
class Office:
    """The console as it is served, what is behind it, and the provider where staff may sign in."""

    bench: Bench
    app: FastAPI
    base_url: str
    provider: Provider
    payout_id: str
    finding_id: str

    async def comes_in(self, page: Page, *roles: str, name: str) -> None:
        """Let somebody of staff be signed in at a browser."""
        secret = (await signed_in(self.bench, self.app, *roles, name=name)).http.cookies[COOKIE]
        await page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{self.base_url}/console"}])


@pytest.fixture
async def office(work: UnitOfWork, database_url: str) -> AsyncIterator[Office]:
    """Yield a console with payouts and findings, and a provider on another site (another host name)."""
    bench, port, provider = a_bench(work), free_port(), Provider()
    base_url = f"http://127.0.0.1:{port}"
    with serve(provider.app()) as there:
        provider.issuer = there.replace("127.0.0.1", "localhost")
        provider.now = bench.clock.now().timestamp()
        bench.ports = replace(
            bench.ports,
            identity=OidcIdentityProvider(OidcConfig(provider.issuer, CLIENT_ID, CLIENT_SECRET)),
            policy=replace(
                bench.ports.policy,
                public_url=base_url,
                staff_provider=StaffProvider("Example Login", methods=frozenset({"mfa"})),
            ),
        )
        payout_id, finding_id = await _something_happened(bench)
        app = create_app(Settings(public_url=base_url), bench.ports, make_engine(database_url, pool_size=5))
        with serve(app, port=port):
            yield Office(bench, app, base_url, provider, payout_id, finding_id)


async def _something_happened(bench: Bench) -> tuple[str, str]:
    """Leave two payouts, one with what nothing explains, findings, and a letter; return the second and a finding."""
    balance, now = bench.ports.settlement, bench.clock.now()
    assert isinstance(balance, FakeSettlement)
    charge = await paid(bench, "60.00")
    intent = (await bench.hold(charge)).payment_intent_id
    balance.book("charge", euro(5000), fee=euro(FEE), source_id="ch_1", payment_intent_id=intent)
    await handle(bench, balance.pay_out())
    balance.book("adjustment", euro(1300))
    payout = balance.pay_out()
    await handle(bench, payout)
    async with bench.work() as db:
        await set_contact(db=db, partner_id="prt_1", email="billing@cpo.example")
    disputed = await a_finding(
        bench, subject="prt_1/DE/CPO/CDR1", charge=charge, minor=800, detail={"billed": "20.00", "lines": LINES}
    )
    await a_finding(bench, "hold_expired", "chs_old", minor=2300, severity=Severity.WARNING)
    await a_finding(bench, "dispute_open", "dsp_1", minor=4200, due_at=now + timedelta(hours=5))
    return payout.payout_id, disputed


@pytest.mark.capability("DC6")
@pytest.mark.parametrize(("device", "size"), [(PHONE, "phone"), (DESK, "desk")])
async def test_pages_are_fit_to_work_in(office: Office, browser: Browser, device: dict[str, Any], size: str) -> None:
    """Payouts down to a journal, the inbox, a finding with a letter that went, requests, the log, what is not there."""
    base, bench = f"{office.base_url}/console", office.bench
    async with phone(browser, device=device) as page:
        await office.comes_in(page, *LEAD.roles, "admin", name=LEAD.name)
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{base}/payouts")
        await expect(page.locator("table.list tbody tr")).to_have_count(2)
        await looked_at(page, f"{size}-payouts")
        await page.goto(f"{base}/payouts?suspense=true")
        await page.locator("table.list tbody a").click()
        await expect(page.locator("h1")).to_contain_text(office.payout_id)
        await looked_at(page, f"{size}-payout")
        await page.locator('a[href*="/books/journal/"]').first.click()
        await looked_at(page, f"{size}-journal")
        await page.goto(f"{base}/findings")
        await looked_at(page, f"{size}-findings")
        await page.goto(f"{base}/findings/{office.finding_id}")
        await page.locator("details.act", has_text="Dispute with the partner").evaluate("each => each.open = true")
        await page.get_by_role("button", name="Dispute with the partner").click()
        await expect(page.locator("[role=status]")).to_contain_text("on its way")
        await bench.drain()
        await page.reload()
        await looked_at(page, f"{size}-finding")
        await check_log(work=bench.work, now=bench.clock.now())
        for there in ("requests", "audit", "close/reopenings", "nowhere"):
            await page.goto(f"{base}/{there}")
            await looked_at(page, f"{size}-{there.partition('/')[0]}")


@pytest.mark.parametrize(("device", "size"), [(PHONE, "phone"), (DESK, "desk")])
async def test_a_browser_signs_in_at_another_site(
    office: Office, browser: Browser, device: dict[str, Any], size: str
) -> None:
    """The cookie of the trip comes back from another site, that of the session goes within ours only: both arrive."""
    ada = await a_member(office.bench, "finance_lead", "admin")
    async with phone(browser, device=device) as page:
        await page.goto(f"{office.base_url}/console/staff")
        await expect(page.locator("h1")).to_have_text("Sign in")
        await looked_at(page, f"{size}-sign-in")
        office.provider.says(ada.email)
        await page.get_by_role("link", name="Sign in with Example Login").click()
        await expect(page.locator("h1")).to_have_text("Set up the second factor")
        await looked_at(page, f"{size}-set-up")
        await page.goto(f"{office.base_url}/console/sign-in?to=/console/staff")
        office.provider.says(ada.email, amr=["mfa"], auth_time=int(office.bench.clock.now().timestamp()))
        await page.get_by_role("link", name="Sign in with Example Login").click()
        await expect(page.locator("h1")).to_have_text("Staff")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.locator("h1")).to_have_text("Sign in")
