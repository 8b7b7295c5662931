"""The clocks of cases: each fires once, at its time, whoever looks and whatever dies meanwhile."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from api.domain.support.case import CaseEventKind, CaseStep, Channel
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support import clocks
from api.services.support.advance import Told, locked_case, note_case, step_case
from api.services.support.clocks import run_case_clocks
from api.services.support.figures import promises_kept
from api.services.support.open import Customer, NewCase, open_case
from tests.api.services.support.year_of_cases import MINUTE, Plan, a_year
from tests.bench import Bench
from tests.cases import a_case, staff_does
from tests.fakes import SimulatedCrash

NEXT_DUE = (
    "SELECT min(at) FROM (SELECT level_due_at AS at FROM support_case WHERE state = 'open' AND (level = 1 OR"
    " level_lapsed_at IS NULL) UNION ALL SELECT first_answer_due_at FROM support_case WHERE state = 'open' AND"
    " first_answered_at IS NULL AND answer_late_at IS NULL UNION ALL SELECT solve_due_at FROM support_case"
    " WHERE state = 'open' AND solve_late_at IS NULL UNION ALL SELECT close_due_at FROM support_case WHERE"
    " state = 'resolved') AS moments"
)


async def tick(bench: Bench, **passed: float) -> None:
    """Let time pass, then the job run."""
    bench.clock.advance(timedelta(**passed).total_seconds())
    await run_case_clocks(work=bench.work, now=bench.clock.now())


async def told(bench: Bench, case_id: str) -> list[tuple[str, Any]]:
    """Return what the service wrote into a case: the kind, and the level or the promise."""
    async with bench.work() as db:
        query = select(SupportCaseEvent).where(SupportCaseEvent.case_id == case_id, SupportCaseEvent.by == "service")
        rows = await db.exec(query.order_by(col(SupportCaseEvent.id)))
        return [(each.kind, each.detail.get("level") or each.detail.get("promise")) for each in rows]


@pytest.mark.capability("CN01", "CN07", "CN18")
async def test_a_case_that_nobody_looks_at_moves_up_and_every_promise_is_noted_once(bench: Bench) -> None:
    """Late first answer, the second level, its time lapsed, not solved: each once, at night and on Sundays too."""
    case = await a_case(bench.work, bench.ports)
    for _ in range(5 * 24 * 2):
        await tick(bench, minutes=30)
    assert await told(bench, case.id) == [
        ("late", "first_answer"),
        ("level", 2),
        ("late", "second_level"),
        ("late", "solved"),
    ]


@pytest.mark.capability("CN07", "CN16")
async def test_the_clock_stands_while_the_customer_is_waited_for(bench: Bench) -> None:
    """A week of silence after a question moves nothing; then the rest of the time runs."""
    case = await a_case(bench.work, bench.ports)
    await tick(bench, hours=1)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.ASKED, "Which cable?")
    await tick(bench, days=7)
    async with bench.work() as db:
        row = await locked_case(db=db, case_id=case.id)
        answer = Told(CaseEventKind.FROM_CUSTOMER, "customer", public=True, text="The long one")
        step_case(db, bench.clock.now(), row, CaseStep.REPLY, answer)
    await tick(bench, hours=2, minutes=59)
    assert [kind for kind, _ in await told(bench, case.id)] == ["late"]  # the question came after half an hour
    await tick(bench, minutes=1)
    assert (await told(bench, case.id))[-1] == ("level", 2)


@pytest.mark.capability("CN16")
async def test_seven_days_of_silence_close_a_solved_case(bench: Bench) -> None:
    """Not a minute before, and once."""
    case = await a_case(bench.work, bench.ports)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.RESOLVED, "Restarted.")
    await tick(bench, days=7, minutes=-1)
    assert await told(bench, case.id) == []
    for _ in range(3):
        await tick(bench, minutes=1)
    assert await told(bench, case.id) == [("closed", None)]
    assert await bench.value("SELECT closed_as FROM support_case") == "silence"


@pytest.mark.capability("CN07")
async def test_two_workers_at_once_do_each_thing_once(bench: Bench) -> None:
    """Thirty cases are due, three workers look at the same moment: thirty steps up, none twice."""
    ids = [(await a_case(bench.work, bench.ports)).id for _ in range(30)]
    bench.clock.advance(5 * 3600)
    now = bench.clock.now()
    await asyncio.gather(*(run_case_clocks(work=bench.work, now=now) for _ in range(3)))
    await run_case_clocks(work=bench.work, now=now)
    rows = await bench.rows(
        "SELECT case_id, kind, count(*) FROM support_case_event WHERE kind <> 'opened' GROUP BY 1, 2"
    )
    assert sorted((row[0], row[1], row[2]) for row in rows) == sorted(
        (case_id, kind, 1) for case_id in ids for kind in ("late", "level")
    )


@pytest.mark.capability("CN07")
async def test_a_worker_that_dies_in_the_middle_leaves_whole_cases(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies after writing the third case and before storing it: the next worker does that one, and none again."""
    ids = [(await a_case(bench.work, bench.ports)).id for _ in range(5)]
    bench.clock.advance(5 * 3600)
    real, seen = clocks.fire_clocks, Counter[str]()

    def dying(db: Any, now: datetime, case: SupportCase) -> None:
        real(db, now, case)
        seen["cases"] += 1
        if seen["cases"] == 3:
            raise SimulatedCrash("clocks")

    monkeypatch.setattr(clocks, "fire_clocks", dying)
    with pytest.raises(SimulatedCrash):
        await run_case_clocks(work=bench.work, now=bench.clock.now())
    assert await bench.value("SELECT count(*) FROM support_case WHERE level = 2") == 2
    await run_case_clocks(work=bench.work, now=bench.clock.now())
    for case_id in ids:
        assert Counter(kind for kind, _ in await told(bench, case_id)) == {"late": 1, "level": 1}


async def happened(bench: Bench, case_id: str) -> list[tuple[tuple[str, str], datetime]]:
    """Return what the service wrote into a case, and when."""
    rows = await bench.rows(
        "SELECT kind, coalesce(detail->>'level', detail->>'promise', 'silence'), at FROM support_case_event"
        " WHERE case_id = :case_id AND by = 'service'",
        case_id=case_id,
    )
    return [((kind, what), at) for kind, what, at in rows]


async def carry_out(bench: Bench, plan: Plan, step: str) -> None:
    """Do what the plan says now."""
    now = bench.clock.now()
    if step == "open":
        new = NewCase(
            plan.kind, "other", "drivers", Channel.WEB, Customer(email="a@b.example"), "x", "x", priority=plan.priority
        )
        async with bench.work() as db:
            plan.case_id = (await open_case(db=db, ports=bench.ports, now=now, new=new)).id
        return
    by_us = {"ask": (CaseStep.ASK, CaseEventKind.ASKED), "resolve": (CaseStep.RESOLVE, CaseEventKind.RESOLVED)}
    by_them = {
        "reply": (CaseStep.REPLY, CaseEventKind.FROM_CUSTOMER),
        "reject": (CaseStep.REJECT, CaseEventKind.REOPENED),
    }
    async with bench.work() as db:
        case = await locked_case(db=db, case_id=plan.case_id)
        if step == "answer":
            note_case(db, now, case, Told(CaseEventKind.TO_CUSTOMER, "Kim", public=True))
        else:
            taken, kind = (by_us | by_them)[step]
            step_case(db, now, case, taken, Told(kind, "Kim" if step in by_us else "customer", public=True))


@pytest.mark.capability("CN01", "CN07", "CN16", "CN18")
async def test_a_year_of_cases_ends_as_a_plain_calculation_says(bench: Bench) -> None:
    """Over both nights of clock change, every run beginning with nothing in memory: each thing once, at its time.

    The job runs at every minute at which anything is due; between these nothing can be, which the calculation, that
    goes minute by minute, would show.
    """
    plans = a_year(seed=8, cases=60)
    end = datetime(2027, 3, 1, tzinfo=UTC)
    pending = sorted(
        [(plan.opened, 0, number, "open") for number, plan in enumerate(plans)]
        + [(at, 1, number, step) for number, plan in enumerate(plans) for at, step in plan.steps]
    )
    while True:
        due = await bench.value(NEXT_DUE)
        step_at = pending[0][0] if pending else end
        if min(due or end, step_at) >= end:
            break
        if step_at <= (due or end):
            at, _, number, step = pending.pop(0)
            bench.clock.set(at)
            await carry_out(bench, plans[number], step)
            if pending and pending[0][0] == at:
                continue
        else:
            bench.clock.set(due)
        await run_case_clocks(work=bench.work, now=bench.clock.now())
    for plan in plans:
        found, expected = await happened(bench, plan.case_id), plan.expected(end)
        assert sorted(what for what, _ in found) == sorted(expected), plan
        assert all(abs(at - expected[what]) <= 2 * MINUTE for what, at in found), (
            plan
        )  # some promises end between minutes
    async with bench.work() as db:
        kept = await promises_kept(db=db, since=datetime(2026, 1, 1, tzinfo=UTC), until=end)
        closed = list(await db.exec(select(SupportCase).where(SupportCase.state == "closed")))
    assert sum(each.cases for each in kept) == len(closed) > 10
    assert sum(each.solved_late for each in kept) == sum(each.solve_late_at is not None for each in closed)
