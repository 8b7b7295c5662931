"""What is remembered of a charge since it was written: it saves a read, and is never written over what changed."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.routes.ocpi import quick
from api.services.charging.quick import observe_everyday_reports
from api.services.charging.quick_memory import Memory
from api.services.charging.quick_statements import READ, WRITE
from api.services.work import Statements
from tests.api.routes.ocpi.conftest import World
from tests.api.routes.ocpi.payloads import session_body
from tests.api.routes.ocpi.test_quick import SESSION, report, start, stored


class _Counting:
    """A connection that notes its statements, and before the next one does what somebody else would."""

    def __init__(self, on: Statements, said: list[str], meanwhile: list[str]) -> None:
        self.on, self.said, self.meanwhile = on, said, meanwhile

    async def one(self, statement: str, *values: object) -> Any:
        raise AssertionError

    async def all(self, statement: str, *values: object) -> Any:
        if self.meanwhile:
            await self.on.one(self.meanwhile.pop())
        self.said.append("read" if statement == READ else "write" if statement == WRITE else "say")
        return await self.on.all(statement, *values)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Return what the short way asked the database, newest last, and what somebody else is to do before that."""
    said: list[str] = []
    meanwhile: list[str] = []

    async def counted(*, on: Statements, **rest: Any) -> list[bool]:
        return await observe_everyday_reports(on=_Counting(on, said, meanwhile), **rest)

    monkeypatch.setattr(quick, "observe_everyday_reports", counted)
    return said, meanwhile


async def test_what_this_process_wrote_last_it_need_not_read(
    world: World, client: httpx.AsyncClient, statements: tuple[list[str], list[str]]
) -> None:
    """Once a charge was found as it had been left, reports of it are one statement each; late ones are looked at."""
    said, _ = statements
    await start(world)
    await client.put(SESSION, json=session_body())
    for minute in range(2, 6):
        await client.patch(SESSION, json=report(minute, minute))
    assert said == ["read", "write"] * 2 + ["write"] * 2
    said.clear()
    assert (await client.patch(SESSION, json=report(4, 4))).json()["status_code"] == 1000
    assert said == ["read", "say"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE charging_session SET version = version + 10",
        "UPDATE partner_session SET updated_at = updated_at",
        "UPDATE charging_timer SET set_at = set_at",
    ],
)
async def test_what_somebody_else_wrote_is_read_again(
    world: World, client: httpx.AsyncClient, statements: tuple[list[str], list[str]], meanwhile: str
) -> None:
    """A charge that another process touched is never written from memory: it is read, and the report is taken."""
    said, others = statements
    await start(world)
    await client.put(SESSION, json=session_body())
    for minute in range(2, 5):
        await client.patch(SESSION, json=report(minute, minute))
    before = (await stored(world, 1))[0][0][6]
    said.clear()
    others.append(meanwhile)
    await client.patch(SESSION, json=report(5, 5))
    assert said == ["write", "read", "write"]
    (after,) = (await stored(world, 1))[0]
    assert (after[3], after[6]) == (Decimal(5), before + (11 if "version" in meanwhile else 1))
    await client.patch(SESSION, json=report(6, 6))
    assert said[3:] == ["read", "write"]


async def test_a_partner_that_may_not_call_any_more_is_not_let_in_from_memory(
    world: World, client: httpx.AsyncClient, statements: tuple[list[str], list[str]]
) -> None:
    """What is remembered of a charge says nothing about its partner: that is checked in the statement that writes."""
    said, others = statements
    await start(world)
    await client.put(SESSION, json=session_body())
    for minute in range(2, 5):
        await client.patch(SESSION, json=report(minute, minute))
    said.clear()
    others.append("UPDATE partner SET status = 'suspended'")
    before = await stored(world, 1)
    assert (await client.patch(SESSION, json=report(5, 5))).status_code == 403
    assert said == ["write", "read"]
    assert await stored(world, 1) == before


def test_memory_is_bounded_and_of_one_partner_and_version() -> None:
    """The charge written longest ago is forgotten; another partner's or version's report finds nothing."""
    memory = Memory(most=2)
    known: Any = SimpleNamespace(partner_id="prt_1", wire="2.2.1")
    for key in ("a", "b", "c"):
        memory.keep(key, known)
    assert memory.take("a", "prt_1", "2.2.1") is None
    assert memory.take("b", "prt_1", "2.2.1") == known
    assert memory.take("b", "prt_1", "2.2.1") is None
    assert memory.take("c", "prt_2", "2.2.1") is None
    memory.keep("c", known)
    assert memory.take("c", "prt_1", "2.3.0") is None
