"""One example's town: chargers, drivers, the queue of our jobs, and a clock. What may happen in it are the rules'.

Jobs run one at a time, in order, as the job engine promises for those of one lock; a process that dies leaves its job
behind as the engine would, and a later round gives it to the next.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import stripe
from procrastinate import JobContext
from sqlalchemy import text

from api.domain.errors import AppError, Upstream
from api.domain.finance.payer import Payer
from api.jobs.app import TASKS
from api.jobs.context import KEY, JobWorld
from api.jobs.sweep import sweep_charges
from api.models.charging import ChargingSession
from api.models.driver import Driver
from api.services.charging.quote import quote_charge
from api.services.charging.start import start_charging
from api.services.charging.sweep import sweep_operations, sweep_timers
from api.services.deferral import Job
from api.services.wallet.account import standing_of
from tests.bench import Bench
from tests.builders import a_driver, a_location, a_partner, an_evse, connector_of
from tests.fakes import SimulatedCrash
from tests.soak.model import Ledger
from tests.soak.partner import Received, Stay
from tests.soak.theatre import WEBHOOK_SECRET, Theatre

EVSES = tuple(f"EVSE{number}" for number in range(1, 6))
RETRY = timedelta(seconds=30)
"""Pause before a job whose partner or processor was away is tried again."""
ROUND = timedelta(seconds=45)
"""Between two rounds of the sweeper, while it has something to look after."""
ROUNDS = 20
"""At most so many moments are lived through in one leap of time, a fifth of it looking after operations."""
MOST_JOBS = 400
"""More jobs in one go are a loop."""
TRIES = 8
"""After so many the job engine gives a job up."""

_NEXT = text(
    "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (SELECT j.id FROM procrastinate_jobs j"
    " WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= :now) AND (j.lock IS NULL OR NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs d WHERE d.lock = j.lock AND d.status = 'doing')) ORDER BY j.id LIMIT 1)"
    " RETURNING id, task_name, args, attempts"
)
_DONE = text("DELETE FROM procrastinate_jobs WHERE id = :id")
_AGAIN = text(
    "UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = :at, attempts = attempts + 1 WHERE id = :id"
)
_RESCUE = text("UPDATE procrastinate_jobs SET status = 'todo' WHERE status = 'doing'")
_UPCOMING = text(
    "SELECT min(at) FROM (SELECT min(due_at) AS at FROM charging_timer UNION ALL"
    " SELECT min(scheduled_at) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at > :now) x WHERE at > :now"
)


class JobBroke(AssertionError):
    """A job raised what nobody foresaw."""


@dataclass
class Town:
    """Everything of one example."""

    theatre: Theatre
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    """By charge: what we were told of it."""
    troubled: set[str] = field(default_factory=set)
    """Charges whose hold may end otherwise than by their bill: given up, stopped short, or gone with time."""
    kept: dict[str, Any] = field(default_factory=dict)
    numbers: int = 0

    def __post_init__(self) -> None:
        """Build the partner's chargers."""
        house = self.theatre
        self.ports, self.work, self.clock, self.operator = house.ports, house.work, house.clock, house.operator
        self.bench = cast(Bench, SimpleNamespace(work=house.work, ports=house.ports, kept=self.kept, clock=house.clock))
        self.operator.on_listed = self._found
        house.play(a_location(self.bench, evses=[an_evse(uid) for uid in EVSES]))

    def next_number(self) -> int:
        """Return a number that this example did not use."""
        self.numbers += 1
        return self.numbers

    def _found(self, stay: Stay) -> None:
        """Note the CDRs that a pull took home."""
        for bill in stay.bills:
            self.ledgers[stay.charge_id].take(bill)

    # --- drivers --------------------------------------------------------------------------------------------------

    async def driver(self, card: str, which: int) -> Driver:
        """Return one of the drivers with such a card, signed up at the processor."""
        driver_id = f"drv_{card.removeprefix('pm_')}_{which}"
        if driver_id not in self.kept:
            payments = self.theatre.payments
            customer = await payments.create_customer(
                driver_id=driver_id, email=f"{which}@example.test", idempotency_key=f"{driver_id}.customer"
            )
            saved = await payments.save_card(customer, card, idempotency_key=f"{driver_id}.card.{card}")
            await a_driver(self.bench, driver_id=driver_id, processor_customer_id=customer, payment_method_id=saved)
        return cast(Driver, self.kept[driver_id])

    async def tap(self, driver: Driver, evse: str, pay_with: Payer | None = None) -> str:
        """Let a driver look at a price, agree and start; return the charge. Raises what the service refuses with."""
        now = self.clock.now()
        async with self.work() as db:
            quote = await quote_charge(
                db=db, ports=self.ports, now=now, driver=driver,
                connector_public_id=connector_of(uid=evse), visual_id=None,
            )  # fmt: skip
        agreed = quote.hold_minor
        if pay_with is Payer.WALLET:  # which reserves no more than it has
            async with self.work() as db:
                has = await standing_of(db=db, driver_id=driver.id, currency=quote.currency)
            agreed = min(agreed, has.available.minor)
        async with self.work() as db:
            charge = await start_charging(
                db=db, ports=self.ports, now=now, driver=driver, quote_id=quote.id, pay_with=pay_with,
                consent_amount_minor=agreed, consent_currency=quote.currency,
            )  # fmt: skip
        self.ledgers[charge.id] = Ledger()
        return charge.id

    # --- jobs and time ----------------------------------------------------------------------------------------------

    async def drain(self, most: int = MOST_JOBS) -> int:
        """Run up to ``most`` due jobs, fewer when the process dies; return how many were run."""
        context = self._context()
        for count in range(most):
            async with self.work() as db:
                connection = await db.connection()
                found = (await connection.execute(_NEXT, {"now": self.clock.now()})).first()
            if found is None:
                return count
            if not await self._run(context, found):
                return count
        if most == MOST_JOBS:
            raise JobBroke("jobs without end")
        return most

    def _context(self) -> JobContext:
        """Return what the job engine would hand to a task."""
        return cast(JobContext, SimpleNamespace(additional_context={KEY: JobWorld(self.ports, self.work)}))

    async def _run(self, context: JobContext, job: Any) -> bool:
        """Run one job; return whether the process survived it."""
        name, ending = job.task_name, (_DONE, {"id": job.id})
        try:
            if name == "sweep_charges":
                await self.sweep()
            elif not name.startswith("sweep"):
                await TASKS[Job(name)](context, **job.args)
        except SimulatedCrash:
            return False  # the job stays behind, as of a dead worker
        except Upstream:
            if job.attempts < TRIES:
                ending = (_AGAIN, {"id": job.id, "at": self.clock.now() + RETRY})
        except AppError as error:
            raise JobBroke(f"{name} {job.args}: {error!r}") from error
        async with self.work() as db:
            await (await db.connection()).execute(*ending)
        return True

    async def sweep(self, *, thorough: bool = True) -> None:
        """Make one round of the sweeper, and give the jobs of dead workers to living ones."""
        if self.theatre.crashes.died:
            self.theatre.crashes.died = 0
            async with self.work() as db:
                await (await db.connection()).execute(_RESCUE)
        try:
            if thorough:
                await sweep_charges(self._context(), 0)
            else:
                await sweep_timers(work=self.work, ports=self.ports)
                await sweep_operations(work=self.work, ports=self.ports)
        except SimulatedCrash:
            return

    async def time_passes(self, ahead: timedelta, *, awake: bool = True) -> None:
        """Let the clock run; an ``awake`` worker does on the way what falls due, another one finds it at the end."""
        until = self.clock.now() + ahead
        rounds = ROUNDS
        while awake and rounds > 0:
            upcoming, restless = await self._upcoming(), await self._restless()
            if restless:  # a sweeper asks again and again for what has no end yet
                soon = self.clock.now() + ROUND
                upcoming = min(upcoming or soon, soon)
            if upcoming is None or upcoming >= until:
                break
            rounds -= 5 if restless else 1
            await self._at(upcoming, thorough=False)
        await self._at(until) if awake else self.clock.set(until)

    async def _at(self, moment: datetime, *, thorough: bool = True) -> None:
        self.clock.set(moment)
        await self.sweep(thorough=thorough)
        await self.drain()

    async def _restless(self) -> bool:
        """Say whether an operation has no end yet."""
        return bool(await self.rows("SELECT 1 FROM payment_operation WHERE state IN ('pending', 'sent', 'unknown')"))

    async def _upcoming(self) -> datetime | None:
        async with self.work() as db:
            connection = await db.connection()
            found: datetime | None = (await connection.execute(_UPCOMING, {"now": self.clock.now()})).scalar()
        return found

    # --- the faces ----------------------------------------------------------------------------------------------------

    async def push(self, method: str, path: str, body: dict[str, Any]) -> int:
        """Let the partner call us; return the OCPI status. Nothing it says may break us."""
        partner = await a_partner(self.bench)
        headers = {"Authorization": f"Token token of {partner.id}"}
        answer = await self.theatre.faces.request(method, path, content=json.dumps(body), headers=headers)
        assert answer.status_code < 500, answer.text
        return int(answer.json()["status_code"])

    async def push_session(self, stay: Stay) -> None:
        """Let the partner PUT a session as it stands."""
        path = f"/ocpi/2.2.1/emsp/sessions/DE/CPO/{stay.session_id}"
        await self.push("PUT", path, stay.session(self.clock.now()))

    async def push_bill(self, bill: dict[str, Any]) -> int:
        """Let the partner POST a CDR."""
        return await self.push("POST", "/ocpi/2.2.1/emsp/cdrs", bill)

    async def webhook(self, event: dict[str, Any]) -> None:
        """Let the processor tell of an event, signed as it does."""
        body, now = json.dumps(event), int(self.clock.now().timestamp())
        signature = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, now)
        headers = {"Stripe-Signature": signature}
        answer = await self.theatre.faces.post("/webhooks/stripe", content=body, headers=headers)
        assert answer.status_code == 200, answer.text

    # --- what is stored ---------------------------------------------------------------------------------------------

    async def rows(self, query: str, **values: object) -> list[Any]:
        """Return the rows of a query."""
        async with self.work() as db:
            return list((await (await db.connection()).execute(text(query), values)).mappings().all())

    async def charge(self, charge_id: str) -> ChargingSession:
        """Return a charge as stored."""
        async with self.work() as db:
            return await db.get_one(ChargingSession, charge_id)

    async def ends(self) -> list[str]:
        """Return how each charge ended, as words."""
        query = "SELECT c.status, c.hold_status, c.state->'receivable'->>'minor' AS owes FROM charging_session c"
        rows = await self.rows(query)
        return [f"{row['status']}/{row['hold_status']}{'' if row['owes'] in (None, '0') else '+owes'}" for row in rows]

    # --- who is where -------------------------------------------------------------------------------------------------

    def startable(self) -> list[Received]:
        """Return the starts after which a car may charge, and none does yet."""
        taken, refused = self.operator.stays, self.operator.refused
        return [start for start in self.operator.starts if start.charge_id not in taken | dict.fromkeys(refused)]

    def charging(self) -> list[Stay]:
        """Return the stays that go on."""
        return [stay for stay in self.operator.stays.values() if not stay.over]

    def not_charging(self) -> list[str]:
        """Return the charges of which no car charges or charged."""
        return [charge_id for charge_id in self.ledgers if charge_id not in self.operator.stays]

    def unbilled(self) -> list[Stay]:
        """Return the stays that are over and were not billed."""
        return [stay for stay in self.operator.stays.values() if stay.over and not stay.bills]

    def billed(self) -> list[Stay]:
        """Return the stays that were billed."""
        return [stay for stay in self.operator.stays.values() if stay.bills]

    def creditable(self) -> list[tuple[Stay, dict[str, Any]]]:
        """Return the bills that were not credited."""
        found = []
        for stay in self.billed():
            credited = {bill.get("credit_reference_id") for bill in stay.bills}
            found += [(stay, bill) for bill in stay.bills if not bill.get("credit") and bill["id"] not in credited]
        return found

    def nobody_is_safe(self, charges: Iterable[str]) -> None:
        """Note that the hold of these charges may end otherwise than by their bill."""
        self.troubled |= set(charges)
