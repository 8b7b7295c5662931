"""Modes 5 to 8: the hold stands, and the start fails, hangs, comes late, or the bank keeps everybody waiting."""

import pytest

from api.domain.roaming.command import AnswerKind, CommandAnswer
from tests.api.services.charging.hands import secret_of
from tests.clients.stripe.harness import PATHS
from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import Charge, cents
from tests.failures.stage import HOLD, Stage
from tests.fakes import ACTION_CARD


async def _result(stage: Stage, word: str) -> None:
    """Let the operator post the charger's word on the newest start."""
    answer = await stage.cpo("POST", f"commands/START_SESSION/{secret_of(stage)}", {"result": word})
    assert answer.json()["status_code"] == 1000, answer.text
    await stage.settles()


async def _let_go(charge: Charge) -> None:
    """Assert that the hold is gone at the processor, with nothing taken."""
    intent = await charge.intent()
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert (await charge.hold()).released_minor == HOLD


@pytest.mark.capability("DC7")
async def test_mode_05_a_rejected_start_frees_the_card(stage: Stage) -> None:
    """REJECTED is certain: nothing charges, so the hold is canceled within a minute and the driver is told why."""
    ada = await stage.a_driver()
    stage.roaming.start_answers.append(CommandAnswer(AnswerKind.REJECTED, 30))
    charge = await ada.taps()
    await stage.settles()
    await stage.passes(seconds=59)

    assert await charge.status() == ("start_failed", "released")
    await _let_go(charge)
    shown = await charge.shown(ada)
    assert shown["failure_code"] == "rejected_by_operator"
    assert shown["hold"]["released"]["amount_minor"] == HOLD
    assert (shown["hold"]["released_at"], shown["hold"]["latest_by"]) != (None, None)
    assert await ada.was_told() == ["start_failed:rejected_by_operator"]
    await nothing_is_left(stage)


async def test_mode_05_a_start_that_times_out_keeps_its_hold_through_the_grace(stage: Stage) -> None:
    """TIMEOUT says nothing about the car: the hold stays for five minutes, then it goes."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await _result(stage, "TIMEOUT")
    assert await charge.status() == ("start_unknown", "placed")
    await stage.passes(minutes=4, seconds=55)
    assert await charge.status() == ("start_unknown", "placed")
    assert (await charge.intent())["status"] == "requires_capture"
    await agree(stage, open_minor=HOLD)

    await stage.passes(seconds=10)
    await stage.passes(seconds=60)
    assert await charge.status() == ("start_failed", "released")
    await _let_go(charge)
    assert await ada.was_told() == ["start_uncertain:timeout", "start_failed:timeout"]
    await nothing_is_left(stage)


async def test_mode_05_a_late_session_after_a_timeout_is_charged_from_the_same_hold(stage: Stage) -> None:
    """The car charges although the charger timed out: the session is adopted and billed, with one hold."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await _result(stage, "TIMEOUT")
    await stage.passes(minutes=3)
    await charge.session()
    await stage.settles()
    assert await charge.status() == ("charging", "placed")

    await stage.passes(minutes=60)
    await charge.ends()
    await charge.cdr()
    await stage.settles()
    assert (await charge.intent())["amount_received"] == cents(20)
    assert charge.commands("send_start") == 1
    await nothing_is_left(stage)


@pytest.mark.capability("DC7", "P6")
async def test_mode_06_a_session_after_the_release_is_stopped_and_billed_as_owed(stage: Stage) -> None:
    """The hold is gone and the car charges: STOP goes out, finance knows, and the CDR is owed, never dropped."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await _result(stage, "TIMEOUT")
    await stage.passes(minutes=6)
    await stage.passes(minutes=1)
    assert await charge.status() == ("start_failed", "released")

    await charge.session()
    await stage.settles()
    assert charge.commands("send_stop") == 1
    assert "session_without_hold" in await charge.findings()
    await stage.passes(minutes=2)
    await charge.ends(3)
    assert (await charge.cdr(3)).status_code == 201
    await stage.settles()

    assert await charge.status() == ("settled", "released")
    assert await charge.receivable() == cents(3)
    assert {"session_without_hold", "cdr_after_hold_ended"} <= await charge.findings()
    assert (await charge.intent())["amount_received"] == 0
    assert (await charge.shown(ada))["final_price"]["amount_minor"] == cents(3)
    assert "charge_stopped:no_session_wanted" in await ada.was_told()
    await nothing_is_left(stage)


async def test_mode_07_a_bank_that_says_yes_when_the_plug_is_taken(stage: Stage) -> None:
    """While the driver was at the bank somebody plugged in: the good hold is canceled and the driver is told."""
    ada = await stage.a_driver(card=ACTION_CARD)
    charge = await ada.taps()
    await stage.settles()
    assert await charge.status() == ("awaiting_driver", "needs_action")
    assert (await charge.shown(ada))["hold"]["client_secret"]
    taken = {"status": "CHARGING", "last_updated": "2026-03-02T09:03:00Z"}
    assert (await stage.cpo("PATCH", "locations/DE/CPO/LOC1/EVSE1", taken)).json()["status_code"] == 1000

    stage.clock.advance(240)
    stage.wire.pass_action((await charge.intent())["id"])
    await stage.settles()
    await _result(stage, "EVSE_OCCUPIED")
    await stage.passes(seconds=59)

    assert await charge.status() == ("start_failed", "released")
    await _let_go(charge)
    assert await ada.was_told() == ["confirm_with_bank", "start_failed:connector_occupied"]
    await nothing_is_left(stage)


@pytest.mark.capability("DC7")
async def test_mode_08_a_bank_that_is_never_answered_costs_a_quarter_of_an_hour(stage: Stage) -> None:
    """3-D Secure is left open: after fifteen minutes the intent is canceled as abandoned; a late yes finds nothing."""
    ada = await stage.a_driver(card=ACTION_CARD)
    charge = await ada.taps()
    await stage.settles()
    await stage.passes(minutes=14, seconds=55)
    assert await charge.status() == ("awaiting_driver", "needs_action")
    await stage.passes(seconds=10)

    assert await charge.status() == ("abandoned", "released")
    intent = await charge.intent()
    assert (intent["status"], intent["cancellation_reason"]) == ("canceled", "abandoned")
    assert charge.commands("send_start") == 0
    assert await ada.was_told() == ["confirm_with_bank", "start_failed:driver_action_expired"]
    assert (await charge.shown(ada))["hold"]["client_secret"] is None
    await nothing_is_left(stage)


async def test_mode_08_a_yes_in_the_last_moment_is_let_go(stage: Stage) -> None:
    """The bank's yes and our cancel cross: the hold came to be after we gave up, and is let go all the same."""
    ada = await stage.a_driver(card=ACTION_CARD)
    charge = await ada.taps()
    await stage.settles()
    stage.wire.fault("drop_request", PATHS["release_hold"], times=3)
    stage.webhooks = False
    await stage.passes(minutes=15, seconds=5)
    stage.wire.pass_action((await charge.intent())["id"])
    assert stage.wire.totals()["open_holds"] == HOLD
    stage.webhooks = True
    await stage.passes(seconds=30)

    assert await charge.status() == ("abandoned", "released")
    intent = await charge.intent()
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert stage.wire.totals()["open_holds"] == 0
    assert charge.commands("send_start") == 0
    assert set(await charge.operations("release")) == {"done"}


@pytest.mark.capability("DC7")
@pytest.mark.parametrize("word", ["EVSE_INOPERATIVE", "REJECTED"])
async def test_mode_05_a_charger_that_says_no_later_frees_the_card(stage: Stage, word: str) -> None:
    """The operator took the start and its charger did not: as certain as a no at once."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await stage.settles()
    await _result(stage, word)
    await stage.passes(seconds=59)
    assert await charge.status() == ("start_failed", "released")
    await _let_go(charge)
    await nothing_is_left(stage)
