"""Figures about cases: by channel, by promise, and what customers think."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.support.case import CaseEventKind, Channel
from api.services.support.customer import answer_survey, take_customers_step
from api.services.support.figures import answer_times, promises_kept, satisfaction
from tests.bench import Bench
from tests.cases import a_case, staff_does


@pytest.mark.capability("CN18", "CN20", "CN21")
async def test_figures_add_up_to_the_cases(bench: Bench) -> None:
    """First answers after 1 and 2 minutes by web, none by phone; one promise broken; two customers answered."""
    began = bench.clock.now()
    first, second = [await a_case(bench.work, bench.ports) for _ in range(2)]
    await a_case(bench.work, bench.ports, channel=Channel.PHONE)
    for case in (first, second):
        bench.clock.advance(60)
        await staff_does(bench.work, bench.ports, case.id, CaseEventKind.TO_CUSTOMER, "Hello")
    for case, late, score in ((first, 60, 5), (second, 73 * 3600, 2)):
        bench.clock.advance(late)
        await staff_does(bench.work, bench.ports, case.id, CaseEventKind.RESOLVED, "Done")
        now = bench.clock.now()
        async with bench.work() as db:
            await take_customers_step(db=db, now=now, case_id=case.id, step="confirm")
            await answer_survey(db=db, now=now, case_id=case.id, score=score)
    end = bench.clock.now() + timedelta(seconds=1)
    async with bench.work() as db:
        times = await answer_times(db=db, since=began, until=end)
        kept = await promises_kept(db=db, since=began, until=end)
        think = await satisfaction(db=db, since=began, until=end)
    assert [(each.channel, each.cases, each.answered, each.average) for each in times] == [
        ("phone", 1, 0, None),
        ("web", 2, 2, timedelta(seconds=90)),
    ]
    assert [(each.cases, each.answer_late, each.solved_late, each.met) for each in kept] == [(2, 0, 1, 1)]
    assert (think.answers, think.average, think.satisfied) == (2, Decimal("3.50"), 1)
