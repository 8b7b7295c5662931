"""A stand-in, two installations that use the same account there, and the copy that one of them keeps."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import stripe
from sqlalchemy import text

from api.db import UnitOfWork
from api.ports import Ports
from api.services.reconciliation.mirror import MirrorCopy, copy_processor
from tests.clients.stripe.harness import StandIn, a_request, serve_stand_in
from tests.clients.stripe.money_harness import StripeMoneyHarness, stripe_money_harness
from tests.fakes import fake_policy, fake_ports

OURS = "test"


@dataclass
class Account:
    """Our hands on the account at the processor, and on the copy."""

    work: UnitOfWork
    money: StripeMoneyHarness
    ports: Ports
    waited: list[float] = field(default_factory=list)

    async def copy(self, *, ports: Ports | None = None, **options: Any) -> MirrorCopy:
        """Bring the copy up to date, two objects a page, without waiting."""

        async def pause(seconds: float) -> None:
            self.waited.append(seconds)

        options = {"page_size": 2, "pause": pause, **options}
        return await copy_processor(work=self.work, ports=ports or self.ports, **options)

    async def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        async with self.work() as db:
            return [tuple(row) for row in await (await db.connection()).execute(text(query), values)]

    async def content(self) -> list[list[tuple[Any, ...]]]:
        """Return what the three tables hold, but for when it was seen."""
        found = []
        for table in ("processor_payment", "processor_refund", "processor_entry"):
            rows = await self.rows(f"SELECT to_jsonb(t) - 'seen_at' FROM {table} t ORDER BY id")  # noqa: S608 - constants
            found.append(rows)
        return found

    async def listed(self, what: str) -> list[str]:
        """Return the ids of everything of one kind at the processor, asked with the SDK alone."""
        page = await getattr(self.money.connection.v1, what).list_async({"limit": 100})
        return sorted(one.id for one in page.data)

    async def ids(self, table: str) -> list[str]:
        """Return the ids in a table of the copy."""
        return sorted(row[0] for row in await self.rows(f"SELECT id FROM {table}"))  # noqa: S608 - constants

    def asked(self) -> list[tuple[str, dict[str, Any]]]:
        """Return path and parameters of every read that reached the processor."""
        return [(one["path"], one["params"]) for one in self.money.wire.requests() if one["method"] == "GET"]


async def a_hold_of(money: StripeMoneyHarness, number: int, *, card: str = "pm_card_visa") -> str:
    """Place a hold of EUR 40.00 and return the intent's id."""
    request = await a_request(money.payments, card=card, hold_id=f"hld_{number}")
    hold = await money.payments.place_hold(request, idempotency_key=f"place-{number}")
    return hold.payment_intent_id


@pytest.fixture(scope="session")
def _served() -> Iterator[StandIn]:
    with serve_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(_served: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Return an empty stand-in; the SDK's own repetitions do not wait."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)
    _served.reset()
    return _served


@pytest.fixture
async def account(stand_in: StandIn, work: UnitOfWork) -> AsyncIterator[Account]:
    """Yield our installation at the account."""
    async with stripe_money_harness(stand_in, environment=OURS) as money:
        policy = replace(fake_policy(), environment=OURS)
        yield Account(work, money, fake_ports(clock=money.clock, mirror=money.mirror, policy=policy))


@pytest.fixture
async def neighbor(stand_in: StandIn) -> AsyncIterator[StripeMoneyHarness]:
    """Yield another installation at the same account."""
    async with stripe_money_harness(stand_in, environment="elsewhere") as money:
        yield money
