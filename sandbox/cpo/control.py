"""The hand behind the curtain, under ``/_sandbox``: plans, faults, unplugging, looking inside.

No OCPI here and no authorization. Every answer is plain JSON; a bad request is answered 400 with ``{"error": ...}``.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.cpo import script
from sandbox.cpo.clock import to_iso
from sandbox.cpo.envelope import OcpiProblem, base_url
from sandbox.cpo.faults import FAULTS, Fault
from sandbox.cpo.hub_news import tell_status
from sandbox.cpo.model import LiveSession, Peer, Plan
from sandbox.cpo.outbox import from_bytes, to_bytes
from sandbox.cpo.register import leave, register_at, rotate_at
from sandbox.cpo.swipe import swipe
from sandbox.cpo.tariff_news import change_prices
from sandbox.cpo.world import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request from behind the curtain, its JSON body read."""

    world: World
    request: Request
    body: Json


Handler = Callable[[Call], Awaitable[Any]]


def control(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Make a Starlette endpoint: JSON in, JSON out, mistakes as 400."""

    async def endpoint(request: Request) -> Response:
        content = await request.body()
        try:
            body = from_bytes(content) if content else {}
            found, status = await handler(Call(request.app.state.world, request, body)), 200
        except OcpiProblem as problem:
            found, status = {"error": problem.message, "status_code": problem.status_code}, 502
        except KeyError as error:
            found, status = {"error": f"unknown or missing: {error}"}, 400
        except ValueError as error:
            found, status = {"error": str(error)}, 400
        return Response(to_bytes(found), status, media_type="application/json")

    return endpoint


async def about(call: Call) -> Json:
    """Say where and how to register, and who is registered."""
    return {
        "versions_url": f"{base_url(call.world, call.request)}/ocpi/versions",
        "token": call.world.token_a,
        "token_usable": call.world.token_a in call.world.registration_tokens,
        "party": list(call.world.party),
        "now": call.world.now(),
        "versions": list(call.world.versions),
        "mischief": getattr(call.world.outbox, "done", {}),
        "peers": [_who(peer) | {"version": peer.version} for peer in call.world.peers.values()],
    }


async def register(call: Call) -> Json:
    """Register ourselves at an eMSP, in a version of choice or the newest that both speak."""
    ours = base_url(call.world, call.request)
    version = call.body.get("version")
    peer = await register_at(call.world, ours, call.body["versions_url"], call.body["token"], version)
    return {"registered": _who(peer), "version": peer.version}


async def rotate(call: Call) -> Json:
    """Renew our registration at a peer, the only one or the one of ``party_id``."""
    peer = _peer(call)
    await rotate_at(call.world, base_url(call.world, call.request), peer)
    return {"rotated": _who(peer)}


async def unregister(call: Call) -> Json:
    """End our registration at a peer, the only one or the one of ``party_id``."""
    peer = _peer(call)
    await leave(call.world, peer)
    return {"left": _who(peer)}


async def turn_party(call: Call) -> Json:
    """Turn a party behind the hub CONNECTED, OFFLINE, PLANNED or SUSPENDED, and tell the peers."""
    if call.world.hub is None:
        raise ValueError("this is no hub")
    party = call.body["country_code"], call.body["party_id"]
    client = call.world.hub.turn(party, call.body["status"], call.world.now())
    tell_status(call.world, client)
    return client.info()


def _peer(call: Call) -> Peer:
    wanted = call.body.get("party_id")
    found = next((peer for peer in call.world.peers.values() if wanted in (None, peer.party_id)), None)
    if found is None:
        raise ValueError("nobody of that name is registered")
    return found


def _who(peer: Peer) -> Json:
    return {"country_code": peer.country_code, "party_id": peer.party_id}


async def new_token(call: Call) -> Json:
    """Give out one more registration token, for a further eMSP or for registering again."""
    call.world.token_a = call.body.get("token") or secrets.token_urlsafe(24)
    call.world.registration_tokens.add(call.world.token_a)
    return {"token": call.world.token_a}


async def hold_card(call: Call) -> Json:
    """Hold a card to a post; the eMSP, the only one or the one of ``party_id``, is asked in real time."""
    kind = call.body.get("type", "RFID")
    return await swipe(call.world, _peer(call), call.body["evse_uid"], call.body["token_uid"], kind)


async def change_tariff(call: Call) -> Json:
    """Change a tariff's prices by ``percent`` and tell the peers."""
    return change_prices(call.world, call.body["tariff_id"], Decimal(str(call.body["percent"])))


async def add_plan(call: Call) -> Json:
    """Queue what the car does at the next start on an EVSE, or on any EVSE with ``*``."""
    uid = call.body.get("evse_uid", "*")
    if uid != "*" and uid not in call.world.feed.places:
        raise KeyError(uid)
    call.world.plans.add(uid, Plan.from_json(call.body["plan"]))
    return {"planned": uid}


async def add_fault(call: Call) -> Json:
    """Switch a fault on."""
    wanted = dict(call.body)
    fault = Fault(wanted.pop("name"), **{name: wanted.pop(name, None) for name in ("evse_uid", "times", "seconds")})
    if wanted:
        raise ValueError(f"a fault has no {', '.join(wanted)}")
    fault.seconds = None if fault.seconds is None else float(fault.seconds)
    call.world.faults.add(fault)
    return {"on": asdict(fault)}


async def list_faults(call: Call) -> Json:
    """List all faults there are and those switched on."""
    return {"known": FAULTS, "on": [asdict(fault) for fault in call.world.faults.listing()]}


async def clear_faults(call: Call) -> Json:
    """Switch all faults off."""
    call.world.faults.clear()
    return {"on": []}


async def list_sessions(call: Call) -> list[Json]:
    """List the sessions, oldest first, in words of the sandbox."""
    return [_described(live) for live in call.world.sessions.values()]


async def unplug(call: Call) -> Json:
    """Pull the cable now."""
    live = call.world.sessions[call.request.path_params["session_id"]]
    if live.course is None:
        raise ValueError("the car is not connected yet")
    script.unplug(call.world, live, call.world.now())
    return _described(live)


async def next_due(call: Call) -> Json:
    """Tell the virtual unix time of the next planned step."""
    return {"next_due": call.world.schedule.next_due(), "now": call.world.now()}


async def idle(call: Call) -> Json:
    """Tell how much is due or in flight; 0 means that nothing more happens before the next due step."""
    return {"busy": call.world.busy()}


async def received(call: Call) -> Json:
    """Show the tokens and commands that came in."""
    return {"tokens": list(call.world.tokens.values()), "commands": call.world.commands}


async def sent(call: Call) -> list[Json]:
    """Show every request that went out, one entry for each attempt."""
    return list(call.world.outbox.sent)


async def reset(call: Call) -> Json:
    """Forget everything but the registrations."""
    await call.world.reset()
    return {"reset": True}


def _described(live: LiveSession) -> Json:
    found: Json = {"id": live.id, "status": live.status, "evse_uid": live.evse_uid, "token_uid": live.token["uid"]}
    found |= {"connector_id": live.connector["id"], "location_id": live.place.location["id"]}
    found |= {"authorization_reference": live.authorization_reference, "stopped_by": live.stopped_by}
    found |= {"cdr": live.cdr, "cdr_delivered": live.cdr_delivered}
    if live.course is not None:
        found |= {"kwh": live.course.kwh_at(live.reported_until), "started_at": to_iso(live.course.start)}
        found |= {"charging_ends_at": to_iso(live.course.charging_end)}
        found |= {"ended_at": None if live.end is None else to_iso(live.end)}
    return found


ROUTES = [
    Route("/_sandbox", control(about)),
    Route("/_sandbox/register", control(register), methods=["POST"]),
    Route("/_sandbox/rotate", control(rotate), methods=["POST"]),
    Route("/_sandbox/unregister", control(unregister), methods=["POST"]),
    Route("/_sandbox/parties", control(turn_party), methods=["POST"]),
    Route("/_sandbox/tokens", control(new_token), methods=["POST"]),
    Route("/_sandbox/swipe", control(hold_card), methods=["POST"]),
    Route("/_sandbox/tariffs", control(change_tariff), methods=["POST"]),
    Route("/_sandbox/plans", control(add_plan), methods=["POST"]),
    Route("/_sandbox/faults", control(add_fault), methods=["POST"]),
    Route("/_sandbox/faults", control(list_faults), methods=["GET"]),
    Route("/_sandbox/faults", control(clear_faults), methods=["DELETE"]),
    Route("/_sandbox/sessions", control(list_sessions)),
    Route("/_sandbox/sessions/{session_id}/unplug", control(unplug), methods=["POST"]),
    Route("/_sandbox/next_due", control(next_due)),
    Route("/_sandbox/idle", control(idle)),
    Route("/_sandbox/received", control(received)),
    Route("/_sandbox/sent", control(sent)),
    Route("/_sandbox/reset", control(reset), methods=["POST"]),
]
