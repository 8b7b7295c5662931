"""Modes 18 to 22: webhooks in any order, never or forged, money in another currency, and a session without an end."""

import json
import random
from datetime import timedelta

import httpx
import pytest

from api.domain.money import Money
from api.ports.payments import HoldRequest
from clients.stripe.webhooks import MAX_EVENT_BYTES
from tests.api.routes.ocpi.payloads import Json
from tests.clients.stripe.harness import PATHS, WEBHOOK_SECRET
from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage


@pytest.mark.capability("DC5", "A30")
@pytest.mark.parametrize("seed", range(3))
async def test_mode_18_webhooks_shuffled_and_repeated_change_nothing(stage: Stage, seed: int) -> None:
    """Every event of a whole charge, twice and thrice and in any order: the money is booked once."""
    stage.webhooks = False
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    before = await stage.rows("SELECT kind, amount_minor FROM hold_event ORDER BY id")

    events = (await stage.events()) * 3
    random.Random(seed).shuffle(events)
    for event in events:
        assert await stage.deliver(event) == 200
    await stage.settles()

    assert await stage.value("SELECT count(*) FROM processor_event") == len(events) // 3
    assert await stage.value("SELECT count(*) FROM processor_event WHERE handled_at IS NULL") == 0
    assert await stage.rows("SELECT kind, amount_minor FROM hold_event ORDER BY id") == before
    assert await charge.status() == ("settled", "captured")
    await nothing_is_left(stage)


async def test_mode_18_succeeded_overtakes_its_forerunners(stage: Stage) -> None:
    """``payment_intent.succeeded`` first, ``amount_capturable_updated`` last: the newest truth stays."""
    stage.webhooks = False
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    stage.wire.steer(f"dashboard/payment_intents/{(await charge.intent())['id']}/capture", {"amount": cents(20)})
    told = {event["type"]: event for event in await stage.events()}
    for kind in ("payment_intent.succeeded", "charge.captured", "payment_intent.amount_capturable_updated"):
        await stage.deliver(told[kind])
        await stage.drain()
    assert (await charge.hold()).captured_minor == cents(20)
    assert (await charge.status())[1] == "captured"
    stage.webhooks = True
    await charge.cdr()
    await nothing_is_left(stage)


async def test_mode_18_a_webhook_before_our_own_answer_is_parked_until_the_intent_is_known(stage: Stage) -> None:
    """The event of an intent that we do not know yet is taken; the placement finds the hold; nothing doubles."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    stage.wire.fault("drop_answer", PATHS["place_hold"], times=3)
    stage.webhooks = False
    operation = await stage.value("SELECT id FROM payment_operation")
    request = await _request(stage)
    with pytest.raises(Exception, match="processor_outcome_unknown"):
        await stage.ports.payments.place_hold(request, idempotency_key=operation)
    for event in await stage.events():
        assert await stage.deliver(event) == 200
    await stage.drain()

    assert len(await charge.intents()) == 1
    assert await charge.status() == ("start_accepted", "placed")
    assert stage.wire.totals()["open_holds"] == HOLD
    assert await stage.findings() == set()


async def test_mode_18_an_intent_that_nothing_needs_is_let_go_and_told(stage: Stage) -> None:
    """A second intent for a hold of ours, known from its webhook only: canceled at once, and on the list of orphans."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await stage.ports.payments.place_hold(await _request(stage), idempotency_key="a-worker-that-we-gave-up")
    assert stage.wire.totals()["open_holds"] == 2 * HOLD
    await stage.settles()

    assert stage.wire.totals()["open_holds"] == HOLD
    assert (await charge.hold()).status == "placed"
    assert "second_hold_at_processor" in await charge.findings()


async def _request(stage: Stage) -> HoldRequest:
    """Return the request for the one hold there is, as the worker sends it."""
    row = (await stage.rows("SELECT * FROM hold"))[0]
    return HoldRequest(
        row.id,
        row.charging_session_id,
        Money(row.amount_minor, row.currency),
        row.customer_id,
        row.payment_method_id,
        "Reserved for charging",
    )


async def test_mode_19_without_a_single_webhook_everything_ends(stage: Stage) -> None:
    """3-D Secure passed, staff captured, a hold lapsed: looks on the deadlines find out what no webhook told."""
    stage.webhooks = False
    ada, bob = await stage.a_driver(card="pm_card_authenticationRequired"), await stage.a_driver("bob")
    elsewhere = await stage.another_charger("EVSE2")
    first, second = await ada.taps(), await bob.taps(elsewhere)
    await stage.settles()
    stage.wire.pass_action((await first.intent())["id"])
    await stage.passes(seconds=35)
    assert await first.status() == ("start_accepted", "placed")

    await first.charges()
    await first.cdr()
    await stage.settles()
    assert await first.status() == ("settled", "captured")
    assert await stage.value("SELECT count(*) FROM processor_event") == 0

    await second.session(uid="EVSE2", session_id="SES2")
    await stage.drain()
    stage.clock.advance(timedelta(days=7, hours=1).total_seconds())
    await stage.sweeps()
    await stage.passes(minutes=2)
    assert (await second.status())[1] == "expired"


@pytest.mark.capability("A30")
async def test_mode_20_a_webhook_that_is_not_ours_is_refused_and_leaves_only_a_count(stage: Stage) -> None:
    """Forged, stale, future, of another account, of the wrong mode, too large, unreadable: 400, and nothing stored."""
    ada = await stage.a_driver()
    await ada.taps()
    await stage.drain()
    event = (await stage.events())[-1]
    now = stage.clock.now()
    bad: list[tuple[Json, str, timedelta]] = [
        (event, "whsec_of_somebody_else", timedelta(0)),
        (event, WEBHOOK_SECRET, timedelta(seconds=-301)),
        (event, WEBHOOK_SECRET, timedelta(seconds=301)),
        (event | {"account": "acct_other"}, WEBHOOK_SECRET, timedelta(0)),
        (event | {"livemode": True}, WEBHOOK_SECRET, timedelta(0)),
        (event | {"padding": "x" * MAX_EVENT_BYTES}, WEBHOOK_SECRET, timedelta(0)),
        (event | {"object": "v2.core.event"}, WEBHOOK_SECRET, timedelta(0)),
    ]
    for body, secret, late in bad:
        assert await stage.deliver(body, secret, at=now + late) == 400
    assert await stage.value("SELECT count(*) FROM processor_event") == 0
    assert await stage.rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'handle_processor_event'") == []
    refused = await stage.rows("SELECT reason, refusals FROM webhook_refusal ORDER BY reason")
    assert {row.reason: row.refusals for row in refused} == {
        "signature": 1, "age": 2, "account": 1, "livemode": 1, "too_large": 1, "unreadable": 1,
    }  # fmt: skip

    assert await stage.deliver(event, at=now) == 200
    assert await stage.value("SELECT count(*) FROM processor_event") == 1


async def test_mode_20_a_body_without_end_is_cut_off(stage: Stage) -> None:
    """The receiver reads no more than its limit, announced or not."""

    async def endless() -> object:
        while True:
            yield b"x" * 65536

    async with stage.client() as client:
        answer = await client.post("/webhooks/stripe", content=endless())  # type: ignore[arg-type]  # an async stream
        assert answer.status_code == 413
        announced = await client.post("/webhooks/stripe", content=json.dumps({"x": "y" * 2_000_000}).encode())
    assert announced.status_code == 413
    assert isinstance(answer, httpx.Response)


async def test_mode_20_a_rolled_secret_is_good_while_both_are_valid(stage: Stage) -> None:
    """Several signatures in one header, one of them ours: the event is taken."""
    ada = await stage.a_driver()
    await ada.taps()
    await stage.drain()
    event = (await stage.events())[-1]
    assert await stage.deliver(event, "whsec_next", WEBHOOK_SECRET) == 200
    assert await stage.deliver(event, "whsec_next", "whsec_other") == 400


async def test_mode_21_a_cdr_in_another_currency_is_never_converted(stage: Stage) -> None:
    """A hold in EUR, a CDR in CHF: no money moves, staff decide; the hold was taken in the tariff's currency."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    assert (await charge.row()).currency == "EUR"  # the tariff's
    await charge.charges()
    await charge.cdr(currency="CHF")
    await stage.settles()

    assert await charge.status() == ("needs_finance", "placed")
    assert "cdr_unpriceable" in await charge.findings()
    assert (await charge.row()).failure_code == "currency_differs"
    assert await charge.sent("capture") == []
    assert (await charge.shown(ada))["final_price"] is None
    await agree(stage, open_minor=HOLD)


async def test_mode_22_a_session_without_an_end_is_stopped_before_it_passes_the_hold(stage: Stage) -> None:
    """The meter runs on and nobody stops: at nine tenths of the hold STOP goes out, with a reason the driver reads."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await charge.session(kwh=50)
    await stage.settles()
    assert charge.commands("send_stop") == 0
    await stage.passes(minutes=60)
    await charge.session(kwh=98)
    await stage.settles()
    assert charge.commands("send_stop") == 1
    assert "charge_stopped:hold_limit" in await ada.was_told()
    assert (await charge.shown(ada))["stop_cause"] == "hold_limit"


async def test_mode_22_a_frozen_meter_is_pulled_and_at_last_stopped_and_estimated(stage: Stage) -> None:
    """No report, no stop, no bill: the session is asked for, stopped after three days, and estimated like mode 14."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await charge.session(kwh=10)
    await stage.settles()
    await stage.passes(minutes=11)
    assert (await charge.row()).metering == "stale"
    assert len(stage.roaming.calls_of("pull_sessions")) >= 1

    await stage.passes(days=3)
    assert charge.commands("send_stop") >= 1
    assert "session_too_long" in await charge.findings()
    for _ in range(4):
        await stage.passes(days=1)
    assert (await charge.status())[1] == "captured"
    assert (await charge.intent())["amount_received"] == cents(10)
    assert "estimate_captured" in await charge.findings(open_only=False)
    busy = await (await stage.a_driver("bob")).taps()
    assert (await busy.status())[0] == "awaiting_hold"  # driver and plug are free again
