"""From a completed session to the CDRs on their way: the honest one, and the ones that faults make of it."""

import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx

from sandbox.cpo import bill, periods
from sandbox.cpo.model import Issued, LiveSession
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]

COPIES = 3
LATE_S = 86_400.0
MONTHS_S = 90 * 86_400.0
CREDIT_S = 3600.0


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
    late += world.faults.seconds("cdr_months_later", live.evse_uid, MONTHS_S)
    due = completed + live.plan.cdr_after_s + late
    live.steps["cdr"] = world.schedule.at(due, lambda at: send_cdr(world, live, at))


def send_cdr(world: World, live: LiveSession, at: float) -> None:
    """Write the CDR, list it and post it."""
    if world.faults.take("no_cdr", live.evse_uid):
        return
    if wire_of(live.peer.version).HAS_CREDIT:
        for name in ("credit_cdr", "credit_first"):
            fault = world.faults.take(name, live.evse_uid)
            if fault is not None:
                after = CREDIT_S if fault.seconds is None else fault.seconds
                _credited(world, live, at, after, credit_first=name == "credit_first")
                return
    live.cdr = _written(live, at, *_dishonest(world, live, _whole(live, at)))
    _spoil(world, live, live.cdr)
    _list(world, live, live.cdr)
    if world.faults.take("unsent_cdr", live.evse_uid):
        return
    copies = [live.cdr] * (COPIES if world.faults.take("duplicate_cdr", live.evse_uid) else 1)
    if world.faults.take("mutated_cdr", live.evse_uid):
        copies.append(wire_of(live.peer.version).more_expensive(live.cdr))
    for body in copies:
        _post(world, live, body)


def _credited(world: World, live: LiveSession, at: float, after: float, *, credit_first: bool) -> None:
    """Bill too much, take it back, bill right: three CDRs of one session."""
    slices = _whole(live, at)
    wrong = _written(live, at, slices, None if live.tariff is None else _dearer(live.tariff))
    credit = wire_of(live.peer.version).credit(wrong, f"{wrong['id']}-C", at + after)
    live.cdr = _written(live, at + after, slices, live.tariff)
    first, second = (credit, wrong) if credit_first else (wrong, credit)
    _list(world, live, first)
    _post(world, live, first)
    world.schedule.at(at + after, lambda _at: _follow(world, live, second))


def _follow(world: World, live: LiveSession, second: Json) -> None:
    assert live.cdr is not None, "the right CDR was written with the wrong one"
    for body in (second, live.cdr):
        _list(world, live, body)
        _post(world, live, body)


def _whole(live: LiveSession, at: float) -> list[periods.Slice]:
    return slices_between(live, live.running().start, live.end if live.end is not None else int(at))


def _written(live: LiveSession, at: float, slices: list[periods.Slice], tariff: Json | None) -> Json:
    total = bill.price(slices, tariff, live.place.zone)
    number = f"{live.place.owner[1]}-C-{uuid.uuid4().hex[:20]}"
    return wire_of(live.peer.version).cdr(live, number, slices, total, at, tariff)


def _spoil(world: World, live: LiveSession, cdr: Json) -> None:
    """Let faults change what is written, its costs staying as they are."""
    if world.faults.take("garbled_periods", live.evse_uid):
        cdr["charging_periods"].reverse()
    if world.faults.take("wrong_currency", live.evse_uid):
        cdr["currency"] = "CHF" if cdr["currency"] != "CHF" else "EUR"
    if world.faults.take("inverted_period", live.evse_uid):
        end = "end_date_time" if "end_date_time" in cdr else "stop_date_time"
        cdr["start_date_time"], cdr[end] = cdr[end], cdr["start_date_time"]
    if world.faults.take("no_session_id", live.evse_uid):
        for name in ("session_id", "authorization_reference"):
            cdr.pop(name, None)


def _list(world: World, live: LiveSession, cdr: Json) -> None:
    world.cdrs.append(Issued(live.peer, live.place.owner, cdr))


def _post(world: World, live: LiveSession, body: Json) -> None:
    url = live.peer.endpoint("cdrs")
    if url is None:
        return

    def delivered(_answer: httpx.Response) -> None:
        live.cdr_delivered = True

    parcel = Parcel(live.peer, "POST", url, body, "cdr", sender=live.place.owner, on_done=delivered)
    world.send(live.id, parcel)


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
