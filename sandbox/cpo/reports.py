"""What an eMSP is told while a session runs: EVSE states, the session whole and in parts, what faults make of it."""

from decimal import Decimal
from typing import Any

import httpx

from sandbox.cpo.billing import running_bill, slices_between
from sandbox.cpo.clock import to_iso
from sandbox.cpo.model import EvseState, LiveSession, Peer
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]


def set_status(world: World, evse_uid: str, status: str, at: float, *, holder: LiveSession | None = None) -> None:
    """Change an EVSE's status and tell every peer that takes locations, the holder's in the session's own order."""
    state = world.evses[evse_uid]
    if holder is not None:
        state.session_id = holder.id
        if world.faults.take("evse_status_disagrees", evse_uid):
            status = "AVAILABLE" if status != "AVAILABLE" else "CHARGING"
    state.status, state.last_updated = status, to_iso(at)
    for peer in set_of_peers(world):
        url = owned(world, peer, "locations", evse_uid)
        if url is not None:
            queue = holder.id if holder is not None and holder.peer is peer else f"evse {evse_uid} {peer.our_token}"
            body = wire_of(peer.version).evse_patch(state)
            world.send(queue, Parcel(peer, "PATCH", url, body, "evse", sender=world.feed.places[evse_uid].owner))


def set_of_peers(world: World) -> list[Peer]:
    """Return each registered peer once; while tokens turn, two of them open the same door."""
    return list({id(peer): peer for peer in world.peers.values()}.values())


def owned(world: World, peer: Peer, module: str, evse_uid: str) -> str | None:
    """URL of an EVSE of ours at the peer's receiver."""
    place = world.feed.places[evse_uid]
    url = peer.endpoint(module)
    return None if url is None else f"{url}/{'/'.join(place.owner)}/{place.location['id']}/{evse_uid}"


def snapshot(live: LiveSession, *, first: bool = False) -> Json:
    """Return the whole session as last reported; the first report knows of no energy and no cost yet."""
    wire = wire_of(live.peer.version)
    if first:
        return wire.session(live, [], None)
    slices = slices_between(live, live.running().start, live.reported_until)
    return wire.session(live, slices, running_bill(live, live.reported_until))


def begin(world: World, live: LiveSession) -> None:
    """Tell of a session that has just begun."""
    if world.faults.take("evse_of_unknown_location", live.evse_uid):
        _put_stray_evse(world, live)
    if not world.faults.take("patch_before_put", live.evse_uid):
        put(world, live, first=True)


def report(world: World, live: LiveSession, at: int) -> None:
    """PATCH what is new since the last report."""
    wire = wire_of(live.peer.version)
    new = slices_between(live, live.reported_until, at) if at > live.reported_until else []
    replays = world.faults.take("period_replay", live.evse_uid) is not None
    whole = new if wire.ROUTED and not replays else slices_between(live, live.running().start, at)
    if replays:
        new = whole
    live.reported_until, live.last_updated = at, at
    body = wire.session_patch(live, whole, new, running_bill(live, at))
    live.first_patch = live.first_patch or body
    if world.faults.take("null_required", live.evse_uid):
        patch(world, live, body | {"kwh": None})
    if live.held_patch is not None:
        patch(world, live, body)
        patch(world, live, live.held_patch)
        live.held_patch = None
    elif world.faults.take("out_of_order_patch", live.evse_uid):
        live.held_patch = body
    else:
        patch(world, live, body)


def finish(world: World, live: LiveSession) -> None:
    """Tell of a session that is over, and what was held back before."""
    if not world.faults.take("never_completed", live.evse_uid):
        put(world, live)
    if live.held_patch is not None:
        patch(world, live, live.held_patch)
        live.held_patch = None
    if live.first_patch is not None and world.faults.take("replayed_patch", live.evse_uid):
        patch(world, live, live.first_patch)


def put(world: World, live: LiveSession, *, first: bool = False) -> None:
    """Send the session whole."""
    url = _session_url(live)
    if url is not None:
        body = _in_wh(world, live, snapshot(live, first=first))
        world.send(live.id, Parcel(live.peer, "PUT", url, body, "session", sender=live.place.owner))


def patch(world: World, live: LiveSession, body: Json) -> None:
    """Send a part of the session; a receiver who does not know it gets it whole."""
    url = _session_url(live)
    if url is None:
        return

    def refused(answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.NOT_FOUND:  # the receiver never saw the session: send it whole
            put(world, live)

    body = _in_wh(world, live, body)
    parcel = Parcel(live.peer, "PATCH", url, body, "session", sender=live.place.owner, on_refused=refused)
    world.send(live.id, parcel)


def withdraw_tariff(world: World, live: LiveSession) -> None:
    """Take the session's tariff off the list and tell the eMSP."""
    if live.tariff is None:
        return
    world.deleted_tariffs.add(live.tariff["id"])
    url = live.peer.endpoint("tariffs")
    if url is not None:
        path = f"{url}/{'/'.join(live.place.owner)}/{live.tariff['id']}"
        world.send(live.id, Parcel(live.peer, "DELETE", path, None, "tariff", sender=live.place.owner))


def _put_stray_evse(world: World, live: LiveSession) -> None:
    url = live.peer.endpoint("locations")
    if url is None:
        return
    source = live.place.evse | {"uid": f"{live.evse_uid}-stray"}
    body = wire_of(live.peer.version).evse(source, EvseState("AVAILABLE", to_iso(live.last_updated)))
    path = f"{url}/{'/'.join(live.place.owner)}/{live.place.location['id']}-hidden/{source['uid']}"
    world.send(live.id, Parcel(live.peer, "PUT", path, body, "evse", sender=live.place.owner))


def _in_wh(world: World, live: LiveSession, body: Json) -> Json:
    """Tell energy in Wh where the fault wants it."""
    if "charging_periods" not in body or not world.faults.take("wh_volumes", live.evse_uid):
        return body
    periods = [
        period
        | {
            "dimensions": [
                part | {"volume": part["volume"] * Decimal(1000)} if part["type"] == "ENERGY" else part
                for part in period["dimensions"]
            ]
        }
        for period in body["charging_periods"]
    ]
    return body | {"charging_periods": periods}


def _session_url(live: LiveSession) -> str | None:
    url = live.peer.endpoint("sessions")
    return None if url is None else f"{url}/{'/'.join(live.place.owner)}/{live.id}"
