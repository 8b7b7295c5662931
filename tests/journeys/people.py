"""Drivers with their phones, the chargers they stand at, and their charges as they and finance see them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.phone import Phone

if TYPE_CHECKING:
    from tests.journeys.world import World


@dataclass(frozen=True)
class Charger:
    """One connector on the street."""

    uid: str
    evse_id: str
    connector_id: str


@dataclass
class Driver:
    """Somebody with an account, a saved card and a phone."""

    world: "World"
    phone: Phone
    id: str
    customer_id: str
    charges: list["Charge"] = field(default_factory=list)

    async def starts_at(self, charger: Charger) -> "Charge":
        """Look at the price, agree to the hold and start."""
        quote = await self.phone.quote(charger.connector_id, charger.evse_id)
        return self.began(await self.phone.start(quote), charger)

    def began(self, started: dict[str, Any], charger: Charger) -> "Charge":
        """Remember a charge that a start answered with."""
        charge = Charge(self, started["id"], charger)
        self.charges.append(charge)
        return charge

    async def was_told(self, charge: "Charge") -> list[str]:
        """Return the messages about a charge, oldest first."""
        notices = await self.phone.notices()
        return [each["message"] for each in reversed(notices) if each["charging_session_id"] == charge.id]


@dataclass
class Charge:
    """One charge of a driver."""

    driver: Driver
    id: str
    charger: Charger

    @property
    def world(self) -> "World":
        """The world it happens in."""
        return self.driver.world

    async def shown(self) -> dict[str, Any]:
        """Return what the phone shows now."""
        return await self.driver.phone.poll(self.id)

    async def becomes(
        self, *statuses: str, within: timedelta = timedelta(hours=6), final: bool = False
    ) -> dict[str, Any]:
        """Let time pass, event by event, until the phone shows one of ``statuses``; fail after ``within``.

        ``final``: and until no money of the driver is blocked for this charge any more.
        """
        world = self.world
        deadline = world.now() + within
        while True:
            await world.settles()
            shown = await self.shown()
            if shown["status"] in statuses and (shown["final"] or not final):
                return shown
            if world.now() >= deadline:
                raise AssertionError(f"not {statuses} after {within}:\n{await self.story()}")
            await world.moves_on(until=deadline)

    async def ends(self, *statuses: str, within: timedelta = timedelta(hours=6)) -> dict[str, Any]:
        """Let time pass until the charge is over in one of ``statuses`` and no money of the driver is blocked."""
        return await self.becomes(*statuses, within=within, final=True)

    async def is_stopped(self) -> None:
        """Tap stop and confirm."""
        await self.driver.phone.stop(self.id, confirm=True)

    async def row(self) -> dict[str, Any]:
        """Return the charge as stored."""
        return dict(await self.world.connection.fetchrow("SELECT * FROM charging_session WHERE id = $1", self.id))

    async def hold(self) -> dict[str, Any]:
        """Return the hold as stored."""
        query = "SELECT * FROM hold WHERE charging_session_id = $1"
        return dict(await self.world.connection.fetchrow(query, self.id))

    async def findings(self) -> set[str]:
        """Return the reasons for which finance must look at the charge."""
        query = "SELECT reason FROM mismatch WHERE charging_session_id = $1 AND resolved_at IS NULL"
        return {row["reason"] for row in await self.world.connection.fetch(query, self.id)}

    async def receivable(self) -> int:
        """Return what the driver owes beside the hold, in minor units."""
        query = """SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e JOIN ledger_account a
                   ON a.id = e.account_id JOIN journal j ON j.id = e.journal_id
                   WHERE a.name = 'receivable' AND j.charging_session_id = $1"""
        return int(await self.world.connection.fetchval(query, self.id))

    async def session(self) -> dict[str, Any]:
        """Return the partner's session of the newest charge at this charger."""
        listed = await self.world.cpo("GET", "sessions")
        found: dict[str, Any] = [each for each in listed if each["authorization_reference"] == self.id][-1]
        return found

    async def commands(self, kind: str) -> int:
        """Return how many commands of a kind the partner received for this charger's charge."""
        received = (await self.world.cpo("GET", "received"))["commands"]
        if kind == "START_SESSION":
            return sum(each["body"].get("authorization_reference") == self.id for each in received)
        session_id = (await self.session())["id"]
        return sum(each["command"] == kind and each["body"].get("session_id") == session_id for each in received)

    async def story(self) -> str:
        """Return the stored history, for a failing test's message."""
        query = "SELECT at, fact, status, hold_status, orders FROM charging_event WHERE charging_session_id = $1"
        rows = await self.world.connection.fetch(query + " ORDER BY id", self.id)
        return "\n".join(f"{r['at']:%d %H:%M:%S} {r['fact']:20} {r['status']:16} {r['hold_status']}" for r in rows)
