"""Corrections: a journal is undone by another one, once, by somebody who says why."""

import asyncio

import pytest

from api.domain.charging.state import ChargingStatus
from api.models.finance import Journal
from api.services.finance.ledger_queries import NothingBooked, journal_with_sides, journals_of_charge
from api.services.finance.ledger_reverse import AlreadyReversed, ReasonMissing, UnknownJournal, reverse_journal
from api.services.finance.verify import verify_ledger
from tests.bench import Bench
from tests.charges import a_charge


async def reverse(bench: Bench, journal_id: str, *, reason: str = "booked for the wrong driver") -> Journal:
    """Undo a journal in a transaction of its own."""
    async with bench.work() as db:
        return await reverse_journal(
            db=db, ports=bench.ports, now=bench.clock.now(), journal_id=journal_id, reason=reason, by="robin"
        )


async def a_capture(bench: Bench) -> str:
    """Return the journal of a captured hold."""
    await a_charge(bench, ChargingStatus.SETTLED)
    await bench.drain()
    return str(await bench.value("SELECT id FROM journal WHERE kind = 'hold_captured'"))


async def test_a_reversal_undoes_and_links_both(bench: Bench) -> None:
    """Every account is where it was, the wrong journal stays as it is, and each leads to the other."""
    wrong = await a_capture(bench)
    bench.clock.advance(40 * 24 * 3600)

    made = await reverse(bench, wrong)

    assert (made.reverses_id, made.reason, made.created_by) == (wrong, "booked for the wrong driver", "robin")
    assert made.period == "2026-04", "a closed month is left alone: the correction is of today"
    async with bench.work() as db:
        before = await journal_with_sides(db=db, journal_id=wrong)
        after = await journal_with_sides(db=db, journal_id=made.id)
        assert made.id in {
            each.journal.id
            for each in await journals_of_charge(db=db, charging_session_id=str(made.charging_session_id))
        }
    assert before.reversed_by == made.id
    assert {(each.account, each.amount_minor) for each in after.sides} == {
        (each.account, -each.amount_minor) for each in before.sides
    }


async def test_a_journal_is_reversed_once(bench: Bench) -> None:
    """Also when several people notice the same mistake at once; a reversal itself is final."""
    wrong = await a_capture(bench)

    outcomes = await asyncio.gather(*(reverse(bench, wrong) for _ in range(5)), return_exceptions=True)

    made = [each for each in outcomes if isinstance(each, Journal)]
    assert len(made) == 1
    assert all(isinstance(each, AlreadyReversed) for each in outcomes if each is not made[0])
    with pytest.raises(AlreadyReversed, match=made[0].id):
        await reverse(bench, wrong)
    with pytest.raises(AlreadyReversed, match="journal_is_a_reversal"):
        await reverse(bench, made[0].id)


async def test_a_correction_says_why(bench: Bench) -> None:
    """No reason, no journal, and nothing that does not exist can be undone or shown."""
    wrong = await a_capture(bench)

    with pytest.raises(ReasonMissing):
        await reverse(bench, wrong, reason=" ")
    with pytest.raises(UnknownJournal):
        await reverse(bench, "jrn_none")
    async with bench.work() as db:
        with pytest.raises(NothingBooked):
            await journal_with_sides(db=db, journal_id="jrn_none")
        with pytest.raises(NothingBooked):
            await journals_of_charge(db=db, charging_session_id="chs_none")


async def test_the_verification_sees_what_a_reversal_took_out(bench: Bench) -> None:
    """A capture that happened and is booked no more differs from its event; the reversal itself is in order."""
    await reverse(bench, await a_capture(bench))

    async with bench.work() as db:
        found = {each.name: each for each in await verify_ledger(db=db)}

    assert {name for name, each in found.items() if each.differing} == {
        "hold_journals",
        "charges_booked",
        "income_is_the_bill",
    }
    assert found["reversals_undo"].checked == 1


async def test_a_reversal_that_undoes_less_is_found(bench: Bench) -> None:
    """The opposite of a journal is exact, or it is no correction."""
    await reverse(bench, await a_capture(bench))
    async with bench.work() as db:
        connection = await db.connection()
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql(
            "UPDATE ledger_entry SET amount_minor = amount_minor - sign(amount_minor) WHERE journal_id ="
            " (SELECT id FROM journal WHERE reverses_id IS NOT NULL)"
        )

    async with bench.work() as db:
        found = {each.name: each for each in await verify_ledger(db=db)}

    assert found["reversals_undo"].differing == 3
