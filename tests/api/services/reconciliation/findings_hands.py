"""People who work on findings, findings of any kind, and short ways to act on them."""

from typing import Any

from api.domain.charging.state import ChargingStatus
from api.domain.finance.finding import Action, Actor
from api.domain.money import Money
from api.models.charging import ChargingSession
from api.models.finance import MismatchRow
from api.services.charging.findings import open_finding
from api.services.reconciliation.findings import finding_by_id, history_of
from api.services.reconciliation.findings_actions import act
from api.services.reconciliation.findings_requests import approve_request
from api.services.reconciliation.findings_wish import Outcome
from tests.bench import Bench
from tests.charges import a_charge

CLERK = Actor("Ada Clerk", frozenset({"finance_clerk"}), "req_1")
OTHER_CLERK = Actor("Bo Clerk", frozenset({"finance_clerk"}), "req_2")
LEAD = Actor("Grace Lead", frozenset({"finance_lead"}), "req_3")
SUPPORT = Actor("Sam Support", frozenset({"support_3"}), "req_4")
AUDITOR = Actor("Audra", frozenset({"auditor"}), "req_5")


async def a_finding(
    bench: Bench,
    reason: str = "cdr_unexplained",
    subject: str = "prt_1/DE/CPO/CDR1",
    *,
    charge: ChargingSession | None = None,
    minor: int | None = 500,
    currency: str = "EUR",
    **fields: Any,
) -> str:
    """Open a finding as services do and return its id."""
    async with bench.work() as db:
        return await open_finding(
            db=db,
            ports=bench.ports,
            now=bench.clock.now(),
            reason=reason,
            subject=subject,
            charging_session_id=charge.id if charge else None,
            amount=None if minor is None else Money(minor, currency),
            **fields,
        )


async def of_charge(bench: Bench, charge: ChargingSession, reason: str) -> str:
    """Return the id of the finding that services opened about a charge."""
    query = "SELECT id FROM mismatch WHERE charging_session_id = :charge AND reason = :reason"
    return str(await bench.value(query, charge=charge.id, reason=reason))


async def stored(bench: Bench, finding_id: str) -> MismatchRow:
    """Return a finding as stored now."""
    async with bench.work() as db:
        return await finding_by_id(db=db, finding_id=finding_id)


async def kinds(bench: Bench, finding_id: str) -> list[tuple[str, str]]:
    """Return the history of a finding: what and who."""
    async with bench.work() as db:
        return [(each.kind, each.by) for each in await history_of(db=db, finding_id=finding_id)]


async def acts(bench: Bench, finding_id: str, action: Action, by: Actor = CLERK, **fields: Any) -> Outcome:
    """Let a person do something about a finding; nothing is drained."""
    async with bench.work() as db:
        values = {"reason": "other", "text": "seen on the phone"} | fields
        now = bench.clock.now()
        return await act(db=db, ports=bench.ports, now=now, finding_id=finding_id, action=action, by=by, **values)


async def approves(bench: Bench, subject_id: str, by: Actor = LEAD) -> None:
    """Let a second person approve."""
    async with bench.work() as db:
        await approve_request(db=db, ports=bench.ports, now=bench.clock.now(), subject_id=subject_id, by=by)


async def log(bench: Bench) -> list[tuple[str, str, str | None]]:
    """Return the log of staff: who, what, in which request."""
    return [tuple(row) for row in await bench.rows("SELECT by, action, request_id FROM staff_action ORDER BY id")]


async def waiting_for_finance(bench: Bench) -> tuple[ChargingSession, str]:
    """Return a charge whose bill is in another currency, and its finding."""
    charge = await a_charge(bench, ChargingStatus.NEEDS_FINANCE)
    return charge, await of_charge(bench, charge, "cdr_unpriceable")
