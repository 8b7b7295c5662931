"""The functional modules the CPO serves: locations, tariffs, sessions, CDRs to read; tokens to write; commands to obey.

OCPI `mod_locations`, `mod_tariffs`, `mod_sessions`, `mod_cdrs`, `mod_hub_client_info` (SENDER), `mod_tokens`,
`mod_commands` (RECEIVER); every version under a URL of its own.
"""

from typing import Any

from starlette.routing import Route

from sandbox.cpo import commands, handshake, script
from sandbox.cpo.envelope import Answer, Call, OcpiProblem, face, read_json, require
from sandbox.cpo.pages import page

Json = dict[str, Any]


def _meant(call: Call, source: Json) -> bool:
    """Whether the request is for the operator of this object, or for all of them."""
    party = call.addressed()
    return party is None or party == (source["country_code"], source["party_id"])


async def list_locations(call: Call) -> Answer:
    """Page through our locations with live statuses."""
    sources = [source for source in call.world.feed.locations.values() if _meant(call, source)]
    return page(call, [call.wire.location(source, call.world.evses) for source in sources])


async def get_location(call: Call) -> Answer:
    """Answer one location, one EVSE or one connector."""
    path = call.request.path_params
    source = call.world.feed.locations.get(path["location_id"])
    if source is None or not _meant(call, source):
        raise OcpiProblem(2003, "unknown location", 404)
    if "evse_uid" not in path:
        return Answer(call.wire.location(source, call.world.evses))
    place = call.world.feed.places.get(path["evse_uid"])
    if place is None or place.location is not source:
        raise OcpiProblem(2003, "unknown EVSE", 404)
    if "connector_id" not in path:
        return Answer(call.wire.evse(place.evse, call.world.evses[path["evse_uid"]]))
    connector = place.connector(path["connector_id"])
    if connector is None:
        raise OcpiProblem(2003, "unknown connector", 404)
    return Answer(call.wire.connector(connector))


async def list_tariffs(call: Call) -> Answer:
    """Page through our tariffs."""
    known = [tariff for key, tariff in call.world.feed.tariffs.items() if key not in call.world.deleted_tariffs]
    return page(call, [call.wire.tariff(tariff) for tariff in known if _meant(call, tariff)])


async def list_sessions(call: Call) -> Answer:
    """Page through the caller's own sessions; date_from is required here."""
    if "date_from" not in call.request.query_params:
        raise OcpiProblem(2001, "date_from is required")
    mine = [live for live in call.world.sessions.values() if live.course is not None and live.peer is call.peer]
    return page(call, [script.snapshot(live) for live in mine if _meant(call, live.place.location)])


async def list_cdrs(call: Call) -> Answer:
    """Page through the caller's own CDRs."""
    party = call.addressed()
    return page(call, [b.cdr for b in call.world.cdrs if b.peer is call.peer and party in (None, b.owner)])


async def list_clients(call: Call) -> Answer:
    """Page through the parties behind the hub."""
    if call.world.hub is None or not call.wire.ROUTED:
        raise OcpiProblem(2000, "this is no hub", 404)
    return page(call, [client.info() for client in call.world.hub.clients.values()])


async def get_token(call: Call) -> Answer:
    """Answer a token as it was pushed to us."""
    found = call.world.tokens.get(_token_key(call))
    if found is None:
        raise OcpiProblem(2004, "unknown token", 404)
    return Answer(found)


async def put_token(call: Call) -> Answer:
    """Take in a token, new or replaced."""
    body = await read_json(call.request)
    require(body, call.wire.REQUIRED["token"])
    key = _token_key(call)
    named = zip(("country_code", "party_id", "uid"), key[:3], strict=True)
    if any(name in body and body[name] != value for name, value in named):
        raise OcpiProblem(2001, "the token is not the one of the URL")
    created = key not in call.world.tokens
    call.world.tokens[key] = body
    return Answer(http=201 if created else 200)


async def patch_token(call: Call) -> Answer:
    """Change fields of a known token; last_updated is required since 2.2."""
    body = await read_json(call.request)
    require(body, ("last_updated",) if call.wire.ROUTED else ())
    key = _token_key(call)
    if key not in call.world.tokens:
        raise OcpiProblem(2004, "unknown token", 404)
    call.world.tokens[key] = call.world.tokens[key] | body
    return Answer()


async def post_command(call: Call) -> Answer:
    """Carry out a command."""
    body = await read_json(call.request)
    owner = call.addressed()
    if call.world.faults.take("hub_error"):
        raise OcpiProblem(4002, "the forwarded request timed out")
    name = call.request.path_params["command"]
    return Answer(await commands.answer(call.world, call.registered(), name, body, owner))


def _token_key(call: Call) -> tuple[str, str, str, str]:
    path = call.request.path_params
    kind = call.request.query_params.get("type", "RFID")
    return path["country_code"], path["party_id"], path["token_uid"], kind


_BASE = "/ocpi/{version}"
_LOCATION = f"{_BASE}/locations/{{location_id}}"
_TOKEN = f"{_BASE}/tokens/{{country_code}}/{{party_id}}/{{token_uid}}"

ROUTES = [
    Route("/ocpi/versions", face(handshake.get_versions, functional=False)),
    Route(_BASE, face(handshake.get_version, functional=False)),
    Route(f"{_BASE}/credentials", face(handshake.get_credentials, functional=False), methods=["GET"]),
    Route(f"{_BASE}/credentials", face(handshake.post_credentials, functional=False), methods=["POST"]),
    Route(f"{_BASE}/credentials", face(handshake.put_credentials, functional=False), methods=["PUT"]),
    Route(f"{_BASE}/credentials", face(handshake.delete_credentials, functional=False), methods=["DELETE"]),
    Route(f"{_BASE}/locations", face(list_locations)),
    Route(_LOCATION, face(get_location)),
    Route(_LOCATION + "/{evse_uid}", face(get_location)),
    Route(_LOCATION + "/{evse_uid}/{connector_id}", face(get_location)),
    Route(f"{_BASE}/tariffs", face(list_tariffs)),
    Route(f"{_BASE}/sessions", face(list_sessions)),
    Route(f"{_BASE}/cdrs", face(list_cdrs)),
    Route(f"{_BASE}/hubclientinfo", face(list_clients, routed=False)),
    Route(_TOKEN, face(get_token), methods=["GET"]),
    Route(_TOKEN, face(put_token), methods=["PUT"]),
    Route(_TOKEN, face(patch_token), methods=["PATCH"]),
    Route(f"{_BASE}/commands/{{command}}", face(post_command), methods=["POST"]),
]
