"""A case opens once for the same thing, keeps its clocks, and never loses its history."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from api.domain.support.case import CaseEventKind, CaseKind, CaseStep, Channel
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support.advance import Told, locked_case, step_case
from api.services.support.open import Customer, NewCase, open_case
from tests.bench import Bench

NEW = NewCase(
    kind=CaseKind.DRIVER,
    topic="charging_session",
    queue="drivers",
    channel=Channel.WEB,
    customer=Customer(name="Ada Berg", email="Ada@Example.com"),
    title="It does not start",
    description="I tried twice.",
)


async def opened(bench: Bench, new: NewCase = NEW) -> SupportCase:
    """Open a case."""
    async with bench.work() as db:
        return await open_case(db=db, ports=bench.ports, now=bench.clock.now(), new=new)


async def take(bench: Bench, case_id: str, step: CaseStep, kind: CaseEventKind) -> SupportCase:
    """Take one step with a case."""
    async with bench.work() as db:
        case = await locked_case(db=db, case_id=case_id)
        step_case(db, bench.clock.now(), case, step, Told(kind, by="Support", public=True))
        return case


@pytest.mark.capability("CN04")
@pytest.mark.capability("CN13")
async def test_a_case_begins_with_all_it_must_hold(bench: Bench) -> None:
    """Customer, description, priority and level are there, the promise is frozen, and so is what was said first."""
    case = await opened(bench)
    assert (case.customer_email, case.priority, case.sla_level) == ("ada@example.com", "normal", "standard")
    assert case.number.startswith("C")
    assert case.level_due_at == case.opened_at + timedelta(seconds=case.promise["first_level_seconds"])
    assert case.expected_at == case.solve_due_at


async def test_the_same_thing_opens_one_case(bench: Bench) -> None:
    """Told twice under one key there is one case with one beginning; without a key each is its own."""
    keyed = replace(NEW, once_key="mail:<1@example.com>")
    first, again = await opened(bench, keyed), await opened(bench, keyed)
    assert first.id == again.id
    async with bench.work() as db:
        query = select(SupportCaseEvent).where(col(SupportCaseEvent.case_id) == first.id)
        assert len(list(await db.exec(query))) == 1
    assert (await opened(bench)).number != (await opened(bench)).number


@pytest.mark.capability("CN16")
async def test_not_solved_opens_it_with_the_clock_running(bench: Bench) -> None:
    """While the customer is waited for the clock stands; while they judge a solution it runs."""
    case = await opened(bench)
    due = case.solve_due_at
    await take(bench, case.id, CaseStep.ASK, CaseEventKind.ASKED)
    bench.clock.advance(3600)
    case = await take(bench, case.id, CaseStep.REPLY, CaseEventKind.FROM_CUSTOMER)
    assert case.solve_due_at == due + timedelta(hours=1)
    case = await take(bench, case.id, CaseStep.RESOLVE, CaseEventKind.RESOLVED)
    assert case.close_due_at == bench.clock.now() + timedelta(days=7)
    bench.clock.advance(7200)
    case = await take(bench, case.id, CaseStep.REJECT, CaseEventKind.REOPENED)
    assert (case.state, case.reopened, case.solve_due_at) == ("open", 1, due + timedelta(hours=1))
    assert case.resolved_at is None


async def test_what_happened_to_a_case_is_kept(bench: Bench) -> None:
    """Neither what is in the history nor when, nor whether customers see it, can be changed in the database."""
    case = await opened(bench)
    for statement in ("UPDATE support_case_event SET public = true", "DELETE FROM support_case_event"):
        with pytest.raises(DBAPIError):
            async with bench.work() as db:
                await db.exec(text(statement))  # type: ignore[call-overload]  # plain SQL
    assert case.first_answered_at is None
    answered = await take(bench, case.id, CaseStep.NOTE, CaseEventKind.TO_CUSTOMER)
    assert answered.first_answered_at == bench.clock.now()
