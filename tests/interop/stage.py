"""An operator that misbehaves, and a whole installation that it is connected to, in one process and on one clock.

The operator is the virtual CPO, the installation our real faces, services and OCPI clients on a fresh database; each
calls the other's application directly, without sockets. Time goes on from event to event, jobs are drained by hand. Of
the outside world only the processor is made up.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from api.db import UnitOfWork
from api.factory import create_app
from api.models.charging import ChargingSession
from api.models.partner import Partner
from api.ports.policy import STANDARD_TIMERS
from api.services.charging.sweep import sweep_cdrs, sweep_operations, sweep_timers
from api.services.charging.sweep_afterwards import sweep_afterwards
from api.services.charging.sweep_alarms import sweep_captures_at_risk
from api.services.deferral import Job, defer_job
from api.services.roaming.register import invite_partner, register_partner
from api.settings import Settings
from clients.ocpi.gateway import OcpiGateway
from clients.ocpi.hub_directory import OcpiHubDirectory
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.transport import Limits, Transport
from clients.ocpi.url_guard import UrlGuard
from sandbox.cpo.app import create_app as create_operator
from sandbox.cpo.feed import own_feed
from sandbox.cpo.hub import hub_feed
from sandbox.cpo.model import LiveSession, Plan
from sandbox.cpo.outbox import to_bytes
from sandbox.cpo.register import register_at
from sandbox.cpo.world import CpoConfig, World
from tests.bench import Bench, a_policy
from tests.charges import a_quote, start
from tests.fakes import FakeCheckpoints, FakeClock, FakePayments, FakeRoaming, fake_ports

Json = dict[str, Any]

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
OURS = "http://chargehand.test"
THEIRS = "https://cpo.test"
AC, AC_TOO = "vcp-evse-0013", "vcp-evse-0014"
"""Two chargers with a start fee of 0.50, 0.39 a kWh, and 3.00 an hour of parking after four hours, before 19 % tax."""
DC = "vcp-evse-0201"
"""A fast charger where parking costs 6.00 an hour from its first minute."""
QUICK = {"energy_kwh": 10, "charging_s": 1800, "parked_s": 600, "cdr_after_s": 60}
"""A car that takes 10 kWh in half an hour, at AC for 5.24 with tax: 4.40 and 19 %."""
PAID = 524
_DUE = (
    "SELECT min(at) FROM (SELECT due_at AS at FROM charging_timer UNION ALL SELECT scheduled_at FROM procrastinate_jobs"
    " WHERE status = 'todo') AS what WHERE at > :now"
)


class InProcess(Transport):
    """Our transport, its connections leading to an application instead of the network."""

    app: Starlette
    requests: list[str]
    """What we asked for, method and address."""

    def _new_client(self) -> httpx.AsyncClient:
        async def note(request: httpx.Request) -> None:
            self.requests.append(f"{request.method} {request.url}")

        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), event_hooks={"request": [note]})


@dataclass
class Stage(Bench):
    """One installation and the operator that is connected to it."""

    app: FastAPI = field(kw_only=True)
    operator: Starlette = field(kw_only=True)
    transport: InProcess = field(kw_only=True)
    version: str = field(kw_only=True)

    @property
    def world(self) -> World:
        """Everything that the operator has in mind."""
        return cast(World, self.operator.state.world)

    @property
    def hub(self) -> bool:
        """Whether the operator is a hub."""
        return self.world.hub is not None

    # --- the connection -----------------------------------------------------------------------------------------------

    async def register(self) -> Partner:
        """Register at the operator, and fetch its prices and places."""
        url, token = f"{THEIRS}/ocpi/versions", self.world.token_a
        partner = await register_partner(
            work=self.work, ports=self.ports, now=self.clock.now(), url=url, token=token, name="Operator"
        )
        await self.settles()
        return partner

    async def invitation(self) -> str:
        """Prepare for the operator and return its one-time token."""
        async with self.work() as db:
            _, token = await invite_partner(db=db, ports=self.ports, now=self.clock.now(), name="Operator")
        return token

    async def invite(self, token: str | None = None) -> None:
        """Let the operator register at us, with a token it has or a new one."""
        token = token or await self.invitation()
        await register_at(self.world, THEIRS, f"{OURS}/ocpi/versions", token, self.version)
        await self.settles()

    async def partner(self) -> Partner:
        """Return the connection as stored now."""
        async with self.work() as db:
            return await db.get_one(Partner, await self.value("SELECT id FROM partner"))

    async def pulls(self, *jobs: Job) -> None:
        """Pull, as happens regularly; whatever else is due happens too."""
        for job in jobs:
            async with self.work() as db:
                await defer_job(db, job, partner_id=(await self.partner()).id)
            await self.settles()

    # --- the operator -------------------------------------------------------------------------------------------------

    async def hand(self, path: str, body: Json | None = None, method: str = "POST") -> Any:
        """Use the hand behind the operator's curtain."""
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.operator), base_url=THEIRS) as client:
            answer = await client.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fault(self, name: str, **more: Any) -> None:
        """Switch a named fault on."""
        await self.hand("faults", {"name": name} | more)

    async def says(
        self, method: str, path: str, body: Any = None, *, sender: tuple[str, str] | None = None
    ) -> httpx.Response:
        """Let the operator send something of its own to one of our modules, or to an address that we gave."""
        [peer] = {id(each): each for each in self.world.peers.values()}.values()
        module, _, rest = path.partition("/")
        place = peer.endpoint(module) or peer.endpoint(module, "SENDER")
        url = path if path.startswith("http") else f"{place}/{rest}".rstrip("/")
        headers = self.world.outbox.headers(peer, sender)
        content = None if body is None else to_bytes(body)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            return await client.request(method, url, content=content, headers=headers)

    def live(self) -> LiveSession:
        """Return the newest session at the operator."""
        return list(self.world.sessions.values())[-1]

    async def unplug(self) -> None:
        """Let somebody pull the cable of the newest session."""
        await self.hand(f"sessions/{self.live().id}/unplug")
        await self.settles()

    def sent(self, label: str, method: str | None = None) -> list[Json]:
        """Return what the operator sent, with how we answered."""
        return [each for each in self.world.outbox.sent if each["label"] == label and method in (None, each["method"])]

    def commands(self, name: str) -> list[Json]:
        """Return the commands that reached the operator."""
        return [each["body"] for each in self.world.commands if each["command"] == name]

    # --- the driver ---------------------------------------------------------------------------------------------------

    async def taps(self, evse_uid: str = AC, driver_id: str = "drv_1", **plan: Any) -> ChargingSession:
        """Let a driver start at a charger, the car doing as planned; what follows at once has followed."""
        self.world.plans.add(evse_uid, Plan.from_json(QUICK | plan))
        charge = await start(self, await a_quote(self, driver_id=driver_id, connector=await self.connector(evse_uid)))
        await self.settles()
        return charge

    async def connector(self, evse_uid: str) -> str:
        """Return the public id of a charger's connector."""
        query = "SELECT c.public_id FROM connector c JOIN evse e ON e.key = c.evse_key WHERE e.uid = :uid"
        return str(await self.value(query, uid=evse_uid))

    # --- time ---------------------------------------------------------------------------------------------------------

    async def settles(self) -> None:
        """Let everything happen that is due on either side."""
        while True:
            self.world.schedule.fire(self.world.now())
            await self.world.outbox.drained()
            if not await self.drain() and not self.world.busy():
                return

    async def passes(self, **time: float) -> None:
        """Let time pass from event to event, with a round of the sweeper at each."""
        end = self.clock.now() + timedelta(**time)
        while (following := await self._next_event()) is not None and following < end:
            self.clock.set(following)
            await self._happens()
        self.clock.set(end)
        await self._happens()

    async def _happens(self) -> None:
        """Let everything happen that this moment brings."""
        await self.settles()
        for sweep in (sweep_timers, sweep_operations, sweep_captures_at_risk, sweep_cdrs, sweep_afterwards):
            await sweep(work=self.work, ports=self.ports)
        await self.settles()

    async def _next_event(self) -> datetime | None:
        """Return when the next thing happens on either side."""
        now, due = self.clock.now(), self.world.schedule.next_due()
        theirs = None if due is None else datetime.fromtimestamp(due, now.tzinfo)
        ours = await self.value(_DUE, now=now)
        return min((each for each in (theirs, ours) if each is not None and each > now), default=None)

    # --- what is stored -----------------------------------------------------------------------------------------------

    async def now(self, charge: ChargingSession) -> tuple[str, str, int]:
        """Return a charge's status, that of its hold, and what was captured."""
        stored = await self.charge(charge)
        return stored.status, stored.hold_status, stored.captured_minor or 0

    async def open_findings(self) -> list[str]:
        """Return the reasons of the findings that nobody has closed."""
        rows = await self.rows("SELECT reason FROM mismatch WHERE resolved_at IS NULL ORDER BY reason")
        return [row.reason for row in rows]

    async def session(self, charge: ChargingSession) -> Any:
        """Return the one session of a charge as stored now."""
        query = "SELECT * FROM partner_session WHERE charging_session_id = :id"
        [row] = await self.rows(query, id=charge.id)
        return row

    async def cdrs(self) -> list[Any]:
        """Return the stored CDRs in order of arrival."""
        return await self.rows("SELECT * FROM cdr ORDER BY received_at, public_id")


PAID_IN_FULL = ("settled", "captured", PAID)


async def a_stage(engine: AsyncEngine, version: str = "2.2.1", *, hub: bool = False) -> AsyncIterator[Stage]:
    """Yield an installation and an operator of ``version``, who do not know each other yet."""
    clock, roaming, checkpoints = FakeClock(), FakeRoaming(), FakeCheckpoints()
    operator = _an_operator(clock, version, hub=hub)
    transport = InProcess(new_id=_counted(), guard=UrlGuard(), limits=Limits(retry_pauses_seconds=(0.001,)))
    transport.app, transport.requests = operator, []
    rules = a_policy()
    rules.timers.update(STANDARD_TIMERS)
    payments, work = FakePayments(clock), UnitOfWork(engine)
    ports = fake_ports(
        clock=clock,
        payments=payments,
        roaming=OcpiGateway(transport),
        places=OcpiPlaces(transport),
        hub_directory=OcpiHubDirectory(transport),
        checkpoints=checkpoints,
        policy=rules,
    )
    app = create_app(Settings(public_url=OURS), ports, engine)
    # What the operator sends goes straight into our application.
    operator.state.world.outbox._client = httpx.AsyncClient(transport=httpx.ASGITransport(app))
    known = (work, ports, clock, payments, roaming, checkpoints)
    yield Stage(*known, app=app, operator=operator, transport=transport, version=version)
    await transport.aclose()
    await operator.state.world.outbox.close()


def _an_operator(clock: FakeClock, version: str, *, hub: bool) -> Starlette:
    """Return a virtual operator, or a hub of some, that lives by our clock and gives up soon."""
    return create_operator(
        CpoConfig(
            clock=lambda: clock.now().timestamp(),
            public_url=THEIRS,
            feed=hub_feed() if hub else own_feed(),
            versions=(version,),
            hub=hub,
            patience=(0.001, 0.001),
            page_limit=2,
        )
    )


def _counted() -> Callable[[], str]:
    """Return what counts requests."""
    count = iter(range(1, 1_000_000))
    return lambda: f"request-{next(count)}"
