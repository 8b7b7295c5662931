"""Things that happen to a charge from outside, for the tests of the app API."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from sqlalchemy import event

from api.domain.charging.facts import Fact, HoldPlaced, SessionSeen, StartAccepted
from api.domain.money import Money
from api.services.charging.advance import announce, apply_facts, lock_charge
from tests.api.routes.app.conftest import App

POST = "DE*ABC*E71*001"
SESSIONS = "/v1/charging-sessions"


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """Collect every statement that reaches the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(app.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(app.engine.sync_engine, "before_cursor_execute", note)


async def change(app: App, charging_session_id: str) -> None:
    """Change a charge as a partner's news would."""
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        await announce(db=db, charge=charge, now=app.clock.now())


async def charging(app: App, charging_session_id: str) -> None:
    """Bring a charge to the point where energy flows."""
    async with app.work() as db:
        charge = await lock_charge(db=db, charging_session_id=charging_session_id)
        hold = HoldPlaced(Money(charge.hold_minor, charge.currency), None)
        facts: list[Fact] = [hold, StartAccepted(), SessionSeen(Decimal("1.5"), metered=True)]
        await apply_facts(db=db, ports=app.ports, now=app.clock.now(), charge=charge, facts=facts)


async def heard(app: App, key: str) -> None:
    """Wait until the process has the news of a change, as a poll a moment later would."""
    for _ in range(200):
        if app.app.state.changes.recall(key) is None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the news never came")
