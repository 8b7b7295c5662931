"""Bills that fall after staff, or a rule, gave up a part of them: the proof stays true, and the paper falls too."""

import pytest

from api.domain.money import Money
from api.services.finance.credit_notes import billed_on_paper
from api.services.finance.papers import papers_of_charge
from api.services.finance.proof import Proof, prove
from tests.api.services.charging.given_back import a_credit_cdr, books, credit, paid, pause_ends, write_off
from tests.bench import Bench


async def proved(bench: Bench) -> Proof:
    """Return the proof."""
    async with bench.work() as db:
        (found,) = await prove(db=db)
    return found


@pytest.mark.parametrize("waived", [300, None])
async def test_a_bill_taken_back_after_staff_waived_of_it_is_not_waived_twice(bench: Bench, waived: int | None) -> None:
    """23.80 were paid; staff waives some or all, then the operator takes the bill back: the driver gets it once."""
    charge = await paid(bench, "20.00")
    await credit(bench, charge, waived)
    await bench.drain()

    await a_credit_cdr(bench, charge, 1, "20.00")
    await bench.drain()
    await pause_ends(bench, charge)

    found = await proved(bench)
    assert (found.refunded, found.credited, found.owed) == (2380, 0, 0)
    assert found.accounted_for == found.owed
    assert await books(bench, charge) == {}


async def test_a_bill_taken_back_after_a_write_off_proves_true(bench: Bench) -> None:
    """50.00 of 71.40 were paid and 14.00 given up; then the operator takes the bill back: nothing was lost with it."""
    charge = await paid(bench, "60.00")
    await write_off(bench, charge, 1400)
    await bench.drain()
    assert ((before := await proved(bench)).written_off, before.accounted_for) == (1400, before.owed)

    await a_credit_cdr(bench, charge, 1, "60.00")
    await bench.drain()
    await pause_ends(bench, charge)

    found = await proved(bench)
    assert (found.refunded, found.written_off, found.receivable) == (5000, 0, 0)
    assert found.accounted_for == found.owed == 0


async def test_a_waived_bill_that_is_taken_back_leaves_its_paper_too(bench: Bench) -> None:
    """0.48 are below what can be taken: nothing is due before and after, but the receipt must not go on billing."""
    charge = await paid(bench, "0.40")
    async with bench.work() as db:
        assert billed_on_paper(await papers_of_charge(db=db, charging_session_id=charge.id), "EUR") == Money(48, "EUR")

    await a_credit_cdr(bench, charge, 1, "0.40")
    await bench.drain()

    async with bench.work() as db:
        papers = await papers_of_charge(db=db, charging_session_id=charge.id)
    assert [each.kind for each in papers] == ["receipt", "credit_note"]
    assert billed_on_paper(papers, "EUR") == Money(0, "EUR")
