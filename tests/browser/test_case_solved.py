"""A caller's case goes through all three lines in a real browser: called in, tried, escalated, visited, mended, closed.

Pictures of every page are kept in ``var/shots``, on a phone and on a desk, light and dark.
"""

from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from api.domain.account_number import make_account_number
from tests.api.services.charging.given_back import paid
from tests.api.services.support.desk_hands import a_case
from tests.api.services.support.test_desk_report import random_cases
from tests.bench import Bench
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_finance_settles import Office, at, looked_at, office

__all__ = ["office"]
NUMBER = make_account_number(123456789)


async def caller(bench: Bench) -> None:
    """Store somebody with an account number and a charge, and a desk that is busy with other cases."""
    await paid(bench)
    await bench.rows("UPDATE driver SET account_number = :number RETURNING 1", number=NUMBER)
    await random_cases(bench, 12)
    await a_case(bench, title="The app shows no price", topic="app")


def typed(moment: datetime) -> str:
    """Return a moment as a field takes it."""
    return f"{moment:%Y-%m-%dT%H:%M}"


async def takes_a_call(page: Page, base_url: str) -> str:
    """Open a case for a caller by keys, log an attempt, escalate; return the address of the case."""
    await page.goto(f"{base_url}/console/cases")
    await looked_at(page, "cases-inbox-desk-light")
    await page.keyboard.press("n")
    await page.locator("#account").fill(NUMBER)
    await page.keyboard.press("Enter")
    await expect(page.locator("#charging_session_id option")).to_have_count(2)
    await page.locator("#topic").select_option("driver/charger")
    await page.locator("#title").fill("Cable is stuck at Harbor Square")
    await page.locator("#description").fill("The charge is over, and the lock does not open. She waits at the car.")
    await page.locator("#priority").select_option("high")
    await page.locator("#waited").fill("40")
    await looked_at(page, "cases-new-desk-light")
    await page.get_by_role("button", name="Open the case").click()
    await expect(page.locator("h1")).to_have_text("Cable is stuck at Harbor Square")
    await page.keyboard.press("e")
    await page.get_by_role("button", name="Move to level 2").click()
    await expect(page.locator("[role=alert]")).to_contain_text("First an attempt")
    await page.go_back()
    await page.keyboard.press("l")
    await page.keyboard.type("cable-stuck")
    await page.locator("#attempt-text").fill("Unlocked twice in the car; nothing moves.")
    await page.get_by_role("button", name="Log it").click()
    await expect(page.locator(".inner-side .timeline")).to_contain_text("nothing moves")
    await page.keyboard.press("a")
    await page.keyboard.type("We have a colleague look at the charger from afar now.")
    await page.get_by_role("button", name="Answer").click()
    await expect(page.locator(".open-side .timeline")).to_contain_text("a colleague")
    await page.keyboard.press("e")
    await page.get_by_role("button", name="Move to level 2").click()
    await expect(page.locator("main")).to_contain_text("above yours")
    await looked_at(page, "cases-read-along-desk-light")
    return page.url.partition("?")[0]


async def proposes_what_to_do(page: Page, address: str) -> None:
    """Take the case, ask the maker, keep the answer, propose what is to be done at the site."""
    await page.goto(address)
    await page.keyboard.press("t")
    await expect(page.locator("[role=status]")).to_have_text("Done.")
    await page.locator("summary", has_text="Ask somebody outside").click()
    await page.locator("#party").fill("Lock Works")
    await page.locator("#reference").fill("T-77")
    await page.locator("#outside-text").fill("Which firmware lets go?")
    await page.get_by_role("button", name="Keep the question").click()
    await page.get_by_label("Answer of Lock Works (T-77)").fill("None does: the lock is worn.")
    await page.get_by_role("button", name="Keep the answer").click()
    await expect(page.locator(".inner-side .timeline")).to_contain_text("None does")
    await page.keyboard.press("e")
    await page.locator("#proposal").fill("Swap the lock of post 1")
    await page.locator("#escalate-reason").fill("It is worn, its maker says")
    await looked_at(page, "cases-case-desk-dark")
    await page.get_by_role("button", name="Move to level 3").click()
    await expect(page.locator("main")).to_contain_text("above yours")


async def visits_and_solves(page: Page, address: str, tomorrow: datetime) -> None:
    """Propose a visit, agree on it by phone, do the work, verify and document it, solve the case."""
    await page.goto(address)
    await page.locator("#visit summary").click()
    await page.locator("#starts-0").fill(typed(tomorrow))
    await page.locator("#ends-0").fill(typed(tomorrow + timedelta(hours=2)))
    await page.locator("#participants").fill("Tova Third\nLock Works")
    await looked_at(page, "cases-visit-phone-light")
    await page.get_by_role("button", name="Propose").click()
    await expect(page.locator(".figures")).to_contain_text("clock stands")
    await page.get_by_role("button", name="They chose this by phone").click()
    await expect(page.locator("main")).to_contain_text("Agreed")
    await page.locator("#answer").fill("A new lock is in; it lets go again.")
    await page.get_by_role("button", name="Solved: this is how").click()
    await expect(page.locator("[role=alert]")).to_contain_text("Still missing")
    await page.goto(address)
    await page.locator("#work summary").click()
    await page.locator("#work-text").fill("Swapped the lock of post 1.")
    await page.locator("#work button").click()
    await expect(page.locator(".inner-side .timeline")).to_contain_text("Swapped")
    await page.locator("#verify summary").click()
    await page.locator("#works-yes").check()
    await page.locator("#verify-text").fill("Locked and let go ten times.")
    await page.locator("#verify button").click()
    await expect(page.locator(".inner-side .timeline")).to_contain_text("ten times")
    await page.locator("#document summary").click()
    await page.locator("#document-name").fill("Protocol of the visit")
    await page.locator("#document-text").fill("Lock 4711 out, 4712 in, ten cycles.")
    await page.locator("#document button").click()
    await expect(page.locator(".inner-side .timeline")).to_contain_text("Lock 4711 out")
    await page.locator("#answer").fill("A new lock is in; it lets go again.")
    await page.get_by_role("button", name="Solved: this is how").click()
    await expect(page.locator(".head")).to_contain_text("resolved")
    await looked_at(page, "cases-case-phone-light")


@pytest.mark.capability("CN12")
@pytest.mark.capability("CN15")
async def test_a_caller_is_helped_through_all_three_lines(office: Office, browser: Browser) -> None:
    """Each line does its part, nobody above their level; the customer's word closes it; the site's card has it all."""
    bench, tomorrow = office.bench, office.bench.clock.now() + timedelta(days=1)
    await caller(bench)
    async with at(browser, DESK, "light") as page:
        await office.comes_in(page, "support_1", name="Lena First")
        address = await takes_a_call(page, office.base_url)
    async with at(browser, DESK, "dark") as page:
        await office.comes_in(page, "support_2", name="Sami Second")
        await proposes_what_to_do(page, address)
    async with at(browser, PHONE, "light") as page:
        await office.comes_in(page, "support_3", name="Tova Third")
        await visits_and_solves(page, address, tomorrow)
    async with at(browser, PHONE, "dark") as page:
        await office.comes_in(page, "support_1", "auditor", name="Lars First")
        await page.goto(address)
        await page.locator("summary", has_text="They called").click()
        await page.get_by_role("button", name="They say it is solved").click()
        await expect(page.locator(".head")).to_contain_text("closed, confirmed")
        await page.get_by_role("link", name="Service card").click()
        await expect(page.locator("main")).to_contain_text("Swapped the lock of post 1.")
        await looked_at(page, "cases-card-phone-dark")
        for path, name in (("cases", "inbox"), ("case-report", "report")):
            await page.goto(f"{office.base_url}/console/{path}")
            await looked_at(page, f"cases-{name}-phone-dark")
    async with at(browser, DESK, "light") as page:
        await office.comes_in(page, "support_1", name="Lina First")
        await page.goto(f"{office.base_url}/console/case-report")
        await looked_at(page, "cases-report-desk-light")
    assert await bench.value("SELECT closed_as FROM support_case WHERE title LIKE 'Cable%'") == "confirmed"
