"""A guest's charge over HTTP: agreed to the cent, started once, held once, stopped when they say so."""

import asyncio
from typing import Any, cast

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.ports.payments import ProcessorStatus
from api.services.accounts.erase import sweep_erasures
from api.services.guests.sweep import sweep_visits
from tests.api.routes.pay.test_closed_page import charger_refuses, sweep, waiting_for_the_bank
from tests.bench import Bench
from tests.builders import a_driver, a_session, push_session
from tests.fake_cards import FakeCards
from tests.guests import GUEST, Guest


@pytest.mark.capability("L4", "CK28", "CK32")
async def test_what_is_agreed_to_is_kept_and_nothing_else_is_held(stand: Bench, guest: Guest) -> None:
    """Amount, currency, text, language and time are on the charge; another amount is refused before any hold."""
    await a_driver(stand, email=GUEST)  # an account with the same address is somebody else
    await guest.scan(lang="de")
    cheaper = await guest.start(amount_minor=100)
    assert (cheaper.status_code, cheaper.json()["code"]) == (422, "consent-differs")
    assert await stand.value("SELECT count(*) FROM charging_session") == 0
    assert (await guest.start()).status_code == 202
    await stand.drain()
    charge = await guest.charge()
    assert charge.consent == {
        "amount_minor": 5000,
        "currency": "EUR",
        "text": "guest-hold-consent-1",
        "language": "de",
        "at": stand.clock.now().isoformat(),
    }
    assert (charge.auth_channel, charge.payer_type) == ("guest", "card")
    assert [(hold.amount.minor, hold.status) for hold in stand.payments.holds] == [(5000, ProcessorStatus.HELD)]
    rows = await stand.rows("SELECT kind, email, password_hash FROM driver WHERE id = :id", id=charge.driver_id)
    assert [tuple(row) for row in rows] == [("guest", GUEST, None)]
    assert await stand.value("SELECT type FROM driver_token") == "ad_hoc_user"


@pytest.mark.capability("L4")
@pytest.mark.parametrize(
    "fields",
    [
        {"email": "nobody"},
        {"email": "a@b.c\nBcc: x@y.zz"},
        {"email": ""},
        {"payment_method": None},
        {"payment_method": "card_1; drop"},
        {"quote_id": "quo_00000099"},
        {"amount_minor": "x"},
        {"currency": "CHF"},
    ],
)
async def test_what_is_missing_or_wrong_starts_nothing(stand: Bench, guest: Guest, fields: dict[str, Any]) -> None:
    """A problem with a calm sentence, no charge, no hold."""
    await guest.scan()
    answer = await guest.start(**fields)
    assert answer.status_code in {402, 409, 422}, answer.text
    assert answer.json()["title"]
    await stand.drain()
    assert (await stand.value("SELECT count(*) FROM charging_session"), stand.payments.holds) == (0, [])


async def test_two_taps_are_one_start(stand: Bench, guest: Guest) -> None:
    """However often the same page is sent, at once or later, there is one charge and one hold."""
    await guest.scan()
    wish = await guest.start()
    again = await asyncio.gather(
        *(guest.http.post(f"{guest.page}/start", content=wish.request.content) for _ in range(3))
    )
    assert [each.status_code for each in (wish, *again)] == [202] * 4
    await stand.drain()
    assert (await stand.value("SELECT count(*) FROM charging_session"), len(stand.payments.holds)) == (1, 1)


async def test_many_taps_at_once_are_one_start(stand: Bench, guest: Guest) -> None:
    """The row of the visit decides, on real connections."""
    await guest.scan()
    body = (await guest.start(amount_minor=1)).request.content.replace(b'"amount_minor":1,', b'"amount_minor":5000,')
    answers = await asyncio.gather(*(guest.http.post(f"{guest.page}/start", content=body) for _ in range(5)))
    assert [each.status_code for each in answers] == [202] * 5
    await stand.drain()
    assert (await stand.value("SELECT count(*) FROM charging_session"), len(stand.payments.holds)) == (1, 1)


@pytest.mark.capability("L5")
async def test_the_bank_is_answered_and_the_same_start_goes_on(stand: Bench, guest: Guest) -> None:
    """The page has the secret while the bank waits, also when opened anew; the guest's word alone starts nothing."""
    await waiting_for_the_bank(stand, guest)
    intent = stand.payments.holds[0]
    assert f'data-secret="{intent.client_secret}"' in (await guest.look()).text
    assert (await guest.http.post(f"{guest.page}/answered")).status_code == 204
    assert (await guest.charge()).status == ChargingStatus.AWAITING_DRIVER
    stand.payments.pass_action(intent.payment_intent_id)
    await guest.http.post(f"{guest.page}/answered")
    await stand.drain()
    assert (await guest.charge()).status == ChargingStatus.START_ACCEPTED
    assert "data-secret" not in (await guest.look()).text
    assert len(stand.payments.holds) == 1


async def test_another_card_after_a_no_is_one_hold(stand: Bench, guest: Guest) -> None:
    """The declined card has nothing reserved; the same page goes on with the next one."""
    await guest.scan()
    await guest.start("pm_card_chargeDeclined")
    await stand.drain()
    back = await guest.look()
    assert "Your card was declined" in back.text
    assert f'value="{GUEST}"' in back.text
    assert (await guest.start()).status_code == 202
    await stand.drain()
    states = [hold.status for hold in stand.payments.holds]
    assert states == [ProcessorStatus.CANCELED, ProcessorStatus.HELD]


async def test_a_failed_start_is_tried_again_on_the_hold_that_stands(stand: Bench, guest: Guest) -> None:
    """Without a card within the window; after it a card is needed, and the old amount is free by then."""
    await charger_refuses(stand, guest)
    offered = (await guest.look()).text
    assert "data-stands" in offered
    assert 'id="card"' not in offered
    stand.roaming.start_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    assert (await guest.start(None)).status_code == 202
    await stand.drain()
    assert (len(stand.payments.holds), stand.payments.holds[0].status) == (1, ProcessorStatus.HELD)
    await sweep(stand, 11)
    late = await guest.start(None)
    assert (late.status_code, late.json()["code"]) == (409, "card-needed")
    assert stand.payments.holds[0].status == ProcessorStatus.CANCELED
    assert 'id="card"' in (await guest.look()).text


async def test_a_guest_who_was_forgotten_scans_again(stand: Bench, guest: Guest) -> None:
    """The old page starts nothing and writes no address down; the display lets them in anew."""
    await charger_refuses(stand, guest)
    await sweep(stand, 11)
    await stand.rows("UPDATE driver SET closing_at = :now RETURNING id", now=stand.clock.now())
    assert await sweep_erasures(work=stand.work, ports=stand.ports) == 1
    await stand.drain()
    for card in ("pm_card_visa", None):
        refused = await guest.start(card)
        assert (refused.status_code, "scan the display again" in refused.text) == (409, True), refused.text
    (row,) = await stand.rows("SELECT email, name, processor_customer_id FROM driver")
    assert (row.email.endswith("@erased.invalid"), row.name, row.processor_customer_id) == (True, "", None)
    await guest.scan()
    assert (await guest.start()).status_code == 202


async def test_a_guest_who_never_charged_is_forgotten_at_the_processor_too(stand: Bench, guest: Guest) -> None:
    """A refused start has made them its customer, with their address: that is known, and goes with them."""
    await guest.scan()
    assert (await guest.start(amount_minor=100)).status_code == 422
    stand.clock.advance(2 * 86_400)
    assert await sweep_visits(work=stand.work, ports=stand.ports) == 1
    assert await sweep_erasures(work=stand.work, ports=stand.ports) == 1
    await stand.drain()
    forgotten = cast("FakeCards", stand.ports.cards).calls_of("forget_customer")
    assert [call.arguments for call in forgotten] == [("cus_fake1",)]
    (row,) = await stand.rows("SELECT email, processor_customer_id FROM driver")
    assert (row.email.endswith("@erased.invalid"), row.processor_customer_id) == (True, None)


async def test_a_lost_answer_of_the_customer_is_no_dead_end(stand: Bench, guest: Guest) -> None:
    """The processor's customer is made under a key of guest and address; a corrected address makes another."""
    await guest.scan()
    stand.payments.lose_answer("create_customer")
    assert (await guest.start()).status_code == 503
    assert (await guest.start(email="other@example.test")).status_code == 202
    await stand.drain()
    assert (await guest.charge()).status == ChargingStatus.START_ACCEPTED


@pytest.mark.capability("CK28")
async def test_a_stop_needs_its_word_and_is_safe_to_repeat(stand: Bench, guest: Guest) -> None:
    """Without the confirmation nothing is sent to the charger; with it once."""
    await guest.scan()
    await guest.start()
    await stand.drain()
    await push_session(stand, a_session(await guest.charge()))
    await guest.post("stop")
    assert (await guest.charge()).status == ChargingStatus.CHARGING
    for _ in range(2):
        assert (await guest.post("stop", confirm="yes")).status_code == 303
    await stand.drain()
    assert (await guest.charge()).status == ChargingStatus.STOP_ACCEPTED
    assert len(stand.roaming.calls_of("send_stop")) == 1


async def test_the_page_asks_again_and_hears_only_news(stand: Bench, guest: Guest) -> None:
    """The changing part with an ETag: 304 while nothing changes, the news when it does, 205 when it is another page."""
    await guest.scan()
    await guest.start()
    await stand.drain()
    live = f"{guest.page}/live"
    first = await guest.http.get(live)
    assert 'data-phase="starting"' in first.text
    same = await guest.http.get(live, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await push_session(stand, a_session(await guest.charge()))
    news = await guest.http.get(live, headers={"If-None-Match": first.headers["etag"]})
    assert ('data-phase="charging"' in news.text, "1.5\u00a0kWh" in news.text) == (True, True)


async def test_visits_that_came_to_nothing_are_forgotten(stand: Bench, guest: Guest) -> None:
    """A day after, guest and offer are gone; who charged stays for the books."""
    await guest.scan()
    await guest.start()
    paid = guest.page
    guest.http.cookies.clear()
    await guest.scan()
    assert guest.page != paid
    assert await sweep_visits(work=stand.work, ports=stand.ports) == 0
    stand.clock.advance(25 * 3600)
    assert await sweep_visits(work=stand.work, ports=stand.ports) == 1
    assert (await guest.look()).status_code == 404
    guest.page = paid
    assert (await guest.look()).status_code == 200
    assert await stand.value("SELECT count(*) FROM driver WHERE kind = 'guest'") == 1
