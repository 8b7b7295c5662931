"""A scripted session, step by step in virtual time: connected, energy, full or stopped, parked, unplugged, billed.

Each step stamps what it sends with its own due time, so a jump of the clock leaves an exact history. The car's
behavior comes from its `Plan`; commands come in through `commands.py`; bills go out through `billing.py`.
"""

import math

import httpx

from sandbox.cpo import wire_2_2_1 as wire
from sandbox.cpo.billing import plan_cdr, running_bill, slices_between
from sandbox.cpo.clock import to_iso
from sandbox.cpo.model import LiveSession, Peer
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.schedule import Step
from sandbox.cpo.world import World


def connect(world: World, live: LiveSession, at: float) -> None:
    """The car is plugged in and the session becomes ACTIVE, unless somebody else took the EVSE meanwhile."""
    if world.evses[live.evse_uid].session_id not in (None, live.id):
        return
    start = math.ceil(at)
    live.course = live.plan.course(start)
    live.status, live.reported_until, live.last_updated = "ACTIVE", start, start
    set_status(world, live.evse_uid, "CHARGING", start, holder=live)
    _put(world, live, first=True)
    end = live.course.charging_end
    if start + live.plan.first_data_after_s < end:
        _plan(world, live, "update", start + live.plan.first_data_after_s, lambda due: update(world, live, due))
    _plan(world, live, "over", end, lambda due: charging_over(world, live, due))


def update(world: World, live: LiveSession, at: float) -> None:
    """Send the energy and cost so far, and plan the next update."""
    _report(world, live, int(at))
    following = int(at) + live.plan.update_every_s
    end = live.running().charging_end
    if following < end or int(at) >= end:
        _plan(world, live, "update", following, lambda due: update(world, live, due))


def charging_over(world: World, live: LiveSession, at: float) -> None:
    """Energy has ended. A charger that stops by itself ends the session; otherwise the stay goes on as parking."""
    end = int(at)
    live.running().charging_end = end
    _cancel(live, "update", "over")
    live.stopped_by = live.stopped_by or live.plan.stop_by or "vehicle"
    if live.stopped_by == "charger":
        set_status(world, live.evse_uid, "BLOCKED", end, holder=live)
        _complete(world, live, end)
    else:
        _report(world, live, end)
        _plan(world, live, "update", end + 1, lambda due: update(world, live, due))
    leave = live.plan.disconnect_after_stop_s if live.stopped_by == "remote command" else live.plan.parked_s
    _plan(world, live, "unplug", end + leave, lambda due: unplug(world, live, due))


def stop(world: World, live: LiveSession, at: float) -> None:
    """A stop from afar took effect: energy ends now; a car that was already full is fetched earlier."""
    end = math.ceil(at)
    if live.status != "ACTIVE":
        return
    if live.running().charging_end > end:
        live.stopped_by = "remote command"
        charging_over(world, live, end)
        return
    leave = end + live.plan.disconnect_after_stop_s
    if "unplug" not in live.steps or live.steps["unplug"].at > leave:
        _plan(world, live, "unplug", leave, lambda due: unplug(world, live, due))


def unplug(world: World, live: LiveSession, at: float) -> None:
    """The cable is out: the EVSE is free, and a session that still runs completes."""
    end = math.ceil(at)
    if world.evses[live.evse_uid].session_id == live.id:
        set_status(world, live.evse_uid, "AVAILABLE", end, holder=live)
        world.evses[live.evse_uid].session_id = None
    _cancel(live, "unplug")
    if live.status == "ACTIVE":
        live.running().charging_end = min(live.running().charging_end, end)
        _complete(world, live, end)


def set_status(world: World, evse_uid: str, status: str, at: float, *, holder: LiveSession | None = None) -> None:
    """Change an EVSE's status and tell every peer that takes locations, the holder's in the session's own order."""
    state = world.evses[evse_uid]
    state.status, state.last_updated = status, to_iso(at)
    if holder is not None:
        state.session_id = holder.id
    location_id = world.feed.places[evse_uid].location["id"]
    for peer in world.peers.values():
        url = _owned(world, peer, "locations", f"{location_id}/{evse_uid}")
        if url is not None:
            queue = holder.id if holder is not None and holder.peer is peer else f"evse {evse_uid} {peer.our_token}"
            world.outbox.put(queue, Parcel(peer, "PATCH", url, wire.evse_patch(state), "evse"))


def _complete(world: World, live: LiveSession, end: int) -> None:
    _cancel(live, "update", "over")
    live.status, live.end, live.reported_until, live.last_updated = "COMPLETED", end, end, end
    _put(world, live)
    if live.held_patch is not None:
        _patch(world, live, live.held_patch)
        live.held_patch = None
    plan_cdr(world, live, end)


def snapshot(live: LiveSession, *, first: bool = False) -> wire.Json:
    """Return the whole session as last reported; the first report knows of no energy and no cost yet."""
    if first:
        return wire.session(live, [], None)
    slices = slices_between(live, live.running().start, live.reported_until)
    return wire.session(live, slices, running_bill(live, live.reported_until))


def _report(world: World, live: LiveSession, at: int) -> None:
    """PATCH what is new since the last report."""
    new = slices_between(live, live.reported_until, at) if at > live.reported_until else []
    live.reported_until, live.last_updated = at, at
    body = wire.session_patch(live, new, running_bill(live, at))
    if live.held_patch is not None:
        _patch(world, live, body)
        _patch(world, live, live.held_patch)
        live.held_patch = None
    elif world.faults.take("out_of_order_patch", live.evse_uid):
        live.held_patch = body
    else:
        _patch(world, live, body)


def _put(world: World, live: LiveSession, *, first: bool = False) -> None:
    url = _owned(world, live.peer, "sessions", live.id)
    if url is not None:
        world.outbox.put(live.id, Parcel(live.peer, "PUT", url, snapshot(live, first=first), "session"))


def _patch(world: World, live: LiveSession, body: wire.Json) -> None:
    url = _owned(world, live.peer, "sessions", live.id)
    if url is None:
        return

    def refused(answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.NOT_FOUND:  # the receiver never saw the session: send it whole
            _put(world, live)

    world.outbox.put(live.id, Parcel(live.peer, "PATCH", url, body, "session", on_refused=refused))


def _owned(world: World, peer: Peer, module: str, path: str) -> str | None:
    """URL of an object of ours at the peer's receiver."""
    url = peer.endpoint(module)
    return None if url is None else f"{url}/{world.feed.country_code}/{world.feed.party_id}/{path}"


def _plan(world: World, live: LiveSession, name: str, at: float, step: Step) -> None:
    _cancel(live, name)
    live.steps[name] = world.schedule.at(at, step)


def _cancel(live: LiveSession, *names: str) -> None:
    for name in names:
        due = live.steps.pop(name, None)
        if due is not None:
            due.cancel()
