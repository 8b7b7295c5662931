"""From a completed session to the CDRs on their way: the honest one, and the ones that faults make of it."""

import uuid
from dataclasses import replace
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
    slices, tariff = _dishonest(world, live, slices_between(live, live.running().start, end))
    total = bill.price(slices, tariff, live.place.zone)
    live.cdr = wire.cdr(live, f"{world.feed.party_id}-C-{uuid.uuid4().hex[:20]}", slices, total, at, tariff)
    if world.faults.take("garbled_periods", live.evse_uid):
        live.cdr["charging_periods"].reverse()
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


def _dishonest(world: World, live: LiveSession, slices: list[periods.Slice]) -> tuple[list[periods.Slice], Json | None]:
    """Return what faults make of the slices that are billed and of the tariff that they are billed under."""
    tariff = live.tariff
    if tariff is not None and world.faults.take("dearer_tariff", live.evse_uid):
        tariff = _dearer(tariff)
    if world.faults.take("inflated_energy", live.evse_uid):
        slices = [replace(piece, kwh=piece.kwh * Decimal("1.1")) for piece in slices]
    if world.faults.take("idle_as_charging", live.evse_uid):
        slices = [replace(piece, parking=False) for piece in slices]
    return slices, tariff


def _dearer(tariff: Json) -> Json:
    """Return another tariff whose every price is half again as high."""
    elements = [
        element
        | {
            "price_components": [
                part | {"price": Decimal(str(part["price"])) * Decimal("1.5")} for part in element["price_components"]
            ]
        }
        for element in tariff["elements"]
    ]
    return tariff | {"id": f"{tariff['id']}-new", "elements": elements}


def _mutated(honest: Json) -> Json:
    """Same id, one currency unit more."""
    total = {name: amount + Decimal(1) for name, amount in honest["total_cost"].items()}
    return honest | {"total_cost": total}
