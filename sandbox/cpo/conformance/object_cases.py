"""Locations, tariffs, CDRs and tokens. OCPI `mod_locations`, `mod_tariffs`, `mod_cdrs`, `mod_tokens`."""

from decimal import Decimal
from typing import Any

from sandbox.cpo.clock import to_iso
from sandbox.cpo.conformance import bodies
from sandbox.cpo.conformance.kit import Case, Failed, Kit, Reply, Skipped
from sandbox.cpo.model import EvseState, LiveSession

Json = dict[str, Any]


async def locations_are_taken_in(kit: Kit) -> None:
    """A location that was PUT is shown, and so is a change of an EVSE's status."""
    body = bodies.location(kit)
    url = kit.url("locations", body["id"])
    (await kit.ask("PUT", url, body)).must_be_accepted()
    uid = body["evses"][0]["uid"]
    state = EvseState("CHARGING", body["last_updated"])
    (await kit.ask("PATCH", f"{url}/{uid}", kit.wire.evse_patch(state))).must_be_accepted()
    found = await kit.ask("GET", f"{url}/{uid}")
    found.must_be_accepted()
    if found.data.get("status") != "CHARGING":
        raise Failed("status CHARGING", f"status {found.data.get('status')}")


async def unknown_places_are_not_found(kit: Kit) -> None:
    """GET of a location and PATCH of an EVSE that nobody PUT: 404."""
    url = kit.url("locations", f"never-{kit.run_id}")
    (await kit.ask("GET", url)).must_be(404)
    change = {"status": "CHARGING", "last_updated": to_iso(1_700_000_000)}
    (await kit.ask("PATCH", f"{url}/nothing", change)).must_be(404)


async def tariffs_come_and_go(kit: Kit) -> None:
    """A tariff that was PUT is shown, and gone after DELETE."""
    source = next(iter(kit.world.feed.tariffs.values())) | {"id": f"tariff-{kit.run_id}"}
    url = kit.url("tariffs", source["id"])
    (await kit.ask("PUT", url, kit.wire.tariff(source))).must_be_accepted()
    (await kit.ask("GET", url)).must_be_accepted()
    (await kit.ask("DELETE", url)).must_be_accepted()
    (await kit.ask("GET", url)).must_be(404)


async def _post(kit: Kit, name: str) -> tuple[Json, Reply]:
    body = bodies.cdr(kit, _ended(kit, name))
    reply = await kit.ask("POST", kit.url("cdrs"), body)
    reply.must_be_accepted()
    return body, reply


def _ended(kit: Kit, name: str) -> LiveSession:
    live = bodies.running(kit, name)
    bodies.completed(kit, live)
    return live


async def a_cdr_is_answered_with_where_it_is(kit: Kit) -> None:
    """POST is answered with a Location header, under which the CDR is shown."""
    body, reply = await _post(kit, "where")
    where = reply.headers.get("location")
    if not where:
        raise Failed("a Location header", "none")
    found = await kit.ask("GET", where if "://" in where else kit.url("cdrs") + "/" + where.rsplit("/", 1)[-1])
    found.must_be_accepted()
    if found.data.get("id") != body["id"]:
        raise Failed(f"CDR {body['id']}", str(found.data.get("id")))


async def the_same_cdr_again_is_no_second_one(kit: Kit) -> None:
    """A repeated POST is accepted and answered with the same Location."""
    body, first = await _post(kit, "again")
    second = await kit.ask("POST", kit.url("cdrs"), body)
    second.must_be_accepted()
    one, other = first.headers.get("location"), second.headers.get("location")
    second.must(f"Location {one}", hold=one == other)


async def a_cdr_cannot_be_replaced(kit: Kit) -> None:
    """The same id with another total is refused, and the first stays."""
    body, first = await _post(kit, "replace")
    reply = await kit.ask("POST", kit.url("cdrs"), kit.wire.more_expensive(body))
    reply.must("a refusal in the envelope", hold=reply.http < 500 and (reply.code or 0) // 1000 == 2)
    where = first.headers.get("location", "")
    if "://" in where:
        found = await kit.ask("GET", where)
        if _total(found.data) != _total(body):
            raise Failed("the first total", str(found.data["total_cost"]))


def _total(cdr: Json) -> Decimal:
    total = cdr["total_cost"]
    amount = total.get("excl_vat", total.get("before_taxes")) if isinstance(total, dict) else total
    return Decimal(str(amount))


async def cdrs_know_post_and_get_only(kit: Kit) -> None:
    """PUT, PATCH and DELETE of CDRs: 404 or 405."""
    for method in ("PUT", "PATCH", "DELETE"):
        reply = await kit.ask(method, kit.url("cdrs"), None if method == "DELETE" else {})
        reply.must("HTTP 404 or 405", hold=reply.http in (404, 405))


async def tokens_are_paged(kit: Kit) -> None:
    """The list of tokens has its headers, keeps to the limit and links to the next page."""
    url = kit.url("tokens", role="SENDER")
    reply = await kit.ask("GET", f"{url}?limit=1")
    reply.must_be_accepted()
    for name in ("X-Total-Count", "X-Limit"):
        reply.must(f"a header {name}", hold=reply.headers.get(name, "").isdecimal())
    reply.must("at most one token", hold=isinstance(reply.data, list) and len(reply.data) <= 1)
    if int(reply.headers["X-Total-Count"]) > 1:
        reply.must('a Link with rel="next"', hold='rel="next"' in reply.headers.get("Link", ""))


async def unknown_tokens_are_not_authorized(kit: Kit) -> None:
    """Authorization of a token that does not exist: 404 and OCPI 2004."""
    url = kit.url("tokens", role="SENDER")
    (await kit.ask("POST", f"{url}/nobody-{kit.run_id}/authorize")).must_be(404, 2004)


async def known_tokens_are_judged(kit: Kit) -> None:
    """Authorization of a listed token is answered with one of the words of the specification."""
    url = kit.url("tokens", role="SENDER")
    listed = await kit.ask("GET", f"{url}?limit=1")
    if not listed.data:
        raise Skipped("the eMSP lists no token")
    token = listed.data[0]
    query = "token_type" if kit.version == "2.1.1" else "type"
    place = {"location_id": bodies.place(kit).location["id"]}
    reply = await kit.ask("POST", f"{url}/{token['uid']}/authorize?{query}={token['type']}", place)
    if reply.code == 2002:
        raise Skipped("the eMSP wants to know more")
    reply.must_be_accepted()
    words = ("ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED")
    if reply.data.get("allowed") not in words:
        raise Failed("allowed: one of " + ", ".join(words), str(reply.data.get("allowed")))


CASES = (
    Case("location", "a location and its EVSE's status are kept", locations_are_taken_in),
    Case("location_unknown", "unknown places: 404", unknown_places_are_not_found),
    Case("tariff", "a tariff comes and goes", tariffs_come_and_go),
    Case("cdr_location", "POST of a CDR names its Location", a_cdr_is_answered_with_where_it_is),
    Case("cdr_again", "the same CDR again changes nothing", the_same_cdr_again_is_no_second_one),
    Case("cdr_changed", "a CDR cannot be replaced", a_cdr_cannot_be_replaced),
    Case("cdr_methods", "CDRs know POST and GET only", cdrs_know_post_and_get_only),
    Case("tokens_paged", "tokens come page by page", tokens_are_paged),
    Case("authorize_unknown", "an unknown token: 404 and 2004", unknown_tokens_are_not_authorized),
    Case("authorize_known", "a known token is judged", known_tokens_are_judged),
)
