"""Somebody without an account asks for help and follows their case, in a real browser."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from api.domain.support.case import CaseEventKind
from tests.browser.conftest import DESK, PHONE, Charger, phone, shoot
from tests.browser.test_guest_pays import accessible
from tests.cases import staff_does

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


async def fills_the_form_in(page: Page, charger: Charger) -> None:
    """Send the form wrong, then right, and open the case by its link."""
    await page.goto(f"{charger.base_url}/help/contact?charger=DE*CPO*EVSE1&topic=payment")
    await expect(page.locator("h1")).to_have_text("Kontakt")
    await expect(page.locator("#charger")).to_have_value("DE*CPO*EVSE1")
    await accessible(page)
    await page.locator("#email").fill("eve@example.com")
    await page.locator("#description").fill("Zweimal bezahlt.")
    await page.get_by_role("button", name="Senden").click()
    await expect(page.locator("#problem")).to_be_visible()
    await expect(page.locator("#description")).to_have_value("Zweimal bezahlt.")
    await accessible(page)
    await shoot(page, "help-form-problem-phone-de")
    await page.locator("#date").fill("2026-03-01")
    await page.locator("#amount").fill("11,42 EUR")
    await page.locator("#file").set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": PNG})
    await page.get_by_role("button", name="Senden").click()
    await expect(page.locator("#number")).to_have_text(re.compile(r"C\d{5}-\d{5}"))
    await accessible(page)
    await page.locator("#follow").click()
    await expect(page.locator("#state")).to_have_text("Wir arbeiten daran")
    await accessible(page)


@pytest.mark.capability("CK31", "CN14", "CN16", "CN21")
async def test_a_customer_asks_follows_and_closes(charger: Charger, browser: Browser) -> None:
    """The form on a phone, wrong and then right; the number; question, answer, solution, confirmation, one answer."""
    work, ports = charger.bench.work, charger.bench.ports
    async with phone(browser, locale="de-DE", device=PHONE) as page:
        await fills_the_form_in(page, charger)
        case_id = await charger.bench.value("SELECT id FROM support_case")
        await staff_does(work, ports, case_id, CaseEventKind.ASKED, "Mit welcher Karte?")
        await page.reload()
        await expect(page.locator("#state")).to_have_text("Wir warten auf Ihre Antwort")
        await page.locator("#text").fill("Mit der blauen.")
        await page.get_by_role("button", name="Senden").click()
        await staff_does(work, ports, case_id, CaseEventKind.RESOLVED, "Ein Betrag geht zurück.")
        await page.reload()
        await accessible(page)
        await shoot(page, "help-case-solved-phone-de")
        link = page.url
    async with phone(browser, device=DESK) as page:
        await page.goto(link.replace("lang=de", "lang=en"))
        await page.get_by_role("button", name="Yes, it is solved").click()
        await expect(page.locator("#state")).to_have_text("Closed")
        await accessible(page)
        await shoot(page, "help-case-survey-desk-en")
        await page.get_by_label("5 (very good)").check()
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_text("How did we do?")).to_have_count(0)
    assert await charger.bench.rows("SELECT state, survey_score FROM support_case") == [("closed", 5)]
