"""The guide, the curve and another try as the app gets them: in the driver's language, by every way of watching."""

import json
from datetime import timedelta
from decimal import Decimal
from string import Formatter

import pytest
from sqlalchemy import text

from api.domain.charging.facts import HoldPlaced, StartRejected, StopCause
from api.domain.charging.guide import Hint
from api.domain.language import LANGUAGES
from api.domain.money import Money
from api.domain.roaming.location import EvseStatus
from api.models.roaming import MeterReading
from api.routes.app.failure_texts import codes, failure_text
from api.routes.app.guide_texts import keys, say
from api.services.charging.advance import apply_facts, lock_charge
from api.services.charging.commands import _rejection
from tests.api.routes.app.asgi_client import streaming
from tests.api.routes.app.conftest import App, Someone
from tests.api.routes.app.happenings import POST, SESSIONS, change, charging
from tests.fakes import START

NEIGHBOR = "DE*ABC*E71*002"


async def started(ada: Someone, places: dict[str, str]) -> str:
    """Start a charge and return its address."""
    return str((await ada.start(places[POST])).json()["url"])


@pytest.mark.capability("CM25", "CM11", "CM10")
async def test_the_guide_follows_the_server(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Each poll says where the driver is and what to do, with every step's state."""
    url = await started(ada, places)
    guide = (await ada.http.get(url)).json()["guide"]
    assert (guide["step"], guide["total"], guide["next_action"]) == (1, 6, "wait_for_hold")
    assert [each["state"] for each in guide["steps"]] == ["current"] + ["to_come"] * 5

    await charging(app, url.rsplit("/", 1)[1])

    guide = (await ada.http.get(url)).json()["guide"]
    assert (guide["step"], guide["next_action"], guide["plugged"]) == (3, "watch", True)
    assert guide["text"] == "Your car is charging."


@pytest.mark.capability("CM14", "CM25")
async def test_the_words_are_in_the_language_that_is_asked_for(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Poll, active charge and stream speak the language of the app; without a wish the driver's own."""
    url = await started(ada, places)
    german = {"Accept-Language": "de-CH, en;q=0.5"}
    expected = "Wir reservieren den Betrag auf Ihrer Karte."
    assert (await ada.http.get(url, headers=german)).json()["guide"]["text"] == expected
    active = (await ada.http.get(f"{SESSIONS}/active", headers=german)).json()
    assert active["charging_session"]["guide"]["text"] == expected
    async with streaming(app.app, f"{url}/events", dict(ada.http.headers) | german) as stream:
        assert await stream.status() == 200
        event = await stream.event()
        assert event is not None
        assert json.loads(event["data"])["guide"]["text"] == expected
    assert (await ada.http.get(url)).json()["guide"]["text"].startswith("We are")


@pytest.mark.capability("CM10")
async def test_a_quote_says_what_comes_first(ada: Someone, places: dict[str, str]) -> None:
    """Before the start the driver reads whether the cable or the start comes first; unknown is "follow the post"."""
    quote = (await ada.quote(places[POST])).json()
    assert quote["start_sequence"] == "unknown"
    assert quote["start_text"].startswith("Follow the instructions on the charger")


@pytest.mark.capability("CK13")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_and_every_word_is_in_every_language(language: str) -> None:
    """Whatever a partner answers to a start has a sentence, never a bare code, and placeholders are the same."""
    words = ("evse_occupied", "evse_inoperative", "not_supported", "timeout", "failed", "rejected", "anything")
    unknown = ("no_result", "interrupted", "partner_unreachable", "partner_error", "partner_refused", "wrong_connector")
    for code in {*map(_rejection, words), *unknown, *codes()}:
        assert failure_text(code, language).endswith((".", "!"))
    assert failure_text("card_declined", language) == failure_text("payment_declined", language)
    english = {key: _fields(key, "en") for key in keys()}
    assert {key: _fields(key, language) for key in keys()} == english
    assert {f"stop_{each}" for each in StopCause} | {f"hint_{each}" for each in Hint} <= keys()


def _fields(key: str, language: str) -> set[str | None]:
    """Return the placeholders of a text, by filling each with its own name."""
    filled = say(key, language, seconds="{seconds}", visual_id="{visual_id}")
    return {field for _, field, _, _ in Formatter().parse(filled) if field}


@pytest.mark.capability("CK13", "CK16")
async def test_a_failed_start_says_why_and_offers_another_try(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The reason in words, and a quote for another try at the neighbor's post; one tap starts it."""
    url = await started(ada, places)
    early = await ada.http.post(f"{url}/restart-quotes", json={})
    assert (early.status_code, early.json()["code"]) == (409, "still-going-on")
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=url.rsplit("/", 1)[1])
        await apply_facts(
            db=db,
            ports=app.ports,
            now=app.clock.now(),
            charge=charge,
            facts=[_placed(charge.hold_minor), StartRejected("charger_offline")],
        )
    shown = (await ada.http.get(url)).json()
    assert (shown["failure_code"], shown["guide"]["next_action"]) == ("charger_offline", "try_again")
    assert shown["failure_text"].startswith("The charger is offline")

    body = {"connector_id": places[POST]}
    answer = await ada.http.post(f"{url}/restart-quotes", json=body)

    assert answer.status_code == 201, answer.text
    restart = answer.json()
    assert (restart["start_fee"], restart["start_fee_again"]) == (False, False)
    assert restart["hold_note"] == "new"
    assert restart["hold_text"] == "This amount is newly reserved."
    again = await ada.http.post(
        SESSIONS,
        json={"quote_id": restart["quote"]["id"], "consent": restart["quote"]["hold"]},
        headers={"Idempotency-Key": "again"},
    )
    assert again.status_code == 202, again.text


def _placed(minor: int) -> HoldPlaced:
    """Return the fact of a placed hold."""
    return HoldPlaced(Money(minor, "EUR"), None)


async def test_nothing_is_switched_without_a_suspicion(ada: Someone, bob: Someone, places: dict[str, str]) -> None:
    """Without the hint there is nothing to switch to, and another driver's charge does not exist."""
    url = await started(ada, places)
    answer = await ada.http.post(f"{url}/switch")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-switch")
    assert (await bob.http.post(f"{url}/switch")).status_code == 404
    assert (await bob.http.post(f"{url}/restart-quotes", json={})).status_code == 404
    assert (await bob.http.get(f"{url}/curve")).status_code == 404


async def test_the_hint_names_the_other_post(app: App, ada: Someone, places: dict[str, str]) -> None:
    """The charge shows what stands on the post that the cable may be in, and its connectors to switch to."""
    url = await started(ada, places)
    suspicion = {"visual_id": "#12", "evse_id": NEIGHBOR, "connector_ids": [places[NEIGHBOR]]}
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=url.rsplit("/", 1)[1])
        await apply_facts(
            db=db, ports=app.ports, now=app.clock.now(), charge=charge, facts=[_placed(charge.hold_minor)]
        )
        charge.guidance = charge.guidance | {"wrong_connector": suspicion}
    hints = (await ada.http.get(url)).json()["hints"]
    assert hints == [
        {
            "code": "wrong_connector",
            "text": "Is the number #12 on your plug? That one became busy, yours is still free.",
            "visual_id": "#12",
            "connector_ids": [places[NEIGHBOR]],
        }
    ]


async def test_a_post_in_use_at_the_start_has_the_cable_in_it(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Plug-first posts tell of the cable before the start: the step is complete from the beginning (CM11)."""
    async with app.work() as db:
        connection = await db.connection()
        await connection.execute(text("UPDATE evse SET status = :status"), {"status": EvseStatus.CHARGING})
    url = await started(ada, places)
    assert (await ada.http.get(url)).json()["guide"]["plugged"] is True


async def test_the_curve_is_thinned_to_what_is_asked_for(app: App, ada: Someone, places: dict[str, str]) -> None:
    """Two hundred readings become ten points, what did not change answers 304, and two points are no curve."""
    url = await started(ada, places)
    key = url.rsplit("/", 1)[1]
    async with app.work() as db:
        for minute in range(200):
            at, kwh = START + timedelta(minutes=minute), Decimal(minute) / 10
            db.add(MeterReading(charging_session_id=key, at=at, kwh=kwh, charging=True))
    answer = await ada.http.get(f"{url}/curve", params={"points": 10})
    curve = answer.json()
    assert (curve["readings"], len(curve["points"]), curve["peak_power_w"]) == (200, 10, 6000)
    assert curve["points"][-1]["energy_wh"] == 19900
    same = await ada.http.get(f"{url}/curve", params={"points": 10}, headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304
    await change(app, key)
    fresh = await ada.http.get(f"{url}/curve", params={"points": 10}, headers={"If-None-Match": answer.headers["etag"]})
    assert fresh.status_code == 200
    assert (await ada.http.get(f"{url}/curve", params={"points": 2})).status_code == 422
