"""A guest scans, pays and drives off, in a real browser: an address, a card, and every cent in its place."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.domain.roaming.session import SessionStatus
from api.models.charging import ChargingSession
from api.services.charging.look_payin import look_at_payin
from api.services.charging.pay_link import pay_token
from api.services.guests.displays import code_for_evse
from tests.browser.conftest import ASKS, DESK, GOOD, PHONE, POOR, Charger, phone, shoot
from tests.builders import a_cdr, a_session, after, push_cdr, push_session

_S = ChargingStatus
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def enter_card(page: Page, number: str, *, email: str = "guest@example.test") -> None:
    """Fill in the form as a person would, and send it."""
    await page.locator("#email").fill(email)
    await page.locator("input[autocomplete=cc-number]").fill(number)
    await page.locator("input[autocomplete=cc-exp]").fill("12 / 34")
    await page.locator("input[autocomplete=cc-csc]").fill("123")
    await page.locator("#go").click()


async def drive_off(charger: Charger, charge: ChargingSession) -> None:
    """Let the car be unplugged and the operator send its bill."""
    over = a_session(
        charge, kwh=Decimal(20), status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60)
    )
    await push_session(charger.bench, over)
    await push_cdr(charger.bench, a_cdr(charge))
    await charger.charge(_S.SETTLED)


async def accessible(page: Page) -> None:
    """See that no rule of WCAG A and AA that a machine can check is broken."""
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("locale", "device", "name"), [("en-GB", PHONE, "phone-en"), ("de-DE", DESK, "desk-de")])
@pytest.mark.capability("CK28", "L4", "L11", "L1")
async def test_a_guest_charges_and_gets_a_receipt(
    charger: Charger, browser: Browser, locale: str, device: dict[str, Any], name: str
) -> None:
    """Scan, price in legal order, agree to the exact amount, charge, reload, stop, receipt; only the cost is taken."""
    german = locale.startswith("de")
    async with phone(browser, locale=locale, device=device) as page:
        await page.goto(await charger.code())
        await expect(page.locator("h1")).to_have_text("Laden und bezahlen" if german else "Charge and pay")
        await expect(page.locator("html")).to_have_attribute("lang", "de" if german else "en")
        await expect(page.locator("input[autocomplete=cc-number]")).to_be_visible()
        await accessible(page)
        await shoot(page, f"{name}-1-offer")
        await enter_card(page, GOOD)
        charge = await charger.charge(_S.STARTING, _S.START_ACCEPTED)
        await expect(page.locator("#live")).to_have_attribute("data-phase", "starting")
        await shoot(page, f"{name}-2-starting")
        await push_session(charger.bench, a_session(charge))
        await expect(page.locator("#live")).to_have_attribute("data-phase", "charging")
        await page.reload()
        await expect(page.locator("dl.figures")).to_contain_text("1,5 kWh" if german else "1.5 kWh")
        await accessible(page)
        await shoot(page, f"{name}-3-charging")
        await page.locator("#stop summary").click()
        await shoot(page, f"{name}-4-stop")
        await page.locator("#stop button").click()
        await charger.charge(_S.STOP_ACCEPTED)
        await drive_off(charger, charge)
        await expect(page.locator("#live")).to_have_attribute("data-phase", "settled")
        await accessible(page)
        await shoot(page, f"{name}-5-settled")
        await page.locator("a.button").click()
        await expect(page.locator("dl .total")).to_contain_text("9,28" if german else "9.28")
        await accessible(page)
        await shoot(page, f"{name}-6-receipt")
    totals = charger.totals()
    assert (totals["captured"], totals["open"], charger.intents()) == (928, 0, 1)
    charge = await charger.charge(_S.SETTLED)
    assert charge.auth_channel == "guest"


@pytest.mark.capability("CK28", "L5")
async def test_a_declined_card_is_followed_by_another(charger: Charger, browser: Browser) -> None:
    """A calm sentence, the address still there, another card: one hold in the end, none on the first card."""
    async with phone(browser) as page:
        await page.goto(await charger.code())
        await enter_card(page, POOR)
        await expect(page.locator(".notice h2")).to_have_text("Your card was declined")
        await expect(page.locator(".notice")).to_contain_text("not enough money")
        await expect(page.locator("#email")).to_have_value("guest@example.test")
        await accessible(page)
        await shoot(page, "phone-declined")
        await enter_card(page, GOOD)
        await expect(page.locator("#live")).to_have_attribute("data-phase", "starting")
    assert (charger.totals()["authorized"], charger.totals()["captured"]) == (5000, 0)


@pytest.mark.capability("L5")
async def test_the_bank_asks_and_the_same_start_goes_on(charger: Charger, browser: Browser) -> None:
    """3-D Secure opens by itself, again after a reload, and a yes goes on with the start that waits for it."""
    async with phone(browser) as page:
        await page.goto(await charger.code())
        await enter_card(page, ASKS)
        await expect(page.locator("[role=dialog] iframe")).to_be_visible()
        await page.reload()
        await expect(page.locator("[role=dialog] iframe")).to_be_visible()
        await shoot(page, "phone-bank")
        await page.frame_locator("[role=dialog] iframe").get_by_role("button", name="Yes", exact=True).click()
        await expect(page.locator("#live")).to_have_attribute("data-phase", "starting")
    rows = await charger.bench.rows("SELECT count(*) FROM charging_session")
    assert (rows[0][0], charger.intents(), charger.totals()["authorized"]) == (1, 1, 5000)


@pytest.mark.capability("L5")
async def test_a_no_at_the_bank_leads_back_to_the_offer(charger: Charger, browser: Browser) -> None:
    """Nothing is reserved, the page says so in French, and another card may be entered."""
    async with phone(browser, locale="fr-CH") as page:
        await page.goto(await charger.code())
        await enter_card(page, ASKS)
        await page.frame_locator("[role=dialog] iframe").get_by_role("button", name="No", exact=True).click()
        await expect(page.locator(".notice h2")).to_have_text("Votre carte a été refusée")
        await expect(page.locator("input[autocomplete=cc-number]")).to_be_visible()
        await shoot(page, "phone-fr-not-confirmed")
    assert charger.totals()["authorized"] == 0


@pytest.mark.capability("CK28")
async def test_a_charger_that_does_not_start_is_tried_again_on_the_same_hold(
    charger: Charger, browser: Browser
) -> None:
    """The page says so, offers another try without a card, and takes over the hold; given up, all of it is let go."""
    refusals = charger.bench.roaming.start_answers
    refusals += [CommandAnswer(AnswerKind.REJECTED, 30), CommandAnswer(AnswerKind.REJECTED, 30)]
    async with phone(browser, locale="sv-SE") as page:
        await page.goto(await charger.code())
        await enter_card(page, GOOD)
        await expect(page.locator(".notice h2")).to_have_text("Laddaren startade inte")
        await expect(page.locator("input[autocomplete=cc-number]")).to_have_count(0)
        await accessible(page)
        await shoot(page, "phone-sv-failed")
        await page.locator("#go").click()
        await charger.charge(_S.START_FAILED)
        await expect(page.locator("#go")).to_be_enabled()
        await page.locator("form[action$=cancel] button").click()
        await expect(page.locator("input[autocomplete=cc-number]")).to_be_visible()
    for _ in range(100):
        if not charger.totals()["open"]:
            break
        await asyncio.sleep(0.05)
    totals = charger.totals()
    assert (charger.intents(), totals["authorized"], totals["released"], totals["open"]) == (1, 5000, 5000, 0)


async def test_digits_and_lost_receipts_are_forms_that_work(charger: Charger, browser: Browser) -> None:
    """A printed address asks for the digits on the display; the form for lost receipts answers the same to anybody."""
    bench = charger.bench
    async with bench.work() as db:
        code, printed = await code_for_evse(db=db, ports=bench.ports, now=bench.clock.now(), evse_id="DE*CPO*EVSE1")
    async with phone(browser, locale="nb-NO") as page:
        await page.goto(printed)
        await accessible(page)
        await shoot(page, "phone-nb-digits")
        await page.locator("#digits").fill(code.digits)
        await page.locator("button.main").click()
        await expect(page.locator("#go")).to_be_visible()
        await page.goto(f"{charger.base_url}/pay/lost-receipt")
        await accessible(page)
        await page.locator("#email").fill("guest@example.test")
        await page.locator("#date").fill("2026-03-02")
        await page.locator("#time").fill("10:00")
        await page.locator("#charger").fill("EVSE1")
        await shoot(page, "phone-nb-lost")
        await page.locator("button.main").click()
        await expect(page.locator(".notice")).to_contain_text("kvitteringen")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()


@pytest.mark.capability("CK28")
async def test_the_rest_of_a_bill_is_paid_on_its_page(charger: Charger, browser: Browser) -> None:
    """A bill above the hold: the payment link is a page for browsers, where the rest is paid by card, once."""
    bench = charger.bench
    async with phone(browser, locale="de-AT") as page:
        await page.goto(await charger.code())
        await enter_card(page, GOOD)
        charge = await charger.charge(_S.STARTING, _S.START_ACCEPTED)
        await push_session(bench, a_session(charge))
        await push_cdr(bench, a_cdr(charge, cost="60.00"))
        await charger.charge(_S.SETTLED)
        await page.goto(f"{charger.base_url}/pay/r/{pay_token(bench.ports.policy, charge.id)}")
        await expect(page.locator("dl .total")).to_contain_text("21,40")
        await accessible(page)
        await shoot(page, "phone-de-rest")
        for name, value in (("cc-number", ASKS), ("cc-exp", "12 / 34"), ("cc-csc", "123")):
            await page.locator(f"input[autocomplete={name}]").fill(value)
        await page.locator("#go").click()
        await page.frame_locator("[role=dialog] iframe").get_by_role("button", name="Yes", exact=True).click()
        await expect(page.locator("[role=dialog]")).to_have_count(0)
        (intent_id,) = (await bench.rows("SELECT payment_intent_id FROM payin"))[0]
        await look_at_payin(work=bench.work, ports=bench.ports, payment_intent_id=intent_id)
        await expect(page.locator("h1")).to_have_text("Nichts ist offen")
        await shoot(page, "phone-de-rest-paid")
    assert charger.totals()["captured"] == 7140
