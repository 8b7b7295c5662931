"""The commands an eMSP sends: checked against the EVSE, answered at once, and again when the charger has spoken.

OCPI `mod_commands`, RECEIVER. What a session does after its start is in `script.py`.
"""

import math
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sandbox.cpo import script
from sandbox.cpo.clock import from_iso
from sandbox.cpo.envelope import OcpiProblem, require
from sandbox.cpo.faults import Fault
from sandbox.cpo.feed import Place
from sandbox.cpo.model import LiveSession, Peer, Reservation
from sandbox.cpo.outbox import Parcel
from sandbox.cpo.wires import wire_of
from sandbox.cpo.world import World

Json = dict[str, Any]

LATE_S = 120.0
_BAD_RESULTS = {"result_timeout": "TIMEOUT", "result_rejected": "REJECTED", "late_session": "TIMEOUT"}


async def answer(world: World, peer: Peer, command: str, body: Json, owner: tuple[str, str] | None = None) -> Json:
    """Carry out ``command`` for ``owner`` and return the CommandResponse.

    Raises `OcpiProblem` for what is malformed or unknown; an ``owner`` is stated where a hub passes the command on.
    """
    required = wire_of(peer.version).REQUIRED
    if command not in COMMANDS or command not in required:
        raise OcpiProblem(2000, f"unknown command {command}")
    require(body, required[command])
    if "token" in required[command]:
        require(body["token"], required["token"])
    if owner is not None and "location_id" in body:
        _place_of(world, body, owner)
    found = await COMMANDS[command](world, peer, body)
    world.commands.append({"command": command, "body": body, "response": found, "at": world.now()})
    return found


def _place_of(world: World, body: Json, owner: tuple[str, str]) -> None:
    place = next(iter(world.feed.at_location(body["location_id"])), None)
    if place is None or place.owner != owner:
        raise OcpiProblem(2003, "unknown location")


async def _start(world: World, peer: Peer, body: Json) -> Json:
    place = _place(world, body, startable_by=body["token"]["uid"])
    uid = place.evse["uid"]
    connector = place.connector(body.get("connector_id"))
    if connector is None:
        raise OcpiProblem(2003, "unknown connector")
    if "REMOTE_START_STOP_CAPABLE" not in place.evse.get("capabilities", []):
        return _response(world, peer, "NOT_SUPPORTED", "this EVSE cannot be started from afar")
    if world.faults.take("rejects", uid):
        return _response(world, peer, "REJECTED", "the charger refuses")
    if not _free_for(world, uid, body["token"]["uid"]):
        return _response(world, peer, "REJECTED", f"EVSE is {world.evses[uid].status}")
    if world.faults.take("silent_after_start", uid):
        return _response(world, peer, "ACCEPTED")
    live = _accept(world, peer, body, place, connector)
    bad = next((fault for name in _BAD_RESULTS if (fault := world.faults.take(name, uid))), None)
    if bad is not None:
        _fail_start(world, live, body["response_url"], bad)
    else:
        await _go_on(world, live, body["response_url"])
    return _response(world, peer, "ACCEPTED")


def _accept(world: World, peer: Peer, body: Json, place: Place, connector: Json) -> LiveSession:
    token, uid = body["token"], place.evse["uid"]
    if world.faults.take("session_unknown_token", uid):
        stranger = uuid.uuid4().hex
        contract = "contract_id" if "contract_id" in token else "auth_id"
        token = token | {"uid": stranger, contract: f"DE-XXX-{stranger[:9].upper()}"}
    reference = body.get("authorization_reference")
    if reference is not None and (world.hub is not None or world.faults.take("replaced_reference", uid)):
        reference = uuid.uuid4().hex
    if world.faults.take("unknown_location", uid):
        place = replace(place, location=place.location | {"id": f"{place.location['id']}-hidden"})
    session_id = f"{world.feed.party_id}-S-{uuid.uuid4().hex[:20]}"
    tariff = world.feed.tariff_of(connector)
    billed = None if tariff is None else wire_of(peer.version).billable(tariff)
    return LiveSession(session_id, peer, place, connector, billed, token, world.plans.take(uid), reference)


def _fail_start(world: World, live: LiveSession, response_url: str, fault: Fault) -> None:
    due = world.now() + world.config.result_delay_s
    send_result(world, live.peer, response_url, _BAD_RESULTS[fault.name], due, live=live)
    if fault.name == "late_session":
        world.sessions[live.id] = live
        late = LATE_S if fault.seconds is None else fault.seconds
        world.schedule.at(due + late, lambda at: script.connect(world, live, at))


async def _go_on(world: World, live: LiveSession, response_url: str) -> None:
    """The start works: result, then the car, which holds the EVSE from now on."""
    _hold(world, live)
    due = world.now() + world.config.result_delay_s
    if world.faults.take("result_before_response", live.evse_uid):
        due = world.now()
        await world.outbox.send_now(_result_parcel(live.peer, response_url, "ACCEPTED", live.place.owner))
    elif not world.faults.take("no_result", live.evse_uid):
        for _ in range(2 if world.faults.take("result_twice", live.evse_uid) else 1):
            send_result(world, live.peer, response_url, "ACCEPTED", due, live=live)
    if world.faults.take("session_before_response", live.evse_uid):
        script.connect(world, live, world.now())
        await world.outbox.drained()
    else:
        world.schedule.at(math.ceil(due) + live.plan.connect_after_s, lambda at: script.connect(world, live, at))


def begin_at_the_post(
    world: World, peer: Peer, place: Place, token: Json, reference: str | None, auth_method: str
) -> LiveSession | None:
    """Begin a session that nobody commanded: a card was held to the post. Nothing where the EVSE is taken."""
    connector = place.connector(None)
    if connector is None or not _free_for(world, place.evse["uid"], token["uid"]):
        return None
    live = _accept(world, peer, {"token": token, "authorization_reference": reference}, place, connector)
    live.auth_method = auth_method
    _hold(world, live)
    due = math.ceil(world.now()) + live.plan.connect_after_s
    world.schedule.at(due, lambda at: script.connect(world, live, at))
    return live


def _hold(world: World, live: LiveSession) -> None:
    world.sessions[live.id] = live
    world.evses[live.evse_uid].session_id = live.id
    for key in [r.id for r in world.reservations.values() if r.evse_uid == live.evse_uid]:
        world.reservations.pop(key).expiry.cancel()  # the car it was kept for is here


async def _stop(world: World, peer: Peer, body: Json) -> Json:
    live = world.sessions.get(body["session_id"])
    if live is None or live.peer.our_token != peer.our_token or live.course is None:
        return _response(world, peer, "UNKNOWN_SESSION")
    if live.status != "ACTIVE":
        return _response(world, peer, "REJECTED", "the session has ended")
    if world.faults.take("stop_rejected", live.evse_uid):
        return _response(world, peer, "REJECTED", "the charger refuses")
    continues = world.faults.take("stop_accepted_but_continues", live.evse_uid) is not None
    due = world.now() + world.config.result_delay_s
    send_result(world, peer, body["response_url"], "ACCEPTED", due, live=live)
    if not continues:
        world.schedule.at(due, lambda at: script.stop(world, live, at))
    return _response(world, peer, "ACCEPTED")


async def _reserve(world: World, peer: Peer, body: Json) -> Json:
    token_uid = body["token"]["uid"]
    place = _place(world, body, startable_by=token_uid)
    uid = place.evse["uid"]
    if "RESERVABLE" not in place.evse.get("capabilities", []):
        return _response(world, peer, "NOT_SUPPORTED", "this EVSE cannot be reserved")
    if not _free_for(world, uid, token_uid):
        return _response(world, peer, "REJECTED", f"EVSE is {world.evses[uid].status}")
    try:
        expiry = from_iso(body["expiry_date"])
    except ValueError as error:
        raise OcpiProblem(2001, "expiry_date is no date") from error
    key = body["reservation_id"]
    _end_reservation(world, key)
    due = world.schedule.at(expiry, lambda at: _end_reservation(world, key, at))
    world.reservations[key] = Reservation(key, peer, uid, token_uid, due)
    script.set_status(world, uid, "RESERVED", math.ceil(world.now()))
    send_result(world, peer, body["response_url"], "ACCEPTED", world.now() + world.config.result_delay_s)
    return _response(world, peer, "ACCEPTED")


async def _cancel_reservation(world: World, peer: Peer, body: Json) -> Json:
    known = world.reservations.get(body["reservation_id"])
    mine = known is not None and known.peer.our_token == peer.our_token
    if mine:
        _end_reservation(world, body["reservation_id"])
    result = "ACCEPTED" if mine else "UNKNOWN_RESERVATION"
    send_result(world, peer, body["response_url"], result, world.now() + world.config.result_delay_s)
    return _response(world, peer, "ACCEPTED")


async def _unlock(world: World, peer: Peer, body: Json) -> Json:
    place = _place(world, body)
    if "UNLOCK_CAPABLE" not in place.evse.get("capabilities", []):
        return _response(world, peer, "NOT_SUPPORTED", "this EVSE cannot be unlocked from afar")
    send_result(world, peer, body["response_url"], "ACCEPTED", world.now() + world.config.result_delay_s)
    return _response(world, peer, "ACCEPTED")


COMMANDS: dict[str, Callable[[World, Peer, Json], Awaitable[Json]]] = {
    "START_SESSION": _start,
    "STOP_SESSION": _stop,
    "RESERVE_NOW": _reserve,
    "CANCEL_RESERVATION": _cancel_reservation,
    "UNLOCK_CONNECTOR": _unlock,
}


def send_result(
    world: World, peer: Peer, url: str, result: str, due: float, *, live: LiveSession | None = None
) -> None:
    """Plan the CommandResult for virtual time ``due``, in the order of its session when it belongs to one."""
    queue, sender = (url, None) if live is None else (live.id, live.place.owner)
    world.schedule.at(due, lambda _at: world.send(queue, _result_parcel(peer, url, result, sender)))


def _result_parcel(peer: Peer, url: str, result: str, sender: tuple[str, str] | None) -> Parcel:
    return Parcel(peer, "POST", url, wire_of(peer.version).command_result(result), "result", sender=sender)


def _response(world: World, peer: Peer, result: str, message: str | None = None) -> Json:
    return wire_of(peer.version).command_response(result, world.config.command_timeout_s, message)


def _place(world: World, body: Json, *, startable_by: str | None = None) -> Place:
    """Find the EVSE a command means; without an EVSE uid, the first free one of the location, else its first."""
    places = list(world.feed.at_location(body["location_id"]))
    if not places:
        raise OcpiProblem(2003, "unknown location")
    if body.get("evse_uid") is not None:
        found = next((place for place in places if place.evse["uid"] == body["evse_uid"]), None)
        if found is None:
            raise OcpiProblem(2003, "unknown EVSE")
        return found
    free = (place for place in places if startable_by and _free_for(world, place.evse["uid"], startable_by))
    return next(free, places[0])


def _free_for(world: World, evse_uid: str, token_uid: str) -> bool:
    """Whether this token may start or reserve here: the EVSE is available, or reserved for the same token."""
    state = world.evses[evse_uid]
    if state.session_id is not None:
        return False
    kept = any(r.evse_uid == evse_uid and r.token_uid == token_uid for r in world.reservations.values())
    return state.status == "AVAILABLE" or (state.status == "RESERVED" and kept)


def _end_reservation(world: World, key: str, at: float | None = None) -> None:
    known = world.reservations.pop(key, None)
    if known is None:
        return
    known.expiry.cancel()
    if world.evses[known.evse_uid].status == "RESERVED":
        script.set_status(world, known.evse_uid, "AVAILABLE", math.ceil(world.now() if at is None else at))
