"""Sessions: PUT, then PATCH, in order or not, whole or broken. OCPI `mod_sessions`, `transport_and_format`."""

from decimal import Decimal
from typing import Any

from sandbox.cpo.clock import to_iso
from sandbox.cpo.conformance import bodies
from sandbox.cpo.conformance.kit import Case, Failed, Kit, Skipped
from sandbox.cpo.model import LiveSession

Json = dict[str, Any]


async def _put(kit: Kit, name: str) -> tuple[LiveSession, str]:
    live = bodies.running(kit, name)
    url = kit.url("sessions", live.id)
    (await kit.ask("PUT", url, bodies.session(kit, live))).must_be_accepted()
    return live, url


async def _seen(kit: Kit, url: str) -> Json:
    reply = await kit.ask("GET", url)
    reply.must_be_accepted()
    if not isinstance(reply.data, dict):
        raise Failed("a session", str(reply.data))
    return reply.data


def _same(expected: Any, found: Any) -> None:
    if Decimal(str(expected)) != Decimal(str(found)):
        raise Failed(f"kwh {expected}", f"kwh {found}")


async def what_was_put_is_shown(kit: Kit) -> None:
    """GET answers the session that was PUT; a second PUT replaces it."""
    live, url = await _put(kit, "put")
    found = await _seen(kit, url)
    _same(bodies.session(kit, live)["kwh"], found["kwh"])
    if found["id"] != live.id:
        raise Failed(f"id {live.id}", f"id {found['id']}")


async def a_patch_changes_what_it_names(kit: Kit) -> None:
    """After PATCH the named fields are new and the others as before."""
    live, url = await _put(kit, "patch")
    before = await _seen(kit, url)
    change = bodies.patch(kit, live, live.reported_until + 600)
    (await kit.ask("PATCH", url, change)).must_be_accepted()
    found = await _seen(kit, url)
    _same(change["kwh"], found["kwh"])
    if found["currency"] != before["currency"]:
        raise Failed("an unchanged currency", str(found["currency"]))


async def periods_are_appended(kit: Kit) -> None:
    """Charging periods of a PATCH come after those that are known (2.2 on)."""
    if not kit.wire.ROUTED:
        raise Skipped("2.1.1 says nothing of appending")
    live, url = await _put(kit, "periods")
    first = (await _seen(kit, url))["charging_periods"]
    change = bodies.patch(kit, live, live.reported_until + 600)
    (await kit.ask("PATCH", url, change)).must_be_accepted()
    found = (await _seen(kit, url))["charging_periods"]
    wanted = len(first) + len(change["charging_periods"])
    if len(found) != wanted:
        raise Failed(f"{wanted} charging periods", str(len(found)))


async def a_late_patch_takes_nothing_back(kit: Kit) -> None:
    """A PATCH older than what is known does not lower the energy (2.2 on)."""
    if not kit.wire.ROUTED:
        raise Skipped("a PATCH of 2.1.1 has no moment")
    live, url = await _put(kit, "late")
    older = bodies.patch(kit, live, live.reported_until + 600)
    newer = bodies.patch(kit, live, live.reported_until + 600)
    (await kit.ask("PATCH", url, newer)).must_be_accepted()
    await kit.ask("PATCH", url, older)
    _same(newer["kwh"], (await _seen(kit, url))["kwh"])


async def completed_is_final(kit: Kit) -> None:
    """A PATCH that was sent before the end and comes after it does not reopen the session."""
    live, url = await _put(kit, "final")
    replayed = bodies.patch(kit, live, live.reported_until + 600)
    (await kit.ask("PUT", url, bodies.completed(kit, live))).must_be_accepted()
    await kit.ask("PATCH", url, replayed)
    found = await _seen(kit, url)
    if found["status"] != "COMPLETED":
        raise Failed("status COMPLETED", f"status {found['status']}")


async def a_patch_needs_its_moment(kit: Kit) -> None:
    """A PATCH without last_updated is invalid (2.2 on)."""
    if not kit.wire.ROUTED:
        raise Skipped("a PATCH of 2.1.1 has no moment")
    _, url = await _put(kit, "moment")
    (await kit.ask("PATCH", url, {"kwh": Decimal("1.5")})).must_be_invalid()


async def null_cannot_replace_what_is_required(kit: Kit) -> None:
    """kwh of null is invalid and changes nothing."""
    live, url = await _put(kit, "null")
    before = (await _seen(kit, url))["kwh"]
    change: Json = {"kwh": None, "last_updated": to_iso(live.reported_until + 60)}
    (await kit.ask("PATCH", url, change)).must_be_invalid()
    _same(before, (await _seen(kit, url))["kwh"])


async def unknown_sessions_are_not_found(kit: Kit) -> None:
    """GET and PATCH of a session that was never PUT: 404."""
    url = kit.url("sessions", f"never-{kit.run_id}")
    (await kit.ask("GET", url)).must_be(404)
    change = {"status": "ACTIVE", "last_updated": to_iso(1_700_000_000)}
    (await kit.ask("PATCH", url, change)).must_be(404)


async def broken_json_is_a_bad_request(kit: Kit) -> None:
    """What is no JSON: 400."""
    (await kit.ask("PUT", kit.url("sessions", f"broken-{kit.run_id}"), raw=b'{"id": ')).must_be(400)


async def missing_fields_are_named_in_the_envelope(kit: Kit) -> None:
    """A session without required fields: OCPI 2xxx, never a bare HTTP 422."""
    (await kit.ask("PUT", kit.url("sessions", f"less-{kit.run_id}"), {"id": f"less-{kit.run_id}"})).must_be_invalid()


async def the_url_and_the_body_agree(kit: Kit) -> None:
    """A session PUT under another id than its own is invalid."""
    live = bodies.running(kit, "one")
    (await kit.ask("PUT", kit.url("sessions", f"other-{kit.run_id}"), bodies.session(kit, live))).must_be_invalid()


async def foreign_owners_are_refused(kit: Kit) -> None:
    """Under a party that is not ours nothing can be written."""
    live = bodies.running(kit, "foreign")
    url = kit.url("sessions") + f"/ZZ/ZZZ/{live.id}"
    foreign = {"country_code": "ZZ", "party_id": "ZZZ"} if kit.wire.ROUTED else {}
    reply = await kit.ask("PUT", url, bodies.session(kit, live) | foreign)
    reply.must("a refusal", hold=not reply.accepted and reply.http < 500)


CASES = (
    Case("session_put", "a session that was PUT is shown", what_was_put_is_shown),
    Case("session_patch", "PATCH changes what it names", a_patch_changes_what_it_names),
    Case("session_periods", "periods of a PATCH are appended", periods_are_appended),
    Case("session_late_patch", "an older PATCH takes nothing back", a_late_patch_takes_nothing_back),
    Case("session_final", "COMPLETED is final", completed_is_final),
    Case("patch_moment", "PATCH without last_updated is invalid", a_patch_needs_its_moment),
    Case("null_required", "null on a required field is invalid", null_cannot_replace_what_is_required),
    Case("session_unknown", "GET and PATCH of the unknown: 404", unknown_sessions_are_not_found),
    Case("bad_json", "broken JSON: 400", broken_json_is_a_bad_request),
    Case("missing_fields", "missing fields: OCPI 2xxx", missing_fields_are_named_in_the_envelope),
    Case("id_mismatch", "URL and body must agree", the_url_and_the_body_agree),
    Case("foreign_owner", "another party's objects are refused", foreign_owners_are_refused),
)
