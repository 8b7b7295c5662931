"""What all examples share: one database, one stand-in on loopback, one SDK client, one event loop.

Emptied between examples: deleting rows takes milliseconds, a database of its own for each would take half a second.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import httpx
import stripe
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork, make_engine
from api.factory import create_app
from api.ports import Ports
from api.ports.policy import STANDARD_TIMERS
from api.settings import Settings
from clients.stripe.connection import StripeConfig, StripeConnection
from clients.stripe.payins import StripePayins
from clients.stripe.payments import StripePayments
from clients.stripe.refunds import StripeRefunds
from clients.stripe.settlement import StripeSettlement
from sandbox.stripe.config import StandInConfig
from sandbox.stripe.server import create_app as create_stand_in
from tests.bench import a_policy
from tests.fakes import START, FakeClock, SimulatedCrash, fake_ports
from tests.serving import serve
from tests.soak.gate import OUR_OWN, Gate
from tests.soak.partner import Operator

API_KEY = "sk_test_soak"
WEBHOOK_SECRET = "whsec_soak"
_PAUSES = ("INITIAL_DELAY", "MAX_DELAY")
_NEVER = 3600.0
"""Real seconds: the stand-in's own rounds never come, so that an example repeats itself."""

T = TypeVar("T")

_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version')
"""


class Crashes:
    """Checkpoints at which a process of ours dies when it was told to."""

    def __init__(self) -> None:
        """Die nowhere."""
        self.at: str | None = None
        self.died = 0

    def reach(self, point: str) -> None:
        """Die here, once, if so told."""
        if point == self.at:
            self.at = None
            self.died += 1
            raise SimulatedCrash(point)


class Theatre:
    """Runs everything on one event loop; ``play`` is how the synchronous rules do anything."""

    def __init__(self, url: str, gate: Gate, stand_in: str, clock: FakeClock) -> None:
        """Build the ports and the faces over a served stand-in and a migrated database."""
        self.loop = asyncio.new_event_loop()
        self.gate, self.clock = gate, clock
        self.operator, self.crashes = Operator(), Crashes()
        headers = {OUR_OWN.decode(): "1", "Authorization": f"Bearer {API_KEY}"}
        self.control = httpx.Client(base_url=stand_in, trust_env=False, headers=headers, timeout=20)
        self.engine: AsyncEngine = make_engine(url, pool_size=5)
        self.work = UnitOfWork(self.engine)
        config = StripeConfig(api_key=API_KEY, webhook_secrets=(WEBHOOK_SECRET,), environment="test", api_base=stand_in)
        self.stripe = StripeConnection(config)
        self.payments = StripePayments(self.stripe)
        policy = replace(a_policy(), timers=dict(STANDARD_TIMERS))
        self.ports: Ports = fake_ports(
            clock=clock, payments=self.payments, refunds=StripeRefunds(self.stripe), payins=StripePayins(self.stripe),
            settlement=StripeSettlement(self.stripe), roaming=self.operator, checkpoints=self.crashes, policy=policy,
        )  # fmt: skip
        app = create_app(Settings(_env_file=None), self.ports, self.engine)  # type: ignore[call-arg]  # pydantic's own
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        self.faces = httpx.AsyncClient(transport=transport, base_url="http://chargehand.test")
        self.filled = self.play(self._filled())

    def play(self, part: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return self.loop.run_until_complete(part)

    async def _filled(self) -> frozenset[str]:
        """Return the tables that a fresh database comes with rows in."""
        async with self.engine.connect() as connection:
            names = [row[0] for row in await connection.execute(text(_TABLES))]
            counts = " UNION ALL ".join(f"SELECT '{name}', EXISTS (SELECT 1 FROM {name})" for name in names)  # noqa: S608 - of the catalog
            return frozenset(row[0] for row in await connection.execute(text(counts)) if row[1])

    def reset(self) -> None:
        """Empty the database, the stand-in, the partner and the wire, and set the clock back."""
        self.gate.open_again()
        self.operator.forget()
        self.crashes.at = None
        self.clock.set(START)
        assert self.control.post("/_sandbox/reset").status_code == 200
        self.play(self._empty())

    async def _empty(self) -> None:
        async with self.engine.begin() as connection:
            names = [row[0] for row in await connection.execute(text(_TABLES)) if row[0] not in self.filled]
            await connection.execute(text("SET LOCAL session_replication_role = replica"))  # no trigger, no order
            for name in names:
                await connection.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - names from the catalog

    def close(self) -> None:
        """Let go of everything."""

        async def end() -> None:
            await self.faces.aclose()
            await self.stripe.aclose()
            await self.engine.dispose()

        self.play(end())
        self.control.close()
        self.loop.close()

    # --- the stand-in, looked at and steered ------------------------------------------------------------------------

    def let_arrive(self) -> None:
        """Let requests that hung in the network arrive at the stand-in, in the thread that serves it."""
        assert self.control.post("/_soak/arrive").status_code == 200

    def steer(self, where: str, /, **told: Any) -> Any:
        """Turn the stand-in's steering wheel."""
        answer = self.control.post(f"/_sandbox/{where}", json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wish(self, where: str, /, **told: Any) -> Any:
        """Turn the wheel where the stand-in may refuse, as the real dashboard would; None: it did."""
        answer = self.control.post(f"/_sandbox/{where}", json=told)
        assert answer.status_code in (200, 400), answer.text
        return answer.json() if answer.status_code == 200 else None

    def look(self, path: str) -> Any:
        """Look behind the stand-in's curtain."""
        answer = self.control.get(f"/_sandbox/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return all objects of a kind over the API, newest first."""
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            answer = self.control.get(f"/v1/{kind}", params={"limit": "100"} | more)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["data"]
            if not page["has_more"]:
                return found
            more = {"starting_after": found[-1]["id"]}


@contextlib.contextmanager
def theatre(database_url: str) -> Iterator[Theatre]:
    """Yield a theatre on a migrated, empty database; the SDK's pauses are cut short meanwhile."""
    clock = FakeClock()
    config = StandInConfig(
        api_key=API_KEY,
        clock=lambda: clock.now().timestamp(),
        webhook_secret=WEBHOOK_SECRET,
        sweep_interval_real_seconds=_NEVER,
    )
    gate = Gate(create_stand_in(config))
    pauses = {name: getattr(stripe.HTTPClient, name) for name in _PAUSES}
    for name in _PAUSES:
        setattr(stripe.HTTPClient, name, 0.001)
    try:
        with serve(gate) as url:
            house = Theatre(database_url, gate, url, clock)
            try:
                yield house
            finally:
                house.close()
    finally:
        for name, pause in pauses.items():
            setattr(stripe.HTTPClient, name, pause)
