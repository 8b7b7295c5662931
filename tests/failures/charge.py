"""One charge of a failure mode: what its driver sees, what its operator pushes, and what the processor has of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import httpx

from api.models.charging import ChargingSession
from api.models.payment import HoldRow
from api.services.charging.queries import hold_of_charge
from tests.api.routes.ocpi.payloads import Json, cdr_body, session_body

if TYPE_CHECKING:
    from tests.failures.stage import Phone, Stage

PRICE = Decimal("0.39")
VAT = Decimal("1.19")
CENT = Decimal("0.01")


def cents(kwh: float | str) -> int:
    """Return what the driver pays for so much energy, in cents."""
    return int((Decimal(str(kwh)) * PRICE * VAT).quantize(CENT, "ROUND_HALF_UP") * 100)


@dataclass
class Charge:
    """A charge by its id."""

    stage: "Stage"
    id: str

    async def row(self) -> ChargingSession:
        """Return the charge as stored now."""
        async with self.stage.work() as db:
            return await db.get_one(ChargingSession, self.id)

    async def hold(self) -> HoldRow:
        """Return its hold as stored now."""
        async with self.stage.work() as db:
            hold = await hold_of_charge(db=db, charging_session_id=self.id)
        assert hold is not None
        return hold

    async def status(self) -> tuple[str, str]:
        """Return where the charge and its hold stand."""
        row = await self.row()
        return row.status, row.hold_status

    async def shown(self, phone: "Phone") -> Json:
        """Return what the driver's app shows."""
        answer = await phone.asks("GET", f"charging-sessions/{self.id}")
        assert answer.status_code == 200, answer.text
        return cast(Json, answer.json())

    async def findings(self, *, open_only: bool = True) -> set[str]:
        """Return the reasons why finance must look at it."""
        query = "SELECT reason FROM mismatch WHERE charging_session_id = :id"
        return {
            row[0]
            for row in await self.stage.rows(f"{query} AND resolved_at IS NULL" if open_only else query, id=self.id)
        }

    async def receivable(self) -> int:
        """Return what the books say its driver still owes for it."""
        query = """SELECT coalesce(sum(e.amount_minor), 0) FROM ledger_entry e
            JOIN ledger_account a ON a.id = e.account_id JOIN journal j ON j.id = e.journal_id
            WHERE a.name = 'receivable' AND j.charging_session_id = :id"""
        return int(await self.stage.value(query, id=self.id))

    async def operations(self, kind: str) -> list[str]:
        """Return the states of its operations of one kind, oldest first."""
        query = "SELECT state FROM payment_operation WHERE charging_session_id = :id AND kind = :kind"
        return [row[0] for row in await self.stage.rows(f"{query} ORDER BY created_at, id", id=self.id, kind=kind)]

    # --- at the processor ---------------------------------------------------------------------------------------------

    async def intents(self) -> list[Json]:
        """Return its PaymentIntents at the processor, oldest first."""
        return [each for each in await self.stage.intents() if each["metadata"].get("charging_session_id") == self.id]

    async def intent(self) -> Json:
        """Return its one PaymentIntent at the processor."""
        found = await self.intents()
        assert len(found) == 1, f"{len(found)} intents"
        return found[0]

    async def sent(self, what: str) -> list[Json]:
        """Return the requests about its intents that reached the processor: ``capture``, ``cancel`` ..."""
        paths = {f"/v1/payment_intents/{each['id']}/{what}" for each in await self.intents()}
        return [each for each in self.stage.wire.requests() if each["path"] in paths]

    # --- the operator -------------------------------------------------------------------------------------------------

    def commands(self, method: str) -> int:
        """Return how often the operator was sent ``send_start`` or ``send_stop`` for any charge."""
        return len(self.stage.roaming.calls_of(method))

    async def _token(self) -> Json:
        token = session_body()["cdr_token"] | {"uid": (await self.row()).token_uid}
        return {"cdr_token": token, "authorization_reference": self.id}

    async def session(self, kwh: float = 1.5, *, uid: str = "EVSE1", session_id: str = "SES1", **fields: Any) -> None:
        """Let the operator push its session."""
        moment = wire_time(self.stage.clock.now())
        began = (await self.row()).created_at
        period = {
            "start_date_time": wire_time(began),
            "dimensions": [{"type": "ENERGY", "volume": kwh}],
            "tariff_id": "T1",
        }
        body = session_body(
            id=session_id,
            evse_uid=uid,
            kwh=kwh,
            start_date_time=wire_time(began),
            charging_periods=[period],
            total_cost={"excl_vat": float(Decimal(str(kwh)) * PRICE)},
            last_updated=moment,
            **await self._token(),
        )
        answer = await self.stage.cpo("PUT", f"sessions/DE/CPO/{session_id}", body | fields)
        assert answer.json()["status_code"] == 1000, answer.text

    async def ends(self, kwh: float = 20, **fields: Any) -> None:
        """Let the operator push that its session is over."""
        await self.session(kwh, status="COMPLETED", end_date_time=wire_time(self.stage.clock.now()), **fields)

    async def cdr(self, kwh: float = 20, *, cdr_id: str = "CDR1", **fields: Any) -> httpx.Response:
        """Let the operator push its CDR: the tariff's price for so much energy unless told otherwise."""
        began, now = (await self.row()).created_at, self.stage.clock.now()
        cost = Decimal(str(kwh)) * PRICE
        body = cdr_body(
            id=cdr_id,
            start_date_time=wire_time(began),
            end_date_time=wire_time(now),
            last_updated=wire_time(now),
            charging_periods=[
                {"start_date_time": wire_time(began), "dimensions": [{"type": "ENERGY", "volume": abs(kwh)}]}
            ],
            total_cost={"excl_vat": float(cost), "incl_vat": float((cost * VAT).quantize(CENT, "ROUND_HALF_UP"))},
            total_energy=abs(kwh),
            **await self._token(),
        )
        return await self.stage.cpo("POST", "cdrs", body | fields)

    async def credit(self, kwh: float = 20, *, of: str = "CDR1", cdr_id: str = "CDR1-CREDIT") -> httpx.Response:
        """Let the operator take a CDR back."""
        return await self.cdr(-kwh, cdr_id=cdr_id, credit=True, credit_reference_id=of)

    # --- the way ------------------------------------------------------------------------------------------------------

    async def charges(self, kwh: float = 20, minutes: float = 60) -> None:
        """Go from the tap to the end of the session; the bill is not there yet."""
        await self.stage.settles()
        await self.session()
        await self.stage.settles()
        await self.stage.passes(minutes=minutes)
        await self.ends(kwh)
        await self.stage.settles()


def wire_time(at: datetime) -> str:
    """Return a moment as OCPI writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
