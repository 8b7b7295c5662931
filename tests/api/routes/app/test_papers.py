"""Papers in the app: the receipt with number and credit notes, the list, the PDF, and the mail again."""

import hashlib
from datetime import timedelta

import pytest

from api.domain.money import Money
from api.models.finance import Receipt
from api.services.finance.credit_notes import issue_credit_note
from api.services.finance.papers import write_paper
from api.services.finance.receipts import issue_receipt
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS
from tests.api.routes.app.test_problems import checked
from tests.api.services.finance.test_numbers import a_draft


async def a_receipt(app: App, someone: Someone, places: dict[str, str]) -> str:
    """Let a driver have a receipt over 10.00 and return the id of the charge."""
    charge = (await someone.start(places[POST])).json()["id"]
    price = (
        'UPDATE charging_session SET owed_minor = 1000, driver_price = \'{"total_minor": 1000, "net_minor": 840,'
        ' "vat_minor": 160, "taxes": [{"percent": "19", "minor": 160}], "currency": "EUR"}\' WHERE id = $1'
    )
    async with app.work() as db:
        await (await db.connection()).exec_driver_sql(price, (charge,))
        await issue_receipt(db=db, ports=app.ports, now=app.clock.now(), charging_session_id=charge)
    return str(charge)


async def a_credit(app: App, charge: str, minor: int = 100) -> Receipt:
    """Give some of it back."""
    async with app.work() as db:
        return await issue_credit_note(
            db=db,
            ports=app.ports,
            now=app.clock.now(),
            charging_session_id=charge,
            amount=Money(minor, "EUR"),
            vat=None,
            reason="refund",
            cause=("refund", "rfd_1"),
        )


async def test_a_receipt_tells_its_number_and_what_was_credited(app: App, ada: Someone, places: dict[str, str]) -> None:
    """10.00 by receipt, 1.00 credited: both on the receipt's answer, and nine left."""
    charge = await a_receipt(app, ada, places)
    await a_credit(app, charge)

    shown = (await ada.http.get(f"{SESSIONS}/{charge}/receipt")).json()

    assert (shown["number"], shown["kind"], shown["language"]) == ("CHH-2026-000001", "receipt", "en")
    assert shown["total"]["amount_minor"] == 1000
    (note,) = shown["credit_notes"]
    assert (note["number"], note["total"]["amount_minor"], note["reason"]) == ("CHH-2026-000002", 100, "refund")
    assert shown["total_after_credits"]["amount_minor"] == 900
    assert shown["vat_rates"] == [
        {
            "percent": "19",
            "net": {"amount_minor": 840, "currency": "EUR"},
            "vat": {"amount_minor": 160, "currency": "EUR"},
        }
    ]


async def test_a_pdf_is_the_same_bytes_and_known_by_its_hash(app: App, ada: Someone, places: dict[str, str]) -> None:
    """By charge and by id, twice; with the ETag, which is the hash, nothing is sent again."""
    charge = await a_receipt(app, ada, places)
    first = await ada.http.get(f"{SESSIONS}/{charge}/receipt.pdf")
    (paper,) = (await ada.http.get("/v1/receipts")).json()["receipts"]
    second = await ada.http.get(paper["pdf_url"])

    assert first.status_code == second.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    assert first.headers["content-disposition"] == 'attachment; filename="CHH-2026-000001.pdf"'
    assert first.content == second.content
    assert first.headers["etag"] == f'"{hashlib.sha256(first.content).hexdigest()}"'
    again = await ada.http.get(paper["pdf_url"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_list_has_all_papers_newest_first(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Page by page, with what came in between neither shifting nor repeating anything."""
    charge = await a_receipt(app, ada, places)
    app.clock.advance(60)
    await a_credit(app, charge)
    first = (await ada.http.get("/v1/receipts", params={"limit": 1})).json()
    app.clock.advance(60)
    async with app.work() as db:
        draft = a_draft("1")
        draft = type(draft)(**{name: getattr(draft, name) for name in draft.__slots__} | {"driver_id": ada.driver.id})
        await write_paper(db=db, ports=app.ports, now=app.clock.now(), draft=draft)
    rest = await ada.http.get("/v1/receipts", params={"limit": 5, "cursor": first["next_cursor"]})

    found = [*first["receipts"], *rest.json()["receipts"]]
    assert [each["kind"] for each in found] == ["credit_note", "receipt"]
    assert found[0]["credits"] == found[1]["id"]
    assert rest.json()["next_cursor"] is None
    whole = (await ada.http.get(f"/v1/receipts/{found[0]['id']}")).json()
    assert whole["document"]["credits"]["number"] == found[1]["number"]
    newest = (await ada.http.get("/v1/receipts")).json()["receipts"][0]
    assert newest["kind"] == "statement"


async def test_papers_are_nobody_elses(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Another driver sees neither the list, nor the document, nor the PDF."""
    await a_receipt(app, ada, places)
    (paper,) = (await ada.http.get("/v1/receipts")).json()["receipts"]
    assert (await bob.http.get("/v1/receipts")).json()["receipts"] == []
    checked(await bob.http.get(f"/v1/receipts/{paper['id']}"), 404, "unknown-paper")
    checked(await bob.http.get(paper["pdf_url"]), 404, "unknown-paper")


async def test_a_receipt_is_sent_again_once_a_key(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The same key queues one mail, a fourth one within the hour is refused with the wait, and later it works."""
    charge = await a_receipt(app, ada, places)
    url = f"{SESSIONS}/{charge}/receipt/resend"
    checked(await ada.http.post(url), 400, "idempotency-key-missing")

    first = await ada.http.post(url, headers={"Idempotency-Key": "1"})
    again = await ada.http.post(url, headers={"Idempotency-Key": "1"})
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    for key in ("2", "3"):
        assert (await ada.http.post(url, headers={"Idempotency-Key": key})).status_code == 202
    refused = await ada.http.post(url, headers={"Idempotency-Key": "4"})
    assert checked(refused, 429, "too-many-resends")["retryable"] is True
    assert refused.headers["retry-after"] == "3600"
    app.clock.advance(timedelta(minutes=61).total_seconds())
    fresh = await ada.http.post("/v1/sign-in", json={"email": "ada@example.com", "password": "correct horse"})
    ada.http.headers["Authorization"] = f"Bearer {fresh.json()['access_token']}"
    assert (await ada.http.post(url, headers={"Idempotency-Key": "4"})).status_code == 202


@pytest.mark.parametrize("path", ["receipt", "receipt.pdf"])
async def test_before_the_price_is_final_there_is_none(ada: Someone, places: dict[str, str], path: str) -> None:
    """Neither document nor page."""
    charge = (await ada.start(places[POST])).json()["id"]
    checked(await ada.http.get(f"{SESSIONS}/{charge}/{path}"), 404, "no-receipt-yet")
