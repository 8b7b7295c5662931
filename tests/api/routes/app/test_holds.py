"""The hold through HTTP: its passport in the driver's language, the word that the bank was answered, and raising it."""

from typing import Any

import pytest

from api.services.charging.move_money import run_operation
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS
from tests.api.routes.app.test_quotes import euros
from tests.fakes import ACTION_CARD


async def placed(app: App, ada: Someone, places: dict[str, str], card: str = "pm_card_visa") -> str:
    """Return a charge whose hold was asked for on a card."""
    started = (await ada.start(places[POST])).json()["id"]
    app.payments.cards.turn_newest_into(card)
    async with app.engine.connect() as connection:
        found = await connection.exec_driver_sql("SELECT id FROM payment_operation ORDER BY created_at DESC, id DESC")
        operation_id = str(found.scalar())
    await run_operation(work=app.work, ports=app.ports, operation_id=operation_id)
    return str(started)


@pytest.mark.capability("A23", "CK12")
@pytest.mark.parametrize(
    ("header", "language", "words"),
    [
        (None, "en", "The amount is reserved, not charged."),
        ("de-CH,en;q=0.5", "de", "Der Betrag ist reserviert, nicht abgebucht."),
        ("it, nb;q=0.9", "nb", "Beløpet er reservert, ikke belastet."),
    ],
)
async def test_the_passport_speaks_the_drivers_language(
    app: App, ada: Someone, places: dict[str, str], header: str | None, language: str, words: str
) -> None:
    """Amounts, card, consent and history are the same for everybody; the advice is in words that the driver reads."""
    charge_id = await placed(app, ada, places)

    answer = await ada.http.get(f"{SESSIONS}/{charge_id}/hold", headers={"Accept-Language": header} if header else {})

    shown: dict[str, Any] = answer.json()
    assert answer.status_code == 200
    assert (answer.headers["Content-Language"], shown["language"]) == (language, language)
    assert shown["advice_text"].startswith(words)
    assert (shown["advice"], shown["status"], shown["authorized"]) == ("reserved", "placed", euros(5000))
    assert shown["consent"]["amount"] == euros(5000)
    assert [step["what"] for step in shown["steps"]] == ["place_requested", "place_succeeded"]
    assert (shown["card_brand"], shown["card_last4"], shown["operator"]["name"]) == ("visa", "4242", "Harbor Energy")
    assert shown["released_at"] is None


async def test_a_hold_of_somebody_else_is_unknown(app: App, ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Nobody reads, confirms or raises another driver's hold."""
    charge_id = await placed(app, ada, places)
    consent = {"consent": euros(9000)}

    answers = [
        await bob.http.get(f"{SESSIONS}/{charge_id}/hold"),
        await bob.http.post(f"{SESSIONS}/{charge_id}/hold/confirmation"),
        await bob.http.post(f"{SESSIONS}/{charge_id}/hold/extension", json=consent),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "unknown-charging-session")] * 3


async def test_the_drivers_word_makes_us_look(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The active charge shows the secret again after a restart of the app; confirmed, the charge goes on at once."""
    charge_id = await placed(app, ada, places, ACTION_CARD)
    active = (await ada.http.get(f"{SESSIONS}/active")).json()["charging_session"]
    assert (active["id"], active["status"]) == (charge_id, "awaiting_driver")
    assert active["hold"]["client_secret"] == "pi_fake1_secret"

    before = await ada.http.post(f"{SESSIONS}/{charge_id}/hold/confirmation")
    app.payments.pass_action("pi_fake1")
    after = await ada.http.post(f"{SESSIONS}/{charge_id}/hold/confirmation")

    assert (before.status_code, before.json()["status"]) == (202, "awaiting_driver")
    assert (after.json()["status"], after.json()["hold"]["client_secret"]) == ("starting", None)


async def test_a_hold_that_cannot_be_raised_says_why(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The problem names the reason, and nothing is asked of the bank."""
    charge_id = await placed(app, ada, places)

    answer = await ada.http.post(f"{SESSIONS}/{charge_id}/hold/extension", json={"consent": euros(9000)})

    assert (answer.status_code, answer.json()["code"]) == (409, "hold-not-extendable")
    assert answer.json()["facts"] == {"reason": "not_charging"}
    assert app.payments.calls_of("extend_hold") == []


async def test_the_letter_for_the_bank_is_a_pdf_in_the_drivers_language(
    app: App, ada: Someone, places: dict[str, str]
) -> None:
    """A hold that stands, or stood, can be shown to a bank on paper; one that never stood cannot."""
    started = (await ada.start(places[POST])).json()["id"]
    early = await ada.http.get(f"{SESSIONS}/{started}/hold/letter.pdf")
    assert (early.status_code, early.json()["code"]) == (409, "nothing-held")

    async with app.engine.connect() as connection:
        found = await connection.exec_driver_sql("SELECT id FROM payment_operation ORDER BY created_at DESC, id DESC")
        operation_id = str(found.scalar())
    await run_operation(work=app.work, ports=app.ports, operation_id=operation_id)
    letter = await ada.http.get(f"{SESSIONS}/{started}/hold/letter.pdf", headers={"Accept-Language": "fr"})

    assert (letter.status_code, letter.headers["content-type"]) == (200, "application/pdf")
    assert letter.headers["Content-Language"] == "fr"
    assert letter.content
