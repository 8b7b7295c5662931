"""Modes 30 and 31: the processor is away, at the tap and at the capture."""

from datetime import timedelta

import pytest

from api.domain.charging.facts import Timer
from api.ports.policy import STANDARD_TIMERS
from api.services.payments.availability import REST
from clients.stripe.connection import StripeConfig
from tests.clients.stripe.harness import PATHS
from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage

PATIENCE = 8
"""Seconds that a driver at the charger waits for a yes or a no."""


@pytest.mark.capability("P17")
async def test_mode_30_a_tap_while_the_processor_is_away_is_refused_within_eight_seconds(stage: Stage) -> None:
    """No hold, no start: after eight seconds the driver knows, is free to go elsewhere, and nothing is left behind."""
    ada = await stage.a_driver()
    stage.outage()
    charge = await ada.taps()
    await stage.settles()
    assert await charge.status() == ("awaiting_hold", "unknown")
    assert (await charge.shown(ada))["guide"]["next_action"] == "wait_for_hold"
    await stage.passes(seconds=PATIENCE - 1)

    shown = await charge.shown(ada)
    assert (shown["status"], shown["failure_code"]) == ("abandoned", "payment_unavailable")
    assert shown["guide"]["next_action"] == "try_again"
    assert await ada.was_told() == ["start_failed:payment_unavailable"]
    assert charge.commands("send_start") == 0
    active = await ada.asks("GET", "charging-sessions/active")
    assert active.json().get("charging_session") is None

    stage.is_back()
    await stage.passes(minutes=2)
    await stage.passes(minutes=10)
    assert [each for each in await charge.intents() if each["status"] != "canceled"] == []
    assert charge.commands("send_start") == 0
    assert (await charge.row()).final_at is not None
    await nothing_is_left(stage)


async def test_mode_30_a_hold_that_did_reach_the_processor_is_canceled_when_it_is_back(stage: Stage) -> None:
    """The request got through and no answer came back: the driver was refused, so the hold goes within seconds."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    stage.wire.fault("drop_answer", PATHS["place_hold"], times=100)
    stage.wire.fault("drop_request", ".*", method="GET", times=100)
    stage.away = True
    await stage.settles()
    await stage.passes(seconds=PATIENCE)
    assert (await charge.status())[0] == "abandoned"
    assert stage.wire.totals()["open_holds"] == HOLD

    stage.is_back()
    await stage.passes(seconds=40)
    await stage.passes(seconds=40)
    assert stage.wire.totals()["open_holds"] == 0
    assert await charge.status() == ("abandoned", "released")
    assert charge.commands("send_start") == 0
    await nothing_is_left(stage)


async def test_mode_30_after_some_failures_taps_are_refused_at_once_until_a_probe_succeeds(stage: Stage) -> None:
    """The breaker: a problem that the app can show, with Retry-After; one probe later everything works again."""
    ada, bob, cid = await stage.a_driver(), await stage.a_driver("bob"), await stage.a_driver("cid")
    elsewhere, afar = await stage.another_charger("EVSE2"), await stage.another_charger("EVSE3")
    stage.outage()
    await ada.taps()
    await cid.taps(afar)
    await stage.settles()
    await stage.passes(seconds=PATIENCE)
    quote = await bob.quotes(elsewhere)  # what a charge would cost is told all the same
    requests = len(stage.wire.requests())

    refused = await bob.accepts(quote, key="bob-1")
    assert refused.status_code == 503
    problem = refused.json()
    assert (problem["code"], problem["retryable"], problem["next_action"]) == ("payment-unavailable", True, "retry")
    assert 0 < int(refused.headers["Retry-After"]) <= REST.total_seconds()
    assert len(stage.wire.requests()) == requests
    assert await stage.value("SELECT count(*) FROM charging_session") == 2, "a refused tap left something behind"

    stage.clock.advance(REST.total_seconds())
    probe = await bob.accepts(quote, key="bob-1")  # the same tap again: the probe
    assert probe.status_code == 202
    await stage.settles()
    charge = await stage.charge_of(probe.json()["id"])
    assert await charge.status() == ("awaiting_hold", "unknown")
    again = await (await stage.a_driver_without_card("eve")).quotes()
    assert again["hold"]["amount_minor"] == HOLD

    stage.is_back()
    await stage.passes(seconds=20)
    await stage.passes(minutes=3)
    healthy = await bob.taps(elsewhere)
    await stage.settles()
    assert await healthy.status() == ("start_accepted", "placed")


async def test_mode_30_the_whole_tap_fits_into_the_patience_of_a_driver() -> None:
    """The clock of the tap and the deadline of the call are both within eight seconds."""
    assert STANDARD_TIMERS[Timer.HOLD_ANSWER] <= timedelta(seconds=PATIENCE - 1)
    deadline = StripeConfig(api_key="sk_test_x", webhook_secrets=(), environment="test").tap_deadline_seconds
    assert deadline <= PATIENCE


async def test_mode_31_captures_wait_out_three_days_and_alarm_by_the_end_of_the_hold(stage: Stage) -> None:
    """The bill comes on day four and the processor is away for three days: the alarm grows as the hold runs out."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await stage.passes(days=3, hours=20)
    hold = await charge.hold()
    assert hold.capture_before is not None
    stage.outage()
    await charge.cdr()
    await stage.settles()
    assert await charge.status() == ("settling", "capturing")

    alarms: list[tuple[int, str]] = []
    began = stage.clock.now()
    while stage.clock.now() - began < timedelta(days=3):
        await stage.passes(hours=1)
        for severity in await _severities(stage):
            if severity not in [known for _, known in alarms]:
                left = hold.capture_before - stage.clock.now()
                alarms.append((round(left.total_seconds() / 3600), severity))
    assert [severity for _, severity in alarms] == ["warning", "high", "critical"]
    assert all(limit - 1 <= hours <= limit for (hours, _), limit in zip(alarms, (48, 24, 6), strict=True)), alarms
    assert await charge.operations("capture") == ["unknown"]
    assert charge.stage.wire.totals()["captured"] == 0

    stage.is_back()
    await stage.passes(minutes=11)
    await stage.passes(minutes=1)
    assert await charge.status() == ("settled", "captured")
    assert (await charge.intent())["amount_received"] == cents(20)
    assert "capture_at_risk" not in await charge.findings()
    captures = await charge.sent("capture")
    assert [each["status"] for each in captures if each["fault"] is None] == [200]
    assert len(captures) < 3 * 24 * 6 * 3 + 20, "no pause between attempts"
    await nothing_is_left(stage)


async def _severities(stage: Stage) -> list[str]:
    """Return how grave the open alarms are."""
    query = "SELECT detail->>'severity' FROM mismatch WHERE reason = 'capture_at_risk' AND resolved_at IS NULL"
    return [row[0] for row in await stage.rows(query)]


@pytest.mark.parametrize("days", [3])
async def test_mode_31_an_outage_beyond_the_hold_ends_as_a_receivable(stage: Stage, days: int) -> None:
    """The hold lapsed during the outage: finance was told of the breach, and the bill is owed, never lost."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await stage.passes(days=4, hours=20)
    stage.outage()
    await charge.cdr()
    await stage.settles()
    for _ in range(days * 4):
        await stage.passes(hours=6)
    assert await _severities(stage) == ["breach"]

    stage.is_back()
    await stage.passes(minutes=11)
    await stage.passes(minutes=11)
    assert await charge.status() == ("settled", "expired")
    assert await charge.receivable() == cents(20)
    assert "capture_at_risk" not in await charge.findings()
    await nothing_is_left(stage)


async def test_mode_31_the_hold_that_ends_first_is_tried_first(stage: Stage) -> None:
    """While the processor is away one capture a round is tried: the one with the least time left."""
    charges = []
    for name, uid in (("ada", "EVSE1"), ("bob", "EVSE2")):
        connector = await stage.another_charger(uid) if uid != "EVSE1" else None
        charge = await (await stage.a_driver(name)).taps(connector)
        await stage.settles()
        await charge.session(uid=uid, session_id=f"SES-{uid}")
        await stage.settles()
        await stage.passes(minutes=61)
        await charge.ends(uid=uid, session_id=f"SES-{uid}")
        await stage.settles()
        charges.append(charge)
    stage.outage()
    for number, charge in reversed(list(enumerate(charges))):
        await charge.cdr(cdr_id=f"CDR-{number}", session_id=f"SES-EVSE{number + 1}")
        await stage.settles()
    await stage.passes(seconds=20)
    stage.clock.advance(29)
    before = len(stage.wire.requests())
    await stage.sweeps()
    tried = [each["path"] for each in stage.wire.requests()[before:] if each["path"].endswith("/capture")]
    stage.is_back()
    assert {path.split("/")[3] for path in tried} <= {(await charges[0].intent())["id"]}
    await stage.passes(minutes=2)
    await stage.passes(minutes=2)
    await agree(stage)
