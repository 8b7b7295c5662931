"""Finance closes a month in a real browser: a clerk prepares, a lead signs, the download is what the screen shows."""

import contextlib
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.db import UnitOfWork, make_engine
from api.domain.staff.roles import Role
from api.factory import create_app
from api.routes.console.signed_in import COOKIE
from api.settings import Settings
from sandbox.stack import free_port
from tests.api.services.closing.months import EARLY_APRIL, MARCH, a_paid_charge, a_session_without_bill, an_open_hold
from tests.bench import Bench, a_bench
from tests.browser.conftest import DESK, PHONE, phone, shoot
from tests.serving import serve
from tests.staff import signed_in

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_LOOKS: list[tuple[str, dict[str, Any]]] = [
    ("desk-light", DESK | {"color_scheme": "light"}),
    ("desk-dark", DESK | {"color_scheme": "dark"}),
    ("phone-light", PHONE | {"color_scheme": "light"}),
    ("phone-dark", PHONE | {"color_scheme": "dark"}),
]


@pytest.fixture
async def office(work: UnitOfWork, database_url: str) -> AsyncIterator[tuple[Bench, str]]:
    """Yield an installation in early April whose March has something in it, and where its console is served."""
    bench, port = a_bench(work), free_port()
    base_url = f"http://127.0.0.1:{port}"
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=base_url))
    await a_paid_charge(bench)
    await a_paid_charge(bench, "drv_2", cost="60.00")
    await a_session_without_bill(bench, "drv_3")
    await an_open_hold(bench, "drv_4")
    bench.clock.set(EARLY_APRIL)
    settings = Settings(public_url=base_url)
    with serve(create_app(settings, bench.ports, make_engine(database_url, pool_size=5)), port=port):
        yield bench, base_url


@contextlib.asynccontextmanager
async def desk_of(
    browser: Browser, office: tuple[Bench, str], role: Role, name: str, device: dict[str, Any] = DESK
) -> AsyncIterator[Page]:
    """Yield a page on which somebody is signed in."""
    bench, base_url = office
    person = await signed_in(
        bench, create_app(Settings(public_url=base_url), bench.ports, work_engine(bench)), role, name=name
    )
    async with phone(browser, device=device) as page:
        secret = person.http.cookies[COOKIE]
        await page.context.add_cookies([{"name": COOKIE, "value": secret, "domain": "127.0.0.1", "path": "/console"}])
        page.on("dialog", lambda dialog: dialog.accept())
        yield page


def work_engine(bench: Bench) -> Any:
    """Return the engine behind a bench."""
    return bench.work.engine


async def accessible(page: Page) -> None:
    """See that no rule of WCAG A and AA that a machine can check is broken."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
    assert found.violations_count == 0, found.generate_report()


async def test_a_month_is_closed(office: tuple[Bench, str], browser: Browser) -> None:
    """The list is read, the month signed by another person and locked; its journal downloads as the screen shows it."""
    _, base_url = office
    async with desk_of(browser, office, Role.FINANCE_CLERK, "Ada") as page:
        await page.goto(f"{base_url}/console/close")
        await page.get_by_role("link", name=MARCH).click()
        await expect(page.get_by_text("books and events agree on every day")).to_be_visible()
        await page.get_by_role("button", name="Prepare the close").click()
        await page.get_by_role("link", name="session without bill").click()
        await expect(page.locator("table.list tbody tr")).to_have_count(1)
        await page.go_back()
        await expect(page.get_by_role("button", name="Sign and lock")).to_have_count(0)
    async with desk_of(browser, office, Role.FINANCE_LEAD, "Grace") as page:
        await page.goto(f"{base_url}/console/close/{MARCH}")
        await page.get_by_role("button", name="Sign and lock").click()
        await expect(page.locator("h1")).to_contain_text("locked")
        await page.get_by_role("button", name="Make them again and compare").click()
        await expect(page.get_by_text("the same", exact=True)).to_have_count(3)
        await page.goto(f"{base_url}/console/books/journal?period={MARCH}&account=revenue")
        screen = [await row.locator("td").all_inner_texts() for row in await page.locator("tbody tr").all()]
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name="Export CSV").click()
        written = (await (await waiting.value).path()).read_bytes().decode()
        exported = list(csv.reader(io.StringIO(written, newline="")))[1:]
        assert [row[:3] + row[12:14] for row in screen] == [row[:3] + row[12:14] for row in exported]
        assert len(exported) == 3


@pytest.mark.parametrize(("look", "device"), _LOOKS)
async def test_pages_are_fit_for_everybody(
    office: tuple[Bench, str], browser: Browser, look: str, device: dict[str, Any]
) -> None:
    """Every page of the books, at a desk and on a phone, light and dark: nothing serious, nothing wider than it."""
    _, base_url = office
    async with desk_of(browser, office, Role.FINANCE_LEAD, "Grace", device) as page:
        pages = ("close", f"close/{MARCH}", f"books/settlement?period={MARCH}")
        for path in (*pages, "books/journal", "books/wallets", "books/refunds", "books/disputes"):
            await page.goto(f"{base_url}/console/{path}")
            await accessible(page)
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path
            await shoot(page, f"books-{path.partition('?')[0].replace('/', '-')}-{look}")
