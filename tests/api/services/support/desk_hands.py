"""People of the three lines, cases to work on, and a short way to take a step with one."""

from collections.abc import Awaitable, Callable
from typing import Any

from api.domain.finance.finding import Actor
from api.domain.support.case import CaseKind, Channel
from api.models.support import SupportCase, SupportCaseEvent
from api.services.support.desk_levels import escalate
from api.services.support.desk_steps import log_attempt
from api.services.support.desk_work import history_of_case
from api.services.support.open import About, Customer, NewCase, open_case
from tests.bench import Bench

ONE = Actor("Lena First", frozenset({"support_1"}), "req_1")
TWO = Actor("Sami Second", frozenset({"support_2"}), "req_2")
THREE = Actor("Tova Third", frozenset({"support_3"}), "req_3")
AUDITOR = Actor("Audra", frozenset({"auditor"}), "req_4")


async def a_case(
    bench: Bench, *, channel: Channel = Channel.WEB, about: About | None = None, **fields: Any
) -> SupportCase:
    """Open a case of somebody without an account."""
    values: dict[str, Any] = {
        "kind": CaseKind.DRIVER,
        "topic": "charging_session",
        "queue": "drivers",
        "customer": Customer(name="Ada Berg", email="ada@example.com"),
        "title": "It does not start",
        "description": "I tried twice.",
    }
    async with bench.work() as db:
        new = NewCase(channel=channel, about=about or About(), **(values | fields))
        return await open_case(db=db, ports=bench.ports, now=bench.clock.now(), new=new)


async def stored(bench: Bench, case_id: str) -> SupportCase:
    """Return a case as it is stored now."""
    async with bench.work() as db:
        return await db.get_one(SupportCase, case_id)


async def does(bench: Bench, step: Callable[..., Awaitable[Any]], case_id: str, by: Actor, **facts: Any) -> Any:
    """Take a step with a case as its page shows it now."""
    version = (await stored(bench, case_id)).version
    async with bench.work() as db:
        return await step(db=db, now=bench.clock.now(), case_id=case_id, version=version, by=by, **facts)


async def at_level(bench: Bench, level: int, **fields: Any) -> SupportCase:
    """Return a case that came to a level by hand."""
    case = await a_case(bench, **fields)
    if level > 1:
        await does(bench, log_attempt, case.id, ONE, text="it stayed dark", remote="restarted_charger")
        await does(bench, escalate, case.id, ONE)
    if level > 2:
        await does(bench, escalate, case.id, TWO, proposal="swap the lock", reason="it does not open")
    return await stored(bench, case.id)


async def kinds(bench: Bench, case_id: str, *, public: bool | None = None) -> list[str]:
    """Return the kinds of what happened to a case, oldest first."""
    return [each.kind for each in await events(bench, case_id) if public is None or each.public is public]


async def events(bench: Bench, case_id: str) -> list[SupportCaseEvent]:
    """Return the history of a case."""
    async with bench.work() as db:
        return await history_of_case(db=db, case_id=case_id)
