"""Repairing everything, waiting until nothing is under way, and requiring the promise.

Network and processes work again, the partner ends and bills what it began, time passes until no hold can be open, and
a person decides what rules could not.
"""

from datetime import timedelta

from api.services.charging.staff import settle_by_staff
from api.services.finance.proof import prove
from tests.soak.invariants import unrest
from tests.soak.model import FOR_A_PERSON, price_of
from tests.soak.town import Town

_UNDECIDED = "SELECT id FROM charging_session WHERE status = 'needs_finance' ORDER BY id"
_UNDER_WAY = """
SELECT count(*) AS n FROM (SELECT state FROM payment_operation UNION ALL SELECT state FROM payin_operation) o
WHERE state IN ('pending', 'sent', 'unknown')
"""


async def quiet(town: Town, *, tells: bool, at_the_end: bool = False) -> list[str]:
    """Let network and processes recover and finish what was begun; return what is wrong then."""
    town.theatre.gate.down = False
    town.theatre.gate.answers_to_lose = town.theatre.gate.requests_to_delay = 0
    town.theatre.crashes.at = None
    town.operator.next_start = town.operator.next_stop = "accept"
    town.nobody_is_safe(town.not_charging())
    if town.theatre.gate.delayed:
        town.theatre.let_arrive()
    for _ in range(8):
        told = await tell_everything(town) if tells else 0
        await town.time_passes(timedelta(minutes=11))
        if not told and not (await town.rows(_UNDER_WAY))[0]["n"]:
            break
    return await unrest(town, told=tells, at_the_end=at_the_end)


async def tell_everything(town: Town) -> int:
    """Let the processor deliver every event that did not reach us, oldest first; return how many."""
    known = {row["id"] for row in await town.rows("SELECT id FROM processor_event")}
    new = [event for event in town.theatre.listed("events")[::-1] if event["id"] not in known]
    for event in new:
        await town.webhook(event)
    await town.drain()
    return len(new)


async def the_end(town: Town, *, tells: bool) -> list[str]:
    """End and bill everything, let every hold end, and return what of the promise does not hold."""
    found = await quiet(town, tells=tells)
    for stay in town.operator.stays.values():
        stay.ended_at = stay.ended_at or town.clock.now()
        await town.push_session(stay)
        if not stay.bills:
            stay.bills.append(stay.bill(town.clock.now(), f"CDR{town.next_number()}"))
        for bill in stay.bills:
            await town.push_bill(bill)
            town.ledgers[stay.charge_id].take(bill)
    await town.drain()
    town.nobody_is_safe(town.ledgers)
    await town.time_passes(timedelta(days=9))
    await _decide(town)
    found += await quiet(town, tells=tells, at_the_end=True)
    return found + await _promise(town)


async def _decide(town: Town) -> None:
    """Let a person settle what rules could not, by what the car took."""
    for row in await town.rows(_UNDECIDED):
        stay = town.operator.stays.get(row["id"])
        owed = price_of(stay.kwh) if stay else 0
        async with town.work() as db:
            await settle_by_staff(
                db=db,
                ports=town.ports,
                now=town.clock.now(),
                charging_session_id=row["id"],
                owed_minor=owed,
                by="Ada",
                approved_by="Grace",
            )
        if town.ledgers[row["id"]].owed in (FOR_A_PERSON, None):
            town.ledgers[row["id"]].decided = owed


async def _promise(town: Town) -> list[str]:
    """Return what of the proof does not hold; what drivers are to get back is on top of what they owe."""
    query = "SELECT coalesce(sum((state->'excess'->>'minor')::bigint), 0) AS excess FROM charging_session"
    excess = int((await town.rows(query))[0]["excess"])
    decided = await town.rows("SELECT coalesce(sum(owed_minor), 0) AS owed FROM charging_session"
                              " WHERE driver_price IS NULL")  # fmt: skip
    found = []
    async with town.work() as db:
        for proof in await prove(db=db):
            owed = proof.owed + int(decided[0]["owed"])
            if proof.authorized != proof.captured + proof.released:
                found.append(f"authorized differs from captured and released: {proof}")
            if proof.accounted_for - excess != owed:
                found.append(f"captured and receivable differ from what is owed, {excess} are to be refunded: {proof}")
            if any((proof.open_holds, proof.unfinished_operations, proof.unsettled_cdrs, proof.unbalanced_journals,
                    proof.pending_layer, proof.jobs_left)):  # fmt: skip
                found.append(f"something is left: {proof}")
    return found
