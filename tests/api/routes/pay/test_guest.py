"""A guest's charge over HTTP: agreed to the cent, one hold, and nothing of it left whatever the guest closes when."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.command import AnswerKind, CommandAnswer
from api.ports.payments import ProcessorStatus
from api.services.charging.sweep import sweep_operations, sweep_timers
from api.services.guests.sweep import sweep_visits
from tests.bench import Bench
from tests.builders import a_cdr, a_driver, a_session, push_cdr, push_session
from tests.fakes import ACTION_CARD
from tests.guests import GUEST, Guest

_OVER = {
    ProcessorStatus.CANCELED,
    ProcessorStatus.EXPIRED,
    ProcessorStatus.CAPTURED,
    ProcessorStatus.NEEDS_PAYMENT_METHOD,
}


async def sweep(bench: Bench, minutes: int) -> None:
    """Let time pass as the sweeper sees it."""
    for _ in range(minutes):
        bench.clock.advance(60)
        await sweep_timers(work=bench.work, ports=bench.ports)
        await sweep_operations(work=bench.work, ports=bench.ports)
        await bench.drain()


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
async def test_what_is_missing_or_wrong_starts_nothing(stand: Bench, guest: Guest, fields: dict[str, object]) -> None:
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


# --- the guest closes the page: at each step --------------------------------------------------------------------------


async def _only_looked(bench: Bench, guest: Guest) -> None:
    await guest.scan()


async def _waiting_for_the_hold(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    await guest.start()


async def _waiting_for_the_bank(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    await guest.start(ACTION_CARD)
    await bench.drain()
    assert (await guest.charge()).status == ChargingStatus.AWAITING_DRIVER


async def _no_at_the_bank(bench: Bench, guest: Guest) -> None:
    await _waiting_for_the_bank(bench, guest)
    bench.payments.fail_action(bench.payments.holds[0].payment_intent_id)


async def _yes_at_the_bank_after_giving_up(bench: Bench, guest: Guest) -> None:
    await _waiting_for_the_bank(bench, guest)
    await guest.post("cancel")
    bench.payments.pass_action(bench.payments.holds[0].payment_intent_id)


async def _answer_of_the_hold_lost(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    bench.payments.lose_answer("place_hold")
    await guest.start()


async def _processor_away(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    for _ in range(40):
        bench.payments.break_before("place_hold")
    await guest.start()


async def _charger_refuses(bench: Bench, guest: Guest) -> None:
    bench.roaming.start_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    await guest.scan()
    await guest.start()
    await bench.drain()


async def _no_car_ever_comes(bench: Bench, guest: Guest) -> None:
    await guest.scan()
    await guest.start()
    await bench.drain()
    assert (await guest.charge()).status == ChargingStatus.START_ACCEPTED


async def _given_up_while_starting(bench: Bench, guest: Guest) -> None:
    await _no_car_ever_comes(bench, guest)
    await guest.post("cancel")


_STEPS = [
    _only_looked,
    _waiting_for_the_hold,
    _waiting_for_the_bank,
    _no_at_the_bank,
    _yes_at_the_bank_after_giving_up,
    _answer_of_the_hold_lost,
    _processor_away,
    _charger_refuses,
    _no_car_ever_comes,
    _given_up_while_starting,
]


@pytest.mark.capability("CK28", "L4", "L5")
@pytest.mark.parametrize("step", _STEPS, ids=lambda step: step.__name__.strip("_"))
async def test_no_hold_is_left_behind_a_closed_page(
    stand: Bench, guest: Guest, step: Callable[[Bench, Guest], Awaitable[None]]
) -> None:
    """Whatever the guest closes when: within an hour nothing is reserved, nothing taken, and the post is free."""
    await step(stand, guest)
    await sweep(stand, 60)
    assert [hold.status for hold in stand.payments.holds if hold.status not in _OVER] == []
    assert [hold.captured.minor for hold in stand.payments.holds if hold.captured.minor] == []
    assert await stand.value("SELECT count(*) FROM charging_session WHERE freed_at IS NULL") == 0
    assert (await guest.scan()).text.count("data-quote=") == 1


@pytest.mark.capability("CK28")
async def test_a_guest_who_leaves_while_charging_pays_what_it_cost(stand: Bench, guest: Guest) -> None:
    """The page is closed, the charge goes on, the bill comes: captured once, the rest is free, the receipt mailed."""
    await guest.scan()
    await guest.start()
    await stand.drain()
    charge = await guest.charge()
    await push_session(stand, a_session(charge))
    await push_cdr(stand, a_cdr(charge))
    await stand.drain()
    assert [(hold.status, hold.captured.minor) for hold in stand.payments.holds] == [(ProcessorStatus.CAPTURED, 928)]
    assert [tuple(row) for row in await stand.rows("SELECT to_address, outcome FROM mail_outbox")] == [(GUEST, "sent")]


@pytest.mark.capability("L5")
async def test_the_bank_is_answered_and_the_same_start_goes_on(stand: Bench, guest: Guest) -> None:
    """The page has the secret while the bank waits, also when opened anew; the guest's word alone starts nothing."""
    await _waiting_for_the_bank(stand, guest)
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
    await _charger_refuses(stand, guest)
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
