"""Behavior 9: sessions and CDRs that name neither our reference nor each other, or a token that nobody issued.

The token made for one start tells whose they are; where it was replaced, place and time under the driver's contract.
What is nobody's is stored and told to finance: never refused, never billed to a guess.
"""

import pytest

from api.domain.charging.state import ChargingStatus
from tests.interop.stage import AC_TOO, PAID_IN_FULL, Stage


@pytest.mark.parametrize("fault", ["no_session_id", "replaced_reference"])
async def test_the_token_of_the_start_tells_whose_it_is(staged: Stage, fault: str) -> None:
    """Without session id and reference, or with a hub's own, each bill finds its driver: here of two at once."""
    await staged.fault(fault)
    first, second = await staged.taps(), await staged.taps(AC_TOO, driver_id="drv_2")

    await staged.passes(hours=2)

    for charge in (first, second):
        assert await staged.now(charge) == PAID_IN_FULL
    assert {row.charging_session_id for row in await staged.cdrs()} == {first.id, second.id}
    assert await staged.open_findings() == []


async def test_each_start_has_a_token_of_its_own(staged: Stage) -> None:
    """The same driver at the same charger twice: what comes back is different each time, in every version."""
    await staged.taps()
    await staged.passes(hours=2)
    await staged.taps()
    await staged.passes(hours=2)

    names = ("uid", "auth_id") if staged.version == "2.1.1" else ("uid",)
    tokens = [command["token"] for command in staged.commands("START_SESSION")]
    for name in names:
        assert len({token[name] for token in tokens}) == 2
    assert {row.charging_session_id for row in await staged.cdrs()} == {
        row.id for row in await staged.rows("SELECT id FROM charging_session")
    }


async def test_a_session_of_an_unknown_token_is_kept_and_billed_to_nobody(staged: Stage) -> None:
    """It and its CDR are answered 1000 and wait for finance; the driver whose start it was pays nothing for it."""
    await staged.fault("session_unknown_token")
    await staged.fault("replaced_reference")
    charge = await staged.taps()

    await staged.passes(hours=2)

    answers = staged.sent("session") + staged.sent("cdr")
    assert {each["status_code"] for each in answers} == {1000}
    assert [row.charging_session_id for row in await staged.cdrs()] == [None]
    assert await staged.rows("SELECT 1 FROM partner_session WHERE charging_session_id IS NULL") != []
    assert {"session_of_no_charge", "cdr_without_charge"} <= set(await staged.open_findings())
    assert await staged.now(charge) == (ChargingStatus.START_FAILED, "released", 0)
    assert staged.payments.calls_of("capture_hold") == []


async def test_a_stranger_takes_nobodys_money_although_somebody_charges(staged: Stage) -> None:
    """Another car at the next charger under an unknown token: the driver who charges pays for their own only."""
    charge = await staged.taps()
    await staged.fault("session_unknown_token", evse_uid=AC_TOO)
    await staged.fault("replaced_reference", evse_uid=AC_TOO)
    other = await staged.taps(AC_TOO, driver_id="drv_2", energy_kwh=30)

    await staged.passes(hours=2)

    assert await staged.now(charge) == PAID_IN_FULL
    assert (await staged.now(other))[2] == 0
