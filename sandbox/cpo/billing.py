"""From a completed session to the CDRs on their way: the honest one, and the ones that faults make of it."""

import uuid
from decimal import Decimal
from typing import Any

import httpx

from sandbox.cpo import bill, periods
from sandbox.cpo import wire_2_2_1 as wire
from sandbox.cpo.model import LiveSession
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.world import World

Json = dict[str, Any]

COPIES = 3
LATE_S = 86_400.0


def slices_between(live: LiveSession, begin: int, end: int) -> list[periods.Slice]:
    """Cut a stretch of a session at everything that matters for its cost."""
    return periods.cut(live.running(), live.tariff, live.place.zone, begin, end)


def running_bill(live: LiveSession, until: int) -> bill.Bill | None:
    """Return what the session costs if it ended at ``until``; nothing where there is no tariff."""
    if live.tariff is None:
        return None
    return bill.price(slices_between(live, live.running().start, until), live.tariff, live.place.zone)


def plan_cdr(world: World, live: LiveSession, completed: float) -> None:
    """Plan the CDR of a session that has just completed."""
    late = world.faults.seconds("late_cdr", live.evse_uid, LATE_S)
    due = completed + live.plan.cdr_after_s + late
    live.steps["cdr"] = world.schedule.at(due, lambda at: send_cdr(world, live, at))


def send_cdr(world: World, live: LiveSession, at: float) -> None:
    """Write the CDR, list it and post it."""
    if world.faults.take("no_cdr", live.evse_uid):
        return
    end = live.end if live.end is not None else int(at)
    slices = slices_between(live, live.running().start, end)
    total = bill.price(slices, live.tariff, live.place.zone)
    live.cdr = wire.cdr(live, f"{world.feed.party_id}-C-{uuid.uuid4().hex[:20]}", slices, total, at)
    if world.faults.take("wrong_currency", live.evse_uid):
        live.cdr["currency"] = "CHF" if live.cdr["currency"] != "CHF" else "EUR"
    world.cdrs.append(live)
    if world.faults.take("unsent_cdr", live.evse_uid):
        return
    copies = [live.cdr] * (COPIES if world.faults.take("duplicate_cdr", live.evse_uid) else 1)
    if world.faults.take("mutated_cdr", live.evse_uid):
        copies.append(_mutated(live.cdr))
    url = live.peer.endpoint("cdrs")
    if url is None:
        return

    def delivered(_answer: httpx.Response) -> None:
        live.cdr_delivered = True

    for body in copies:
        world.outbox.put(live.id, Parcel(live.peer, "POST", url, body, "cdr", on_done=delivered))


def _mutated(honest: Json) -> Json:
    """Same id, one currency unit more."""
    total = {name: amount + Decimal(1) for name, amount in honest["total_cost"].items()}
    return honest | {"total_cost": total}
