"""What every play in the sandbox needs: a registered partner, signed-in drivers, and a look at the proof.

Uses the service's own use cases for what an operator of Chargehand does by command line, and HTTP for all else.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork, make_engine
from api.ports import Ports
from api.services.drivers.ev_data import CatalogueCar
from api.services.drivers.signup import add_driver
from api.services.drivers.vehicles import import_vehicle_models
from api.services.finance.proof import Proof, prove
from api.services.roaming.register import register_partner
from api.services.staff.members import add_member
from api.wiring import build_ports
from sandbox.phone import Phone
from sandbox.quiet import Quiet
from sandbox.stack import Stack, StackFailed

PASSWORD = "correct horse battery staple"


@dataclass
class Scene:
    """A stack with an operator's hands on it."""

    stack: Stack
    ports: Ports
    engine: AsyncEngine
    work: UnitOfWork
    connection: asyncpg.Connection
    client: httpx.AsyncClient
    quiet: Quiet
    phones: list[Phone] = field(default_factory=list)
    background: list[tuple[uvicorn.Server, asyncio.Task[None]]] = field(default_factory=list)
    """Servers that run in this very process, with their tasks."""

    @classmethod
    async def open(cls, stack: Stack) -> "Scene":
        """Connect to a running stack."""
        engine = make_engine(stack.database, pool_size=5)
        connection = await stack.connect()
        limits = httpx.Limits(max_connections=60, max_keepalive_connections=60)
        client = httpx.AsyncClient(timeout=30, limits=limits)
        quiet = Quiet(stack, connection, client)
        return cls(stack, build_ports(stack.settings), engine, UnitOfWork(engine), connection, client, quiet)

    async def close(self) -> None:
        """Let go of every connection and task."""
        for server, task in self.background:
            server.should_exit = True
            await task
        await self.client.aclose()
        for live in (self.ports.payments, self.ports.roaming):
            await live.aclose()  # type: ignore[union-attr]  # the live ports, as built above
        await self.connection.close()
        await self.engine.dispose()

    async def register(self, name: str = "Virtual CPO", cpo_url: str | None = None) -> dict[str, Any]:
        """Register a virtual CPO as ``chargehand partner add`` does, and wait until its places are pulled."""
        url = cpo_url or self.stack.cpo_url
        partner = await register_partner(
            work=self.work,
            ports=self.ports,
            now=self.ports.clock.now(),
            url=f"{url}/ocpi/versions",
            token=str((await self.client.get(f"{url}/_sandbox")).json()["token"]),
            name=name,
        )
        pulled = f"SELECT count(*) > 0 FROM evse WHERE key LIKE '{partner.id}/%'"  # noqa: S608 - an id of ours
        try:
            await self.until(pulled, seconds=60)
        except TimeoutError as error:
            log = self.stack.log_tail("worker")
            raise StackFailed(f"the worker pulled no locations; its log ends with:\n{log}") from error
        await self.quiet.wait()
        counts = await self.connection.fetchrow(
            "SELECT (SELECT count(*) FROM location) AS locations, (SELECT count(*) FROM evse) AS evses,"
            " (SELECT count(*) FROM tariff) AS tariffs"
        )
        return {"party": f"{partner.country_code}-{partner.party_id}", "version": partner.version, **dict(counts)}

    async def until(self, condition: str, *, seconds: float) -> None:
        """Wait until a query answers true; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not await self.connection.fetchval(condition):  # noqa: ASYNC110 - another process makes it true
                await asyncio.sleep(0.05)

    async def driver(self, name: str, *, card: str = "pm_card_visa") -> Phone:
        """Add a driver with a saved card and return the signed-in phone."""
        email = f"{name.lower().replace(' ', '.')}@example.com"
        await add_driver(
            work=self.work,
            ports=self.ports,
            now=self.ports.clock.now(),
            email=email,
            name=name,
            password=PASSWORD,
            payment_method=card,
        )
        phone = Phone(self.stack.web_url, self.client)
        await phone.sign_in(email, PASSWORD)
        self.phones.append(phone)
        return phone

    async def staff(self, name: str, *roles: str) -> str:
        """Invite somebody to the console, as ``chargehand staff add`` does, and return the link to join with."""
        email = f"{name.lower().replace(' ', '.')}@example.com"
        async with self.work() as db:
            _, secret = await add_member(
                db=db, ports=self.ports, now=self.ports.clock.now(), email=email, name=name, roles=roles, by="sandbox"
            )
        return f"{self.stack.web_url}/console/join/{secret}"

    async def catalogue(self, car: CatalogueCar) -> None:
        """Put a car model into the catalogue, as ``chargehand vehicle import`` does."""
        async with self.work() as db:
            await import_vehicle_models(db=db, now=self.ports.clock.now(), source="sandbox", cars=[car])

    async def plan(self, evse_uid: str, plan: dict[str, object], cpo_url: str | None = None) -> None:
        """Tell a virtual CPO what the next car at an EVSE will do."""
        url = f"{cpo_url or self.stack.cpo_url}/_sandbox/plans"
        (await self.client.post(url, json={"evse_uid": evse_uid, "plan": plan})).raise_for_status()

    async def prove(self) -> tuple[list[Proof], dict[str, Any]]:
        """Return our own proof and what the Stripe stand-in counted by itself."""
        async with self.work() as db:
            proofs = await prove(db=db)
        totals: dict[str, Any] = (await self.client.get(f"{self.stack.stripe_url}/_sandbox/totals")).json()
        return proofs, totals


def agrees(proof: Proof, totals: dict[str, Any]) -> bool:
    """Say whether the Stripe stand-in counted the same money as our books, to the cent."""
    theirs = totals.get(proof.currency) or totals.get(proof.currency.lower()) or {}
    released = theirs.get("released", 0) + theirs.get("expired", 0)
    return (theirs.get("authorized"), theirs.get("captured"), released) == (
        proof.authorized,
        proof.captured,
        proof.released,
    )
