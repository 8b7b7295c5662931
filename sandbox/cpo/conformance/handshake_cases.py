"""Versions, credentials, and what a token opens. OCPI `version_information_endpoint`, `credentials`."""

from sandbox.cpo import register
from sandbox.cpo.conformance.kit import Case, Failed, Kit
from sandbox.cpo.envelope import OcpiProblem

NEEDED = (("credentials", "RECEIVER"), ("sessions", "RECEIVER"), ("cdrs", "RECEIVER"), ("locations", "RECEIVER"))


async def versions_are_listed(kit: Kit) -> None:
    """The version is on the list, and its details on the URL that the list names."""
    reply = await kit.ask("GET", kit.versions_url, token=kit.token_a)
    reply.must_be_accepted()
    kit.versions = {entry["version"]: entry["url"] for entry in reply.data}
    if kit.version not in kit.versions:
        raise Failed(f"version {kit.version} on the list", ", ".join(kit.versions) or "an empty list")
    details = await kit.ask("GET", kit.versions[kit.version], token=kit.token_a)
    details.must_be_accepted()
    kit.endpoints = kit.wire.endpoints(details.data)


async def needed_modules_are_there(kit: Kit) -> None:
    """An operator can send its locations, sessions and CDRs."""
    missing = [f"{module} as {role}" for module, role in NEEDED if (module, role) not in kit.endpoints]
    if missing and not (missing == ["credentials as RECEIVER"] and ("credentials", "SENDER") in kit.endpoints):
        raise Failed("endpoints for " + ", ".join(module for module, _ in NEEDED), "none for " + ", ".join(missing))


async def nobody_gets_in_without_a_token(kit: Kit) -> None:
    """No header, or an unknown token: 401."""
    for headers in ({"Authorization": ""}, {"Authorization": "Token bm9ib2R5"}):
        (await kit.ask("GET", kit.versions_url, token="-", headers=headers)).must_be(401)


async def trailing_slashes_do_not_matter(kit: Kit) -> None:
    """The list of versions is there with and without a slash at the end."""
    for url in (kit.versions_url.rstrip("/"), kit.versions_url.rstrip("/") + "/"):
        (await kit.ask("GET", url, token=kit.token_a)).must_be_accepted()


async def a_registration_token_opens_nothing_else(kit: Kit) -> None:
    """Functional modules answer 401 to it."""
    listed = kit.endpoints.get(("tokens", "SENDER")) or kit.endpoints.get(("tokens", "RECEIVER"))
    owned = kit.endpoints.get(("sessions", "RECEIVER"))
    if listed is None and owned is None:
        raise Failed("an endpoint for tokens or sessions", "none")
    url = listed or f"{owned}/{'/'.join(kit.world.party)}/nothing"
    (await kit.ask("GET", url, token=kit.token_a)).must_be(401)


async def put_and_delete_come_after_post(kit: Kit) -> None:
    """Before registration both answer 405."""
    offer = kit.wire.credentials("unused", f"{kit.base}/ocpi/versions", kit.world.identity)
    for method, body in (("PUT", offer), ("DELETE", None)):
        (await kit.ask(method, _credentials(kit), body, token=kit.token_a)).must_be(405)


async def a_failed_registration_leaves_the_token_usable(kit: Kit) -> None:
    """Credentials whose versions cannot be read are refused with 3001, and the registration token lives on."""
    offer = kit.wire.credentials("opens-nothing", f"{kit.base}/ocpi/versions", kit.world.identity)
    reply = await kit.ask("POST", _credentials(kit), offer, token=kit.token_a)
    reply.must("OCPI 3001", hold=reply.code == 3001)
    (await kit.ask("GET", kit.versions_url, token=kit.token_a)).must_be_accepted()


async def registration_succeeds(kit: Kit) -> None:
    """POST is answered with credentials whose token is a new one."""
    try:
        peer = await register.register_at(kit.world, kit.base, kit.versions_url, kit.token_a, kit.version)
    except OcpiProblem as problem:
        raise Failed("credentials with a new token", problem.message) from problem
    if peer.their_token == kit.token_a:
        raise Failed("another token than the registration token", "the same")
    kit.peer, kit.endpoints = peer, peer.endpoints


async def the_registration_token_is_dead(kit: Kit) -> None:
    """Once registered, the first token is 401."""
    kit.registered()
    (await kit.ask("GET", kit.versions_url, token=kit.token_a)).must_be(401)


async def registering_twice_is_refused(kit: Kit) -> None:
    """POST of the registered: 405."""
    offer = kit.wire.credentials(kit.registered().our_token, f"{kit.base}/ocpi/versions", kit.world.identity)
    (await kit.ask("POST", _credentials(kit), offer)).must_be(405)


async def tokens_rotate(kit: Kit) -> None:
    """PUT answers another token, which works."""
    peer = kit.registered()
    before = peer.their_token
    try:
        await register.rotate_at(kit.world, kit.base, peer)
    except OcpiProblem as problem:
        raise Failed("credentials with a new token", problem.message) from problem
    if peer.their_token == before:
        raise Failed("another token than before", "the same")
    (await kit.ask("GET", peer.versions_url)).must_be_accepted()


async def ids_and_parties_come_back(kit: Kit) -> None:
    """X-Request-ID and X-Correlation-ID are echoed, From and To swapped (2.2 on)."""
    url = kit.url("sessions", f"nothing-{kit.run_id}")
    ids = {"X-Request-ID": f"r-{kit.run_id}", "X-Correlation-ID": f"c-{kit.run_id}"}
    reply = await kit.ask("GET", url, headers=ids)
    if not kit.wire.ROUTED:
        return
    for name, value in ids.items():
        reply.must(f"{name} {value}", hold=reply.headers.get(name) == value)
    found = reply.headers.get("ocpi-to-country-code"), reply.headers.get("ocpi-to-party-id")
    reply.must("OCPI-to headers with " + "-".join(kit.world.party), hold=found == kit.world.party)


async def the_registration_ends(kit: Kit) -> None:
    """DELETE is accepted and the token is dead."""
    peer = kit.registered()
    (await kit.ask("DELETE", _credentials(kit))).must_be_accepted()
    (await kit.ask("GET", peer.versions_url)).must_be(401)


def _credentials(kit: Kit) -> str:
    found = kit.endpoints.get(("credentials", "RECEIVER")) or kit.endpoints.get(("credentials", "SENDER"))
    if found is None:
        raise Failed("a credentials endpoint", "none")
    return found


FIRST = (
    Case("versions", "lists the version and its endpoints", versions_are_listed),
    Case("modules", "receives locations, sessions and CDRs", needed_modules_are_there),
    Case("no_token", "without a known token: 401", nobody_gets_in_without_a_token),
    Case("slashes", "a slash at the end changes nothing", trailing_slashes_do_not_matter),
    Case("token_a_confined", "a registration token opens no module", a_registration_token_opens_nothing_else),
    Case("put_before_post", "PUT and DELETE before POST: 405", put_and_delete_come_after_post),
    Case("failed_handshake", "a failed registration rolls back", a_failed_registration_leaves_the_token_usable),
    Case("handshake", "POST credentials registers", registration_succeeds),
    Case("token_a_dead", "the registration token dies", the_registration_token_is_dead),
    Case("post_twice", "POST credentials again: 405", registering_twice_is_refused),
    Case("rotation", "PUT credentials turns the tokens", tokens_rotate),
    Case("headers", "ids are echoed, From and To swapped", ids_and_parties_come_back),
)
LAST = (Case("goodbye", "DELETE credentials ends it", the_registration_ends),)
