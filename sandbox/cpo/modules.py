"""The functional modules the CPO serves: locations, tariffs, sessions, CDRs to read; tokens to write; commands to obey.

OCPI 2.2.1 `mod_locations`, `mod_tariffs`, `mod_sessions`, `mod_cdrs` (SENDER), `mod_tokens`, `mod_commands`
(RECEIVER).
"""

from starlette.routing import Route

from sandbox.cpo import commands, handshake, script
from sandbox.cpo import wire_2_2_1 as wire
from sandbox.cpo.envelope import Answer, Call, OcpiProblem, face, page, read_json, require


async def list_locations(call: Call) -> Answer:
    """Page through our locations with live statuses."""
    return page(call, [wire.location(source, call.world.evses) for source in call.world.feed.locations.values()])


async def get_location(call: Call) -> Answer:
    """Answer one location, one EVSE or one connector."""
    path = call.request.path_params
    source = call.world.feed.locations.get(path["location_id"])
    if source is None:
        raise OcpiProblem(2003, "unknown location", 404)
    if "evse_uid" not in path:
        return Answer(wire.location(source, call.world.evses))
    place = call.world.feed.places.get(path["evse_uid"])
    if place is None or place.location is not source:
        raise OcpiProblem(2003, "unknown EVSE", 404)
    if "connector_id" not in path:
        return Answer(wire.evse(place.evse, call.world.evses[path["evse_uid"]]))
    connector = place.connector(path["connector_id"])
    if connector is None:
        raise OcpiProblem(2003, "unknown connector", 404)
    return Answer(connector)


async def list_tariffs(call: Call) -> Answer:
    """Page through our tariffs."""
    return page(call, list(call.world.feed.tariffs.values()))


async def list_sessions(call: Call) -> Answer:
    """Page through the caller's own sessions; date_from is required here."""
    if "date_from" not in call.request.query_params:
        raise OcpiProblem(2001, "date_from is required")
    mine = [live for live in call.world.sessions.values() if live.course is not None and live.peer is call.peer]
    return page(call, [script.snapshot(live) for live in mine])


async def list_cdrs(call: Call) -> Answer:
    """Page through the caller's own CDRs."""
    return page(call, [live.cdr for live in call.world.cdrs if live.peer is call.peer and live.cdr])


async def get_token(call: Call) -> Answer:
    """Answer a token as it was pushed to us."""
    found = call.world.tokens.get(_token_key(call))
    if found is None:
        raise OcpiProblem(2004, "unknown token", 404)
    return Answer(found)


async def put_token(call: Call) -> Answer:
    """Take in a token, new or replaced."""
    body = await read_json(call.request)
    require(body, wire.REQUIRED["token"])
    key = _token_key(call)
    if (body["country_code"], body["party_id"], body["uid"]) != key[:3]:
        raise OcpiProblem(2001, "the token is not the one of the URL")
    created = key not in call.world.tokens
    call.world.tokens[key] = body
    return Answer(http=201 if created else 200)


async def patch_token(call: Call) -> Answer:
    """Change fields of a known token; last_updated is required."""
    body = await read_json(call.request)
    require(body, ("last_updated",))
    key = _token_key(call)
    if key not in call.world.tokens:
        raise OcpiProblem(2004, "unknown token", 404)
    call.world.tokens[key] = call.world.tokens[key] | body
    return Answer()


async def post_command(call: Call) -> Answer:
    """Carry out a command."""
    body = await read_json(call.request)
    return Answer(await commands.answer(call.world, call.registered(), call.request.path_params["command"], body))


def _token_key(call: Call) -> tuple[str, str, str, str]:
    path = call.request.path_params
    kind = call.request.query_params.get("type", "RFID")
    return path["country_code"], path["party_id"], path["token_uid"], kind


_LOCATION = f"/ocpi/{wire.VERSION}/locations/{{location_id}}"
_TOKEN = f"/ocpi/{wire.VERSION}/tokens/{{country_code}}/{{party_id}}/{{token_uid}}"
_BASE = f"/ocpi/{wire.VERSION}"

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
    Route(_TOKEN, face(get_token), methods=["GET"]),
    Route(_TOKEN, face(put_token), methods=["PUT"]),
    Route(_TOKEN, face(patch_token), methods=["PATCH"]),
    Route(f"{_BASE}/commands/{{command}}", face(post_command), methods=["POST"]),
]
