"""Help and the writing of it in a real browser: on phone and desk, light and dark, without a script for readers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.db import UnitOfWork, make_engine
from api.factory import create_app
from api.routes.console.signed_in import COOKIE
from api.services.knowledge.load import load_articles, own_articles
from api.settings import Settings
from sandbox.stack import free_port
from tests.bench import Bench, a_bench
from tests.browser.conftest import DESK, PHONE, phone, shoot
from tests.serving import serve
from tests.staff import signed_in

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
async def house(work: UnitOfWork, database_url: str) -> AsyncIterator[tuple[Bench, str, str]]:
    """Yield an installation with our articles: its bench, its address, and the cookie of somebody who writes."""
    bench, port = a_bench(work), free_port()
    base_url = f"http://127.0.0.1:{port}"
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=base_url))
    async with work() as db:
        await load_articles(db=db, now=bench.clock.now(), articles=own_articles())
    app = create_app(Settings(public_url=base_url), bench.ports, make_engine(database_url, pool_size=5))
    writer = await signed_in(bench, app, "support_2")
    with serve(app, port=port):
        yield bench, base_url, writer.http.cookies[COOKIE]


async def looked_at(page: Page, name: str) -> None:
    """Keep a picture in light and in dark; nothing is wider than the screen, and no rule of access is broken."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await shoot(page, f"{name}-{scheme}")
        found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
        assert found.violations_count == 0, found.generate_report()
    wide = await page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{name} is {wide[0]} wide on a screen of {wide[1]}"


@pytest.mark.capability("CK05", "CP14")
@pytest.mark.parametrize(("device", "size"), [(PHONE, "phone"), (DESK, "desk")])
async def test_a_driver_finds_help_and_votes(
    house: tuple[Bench, str, str], browser: Browser, device: dict[str, Any], size: str
) -> None:
    """From the list by a search to an article in the phone's language, a vote for no, and whom to ask then."""
    _, base_url, _ = house
    async with phone(browser, device=device, locale="de-DE") as page:
        await page.goto(f"{base_url}/help/")
        await expect(page.locator("h1")).to_have_text("Hilfe")
        await looked_at(page, f"help-{size}-all")
        await page.locator("#q").fill("Kabel klemmt steckt")
        await page.locator("#q").press("Enter")
        await expect(page.locator("h2").first).to_contain_text("Gefunden")
        await looked_at(page, f"help-{size}-search")
        await page.locator(".articles a").first.click()
        await expect(page.locator("h1")).to_have_text("Das Kabel steckt fest")
        await page.locator("button[value=no]").click()
        await expect(page.locator("fieldset [role=status]")).to_contain_text("Fragen Sie dann in dieser")
        await expect(page.locator("button[value=no]")).to_have_class("chosen")
        await looked_at(page, f"help-{size}-article")
        await page.locator(".languages a[hreflang=nb]").click()
        await expect(page.locator("h1")).to_have_text("Kabelen sitter fast")


@pytest.mark.parametrize(("device", "size"), [(PHONE, "phone"), (DESK, "desk")])
async def test_staff_write_an_article(
    house: tuple[Bench, str, str], browser: Browser, device: dict[str, Any], size: str
) -> None:
    """From the list with its figures to a changed text with its preview, and out to readers."""
    _, base_url, cookie = house
    async with phone(browser, device=device) as page:
        await page.context.add_cookies([{"name": COOKIE, "value": cookie, "url": base_url}])
        await page.goto(f"{base_url}/console/articles")
        await looked_at(page, f"console-{size}-articles")
        await page.locator("table a", has_text="The cable is stuck").click()
        await looked_at(page, f"console-{size}-article")
        await page.locator("#title-de").fill("Nicht am Kabel ziehen")
        await page.locator("#de button").click()
        await expect(page.locator("#de h3")).to_have_text("Nicht am Kabel ziehen")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.locator("button", has_text="Publish revision 2").click()
        await expect(page.locator(".notice")).to_contain_text("Published")
