"""Guests' receipts: mailed with a link, shown behind it for a while, sent again only to the address that was given."""

import re
from datetime import datetime
from typing import Any

import pytest

from api.services.guests.receipts import LostReceipt, send_lost_receipt
from tests.bench import Bench
from tests.builders import a_cdr, a_session, push_cdr, push_session
from tests.guests import GUEST, HTML, Guest

_LOST = {"email": GUEST, "date": "2026-03-02", "time": "10:20", "charger": "*EVSE1"}


async def paid(stand: Bench, guest: Guest, **query: str) -> str:
    """Let a guest charge and pay; return the id of the charge."""
    await guest.scan()
    await guest.look(**query)
    await guest.start()
    await stand.drain()
    charge = await guest.charge()
    await push_session(stand, a_session(charge))
    await push_cdr(stand, a_cdr(charge))
    await stand.drain()
    return charge.id


def mails(stand: Bench) -> list[Any]:
    """Return what was mailed."""
    return list(stand.ports.mail.sent)  # type: ignore[attr-defined]  # the fake's


@pytest.mark.capability("CK28")
async def test_the_receipt_comes_by_mail_with_a_link_that_shows_it(stand: Bench, guest: Guest) -> None:
    """To the address given, in the language of the page; page and PDF need no account."""
    await paid(stand, guest, lang="fr")
    (mail,) = mails(stand)
    assert (mail.to, mail.language) == (GUEST, "fr")
    assert "Votre reçu en ligne" in mail.text
    link = re.search(r"http://app\.test(/pay/receipt/\S+)", mail.text)
    assert link is not None
    shown = await guest.http.get(link[1], headers=HTML)
    assert ("9,28" in shown.text, "CHH-2026-000001" in shown.text) == (True, True)
    assert GUEST not in shown.text
    pdf = await guest.http.get(f"{link[1]}.pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    settled = (await guest.look()).text
    assert "/pay/receipt/chs_" in settled


@pytest.mark.capability("CK28", "CK30")
async def test_a_link_that_ran_out_is_renewed_by_mail_only(stand: Bench, guest: Guest) -> None:
    """After ninety days the page shows nothing of the charge, and mails a new link to the address it knows."""
    await paid(stand, guest)
    path = re.findall(r"http://app\.test(/pay/receipt/\S+)", mails(stand)[0].text)[0]
    stand.clock.advance(91 * 24 * 3600)
    gone = await guest.http.get(path, headers=HTML)
    assert (gone.status_code, "9.28" in gone.text, GUEST in gone.text) == (410, False, False)
    for _ in range(3):
        renewed = await guest.http.post(f"{path}/renew", headers=HTML)
        assert (renewed.status_code, GUEST in renewed.text) == (200, False)
    await stand.drain()
    assert len(mails(stand)) == 2
    fresh = re.findall(r"http://app\.test(/pay/receipt/\S+)", mails(stand)[1].text)[0]
    assert (await guest.http.get(fresh, headers=HTML)).status_code == 200
    assert (await guest.http.post(f"{path[:-1]}/renew", headers=HTML)).status_code == 404


@pytest.mark.capability("CK30")
async def test_a_lost_receipt_is_sent_and_never_shown(stand: Bench, guest: Guest) -> None:
    """Address, time and charger that fit send it; whatever does not fit gets the very same page and sends nothing."""
    await paid(stand, guest)
    wrong = [
        {"email": "other@example.test"},
        {"date": "2026-02-27"},
        {"time": "16:30"},
        {"charger": "EVSE2"},
        {"charger": "1"},
    ]
    answers = set()
    for change in wrong:
        answer = await guest.http.post("/pay/lost-receipt", data=_LOST | change, headers=HTML)
        answers.add((answer.status_code, answer.text))
    await stand.drain()
    assert len(mails(stand)) == 1
    right = await guest.http.post("/pay/lost-receipt", data=_LOST, headers=HTML)
    await stand.drain()
    answers.add((right.status_code, right.text))
    assert len(answers) == 1
    assert [mail.to for mail in mails(stand)] == [GUEST, GUEST]
    assert ("9.28" in right.text, GUEST in right.text) == (False, False)


@pytest.mark.capability("CK30")
async def test_lost_receipts_cannot_be_asked_for_without_end(stand: Bench, guest: Guest) -> None:
    """One mail an hour, and a limit by address that counts known and unknown ones alike."""
    await paid(stand, guest)
    for email in (GUEST, "nobody@example.test"):
        codes = [
            (await guest.http.post("/pay/lost-receipt", data=_LOST | {"email": email}, headers=HTML)).status_code
            for _ in range(6)
        ]
        assert codes == [200, 200, 200, 200, 200, 429]
    await stand.drain()
    assert len(mails(stand)) == 2


@pytest.mark.parametrize("change", [{"email": "x"}, {"date": "yesterday"}, {"time": ""}, {"charger": " "}])
async def test_an_incomplete_form_is_shown_again(stand: Bench, guest: Guest, change: dict[str, str]) -> None:
    """With what was typed."""
    answer = await guest.http.post("/pay/lost-receipt", data=_LOST | change, headers=HTML)
    assert (answer.status_code, "Please fill in every field" in answer.text) == (422, True)


@pytest.mark.capability("CK30")
async def test_an_accounts_receipt_is_not_found_by_the_form(stand: Bench, guest: Guest) -> None:
    """Who has an account signs in: the form is for guests."""
    await paid(stand, guest)
    async with stand.work() as db:
        await (await db.connection()).exec_driver_sql("UPDATE driver SET kind = 'account'")
    lost = LostReceipt(GUEST, datetime(2026, 3, 2, 10, 20), "EVSE1")  # noqa: DTZ001 - a clock on a wall
    assert await send_lost_receipt(work=stand.work, ports=stand.ports, lost=lost, caller="x") == 0
