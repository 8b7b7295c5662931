"""Modes 9 to 13: a bill that comes twice, changed, taken back, above the hold, or too small to take."""

import pytest

from tests.failures.books import agree, nothing_is_left
from tests.failures.charge import cents
from tests.failures.stage import HOLD, Stage


async def test_mode_09_a_cdr_that_comes_twice_is_answered_alike_and_captured_once(stage: Stage) -> None:
    """The same CDR again is answered with the same address and moves nothing; so does one spelled differently."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    first = await charge.cdr()
    await stage.settles()
    again = [await charge.cdr() for _ in range(3)]
    await stage.settles()

    assert (first.status_code, {each.status_code for each in again}) == (201, {200})
    assert {each.headers["Location"] for each in again} == {first.headers["Location"]}
    assert await charge.status() == ("settled", "captured")
    assert [each["status"] for each in await charge.sent("capture")] == [200]
    assert (await charge.intent())["amount_received"] == cents(20)
    assert await charge.findings() == set()
    assert await stage.value("SELECT count(*) FROM receipt") == 1
    await nothing_is_left(stage)


async def test_mode_10_the_same_id_with_another_cost_is_refused_and_moves_nothing(stage: Stage) -> None:
    """The first content under an id counts; another is answered with a conflict and told to finance."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr()
    await stage.settles()
    answer = await charge.cdr(total_cost={"excl_vat": 12.5, "incl_vat": 14.88})
    await stage.settles()

    assert answer.json()["status_code"] == 2001
    assert "cdr_conflict" in await charge.findings()
    assert await charge.status() == ("settled", "captured")
    assert (await charge.intent())["amount_received"] == cents(20)
    assert len(await charge.sent("capture")) == 1
    await nothing_is_left(stage)


async def test_mode_10_a_second_cdr_for_one_session_waits_for_staff_until_the_first_is_credited(stage: Stage) -> None:
    """Two bills of one session are no bill: no more money moves until a credit takes the first one back."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr(20, cdr_id="CDR1")
    await stage.settles()
    await charge.cdr(18, cdr_id="CDR2")
    await stage.settles()

    assert await charge.status() == ("needs_finance", "captured")
    assert "cdr_unpriceable" in await charge.findings()
    assert (await charge.intent())["amount_received"] == cents(20)
    await agree(stage)

    await charge.credit(20, of="CDR1")
    await stage.settles()
    assert (await charge.status())[0] == "settled"
    assert (await charge.row()).owed_minor == cents(18)
    assert len(await charge.sent("capture")) == 1
    await agree(stage)


async def test_mode_11_a_credit_before_the_capture_is_netted(stage: Stage) -> None:
    """CDR, credit and new CDR arrive before anything was taken: the net is captured, once."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr(20, cdr_id="CDR1")
    await charge.credit(20, of="CDR1")
    await charge.cdr(12, cdr_id="CDR2")
    await stage.settles()

    assert await charge.status() == ("settled", "captured")
    assert [each["params"]["amount_to_capture"] for each in await charge.sent("capture")] == [cents(12)]
    assert (await charge.intent())["amount_received"] == cents(12)
    await nothing_is_left(stage)


async def test_mode_11_a_credit_of_everything_before_the_capture_releases(stage: Stage) -> None:
    """Nothing is left of the bill: the hold is released and nothing is owed."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.cdr(20)
    await charge.credit(20)
    await stage.settles()
    assert await charge.status() == ("settled", "released")
    assert (await charge.intent())["amount_received"] == 0
    await nothing_is_left(stage)


async def test_mode_11_a_credit_of_an_unknown_cdr_moves_nothing(stage: Stage) -> None:
    """A credit that names no bill of ours is told to finance; the hold stays for the bill that will come."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    await charge.credit(20, of="NEVER-SEEN")
    await stage.settles()
    assert await charge.status() == ("needs_finance", "placed")
    assert "cdr_unpriceable" in await charge.findings()
    assert len(await charge.sent("capture")) == 0

    await charge.cdr(20, cdr_id="NEVER-SEEN")
    await stage.settles()
    assert await charge.status() == ("settled", "released")
    await nothing_is_left(stage)


async def test_mode_11_a_credit_of_no_charge_at_all_is_told_to_finance(stage: Stage) -> None:
    """A credit whose token, session and reference are strangers is kept and never billed to a guess."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges()
    stranger = {"cdr_token": (await charge._token())["cdr_token"] | {"uid": "NOBODY"}, "authorization_reference": None}
    await charge.cdr(-20, credit=True, credit_reference_id="X", session_id="SES-X", **stranger)
    await stage.settles()
    assert "cdr_without_charge" in await stage.findings()
    assert await charge.status() == ("ended", "placed")


async def test_mode_12_a_bill_above_the_hold_takes_all_of_it_once_and_the_rest_is_owed(stage: Stage) -> None:
    """140 kWh on a hold of 50 euro: the hold is captured in full, once; the rest is a receivable that shows."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(140, minutes=180)
    await charge.cdr(140)
    await stage.settles()

    rest = cents(140) - HOLD
    assert rest > 0
    assert await charge.status() == ("settled", "captured")
    assert [each["params"]["amount_to_capture"] for each in await charge.sent("capture")] == [HOLD]
    assert await charge.receivable() == rest
    assert "owed_above_hold" in await charge.findings()
    amount = await stage.value("SELECT amount_minor FROM mismatch WHERE reason = 'owed_above_hold'")
    assert amount == rest
    assert (await charge.shown(ada))["final_price"]["amount_minor"] == cents(140)
    await nothing_is_left(stage)


@pytest.mark.parametrize(("kwh", "owed"), [(0, 0), (0.3, 14), (0.9, 42)])
async def test_mode_13_a_bill_that_cannot_be_taken_releases_the_hold(stage: Stage, kwh: float, owed: int) -> None:
    """Nothing, or less than the processor takes: the hold is canceled, never captured, and the receipt says zero."""
    ada = await stage.a_driver()
    charge = await ada.taps()
    await charge.charges(kwh)
    await charge.cdr(kwh)
    await stage.settles()

    assert await charge.status() == ("settled", "released")
    assert cents(kwh) == owed
    assert len(await charge.sent("capture")) == 0
    intent = await charge.intent()
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert ("below_minimum_waived" in await charge.findings()) is (owed > 0)
    receipt = await ada.asks("GET", f"charging-sessions/{charge.id}/receipt")
    assert receipt.status_code == 200
    assert await charge.receivable() == 0
    await nothing_is_left(stage)
