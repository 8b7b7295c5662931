"""A small storm, always the same, from stays of our own making; and one of real stays where they are at hand."""

import pytest

from api.db import UnitOfWork
from api.domain.money import Money
from api.services.finance.proof import prove
from tests.bench import a_bench
from tests.complaint_storm.stays import made_up, real_ones
from tests.complaint_storm.storm import plan, storm
from tests.complaint_storm.truth import Plot

CLEAR = frozenset(
    {
        Plot.NO_ENERGY,
        Plot.BILLED_TWICE_AT_ONCE,
        Plot.TWO_CHARGES_FOR_ONE,
        Plot.HOLD_SEEN,
        Plot.METER_CAME_LATE,
    }
)
"""Faults that need no person."""


@pytest.mark.capability("CK23")
async def test_no_rule_decides_wrongly(work: UnitOfWork) -> None:
    """Every plot once: the clear ones are solved alone, none of them wrongly, and the books add up to what was owed."""
    bench = a_bench(work)
    outcome = await storm(bench, plan(7, made_up(7, len(Plot))))
    assert outcome.wrong == [], outcome.told()
    assert {plot for plot in CLEAR if not outcome.alone[plot]} == set(), outcome.told()
    async with bench.work() as db:
        (proof,) = await prove(db=db)
    assert Money(proof.accounted_for, "EUR") == Money(proof.owed, "EUR")


async def test_real_stays_find_no_wrong_decision(work: UnitOfWork) -> None:
    """The same with stays that really were, where they are at hand."""
    stays = real_ones(11, len(Plot))
    if not stays:
        pytest.skip("no collection of real stays here")
    outcome = await storm(a_bench(work), plan(11, stays))
    assert outcome.wrong == [], outcome.told()
