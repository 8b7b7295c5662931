"""Credentials at us: register once, rotate with an overlap, leave; what breaks off leaves nothing."""

import asyncio
import base64
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, Registration
from api.models.partner import Partner
from api.ports.roaming import RegistrationFailed
from api.services.roaming.partners import PartnerStatus, owns, peer_of
from api.services.roaming.register import TOKEN_OVERLAP, invite_partner, register_partner
from api.services.roaming.sealing import digest
from clients.ocpi.dialect import SUPPORTED
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.routes.ocpi.payloads import credentials_body, session_body
from tests.api.services.roaming.builders import OUR_TOKEN, partner_of
from tests.fakes import START

URL = f"{V}/credentials"
ENDPOINTS = (Endpoint("locations", InterfaceRole.SENDER, "https://cpo.test/ocpi/locations"),)


def found(version: str = "2.2.1") -> Registration:
    """Return what a look at the registering peer finds: no roles, they are in its credentials."""
    return Registration(
        version=version,
        their_token="their-fresh-token",
        versions_url="https://cpo.test/ocpi/versions",
        endpoints=ENDPOINTS,
        roles=(),
        raw_token_header=True,
    )


async def invited(world: World) -> str:
    """Invite a partner and return its one-time token."""
    async with world.work() as db:
        _, token = await invite_partner(db=db, ports=world.ports, now=START, name="A newcomer", allow_shared_party=True)
    return token


async def partners(world: World) -> list[Partner]:
    """Return all partners."""
    async with world.work() as db:
        return list((await db.exec(select(Partner).order_by(Partner.id))).all())


async def test_a_partner_registers_with_its_one_time_token(world: World) -> None:
    """POST answers our credentials with a fresh token; the one-time token is dead, the partner can be called."""
    world.roaming.registrations.append(found())
    once = await invited(world)
    async with world.client(once) as client:
        answer = await client.post(URL, json=credentials_body())
        assert answer.json()["status_code"] == 1000
        ours = answer.json()["data"]
        assert ours["url"] == "http://chargehand.test/ocpi/versions"
        assert [(role["role"], role["country_code"], role["party_id"]) for role in ours["roles"]] == [
            ("EMSP", "DE", "CHH")
        ]
        assert (await client.get("/versions")).status_code == 401
    assert ours["token"] != once
    async with world.client(ours["token"]) as client:
        assert (await client.get(f"{E}/tokens")).status_code == 200
    newcomer = next(partner for partner in await partners(world) if partner.name == "A newcomer")
    peer = peer_of(newcomer, world.ports)
    assert (peer.their_token, peer.endpoints, peer.raw_token_header) == ("their-fresh-token", ENDPOINTS, True)
    assert peer.their_party == PartyId("DE", "CPO")
    assert world.roaming.calls_of("complete_registration")[0].arguments == (
        "https://cpo.test/ocpi/versions",
        "their-fresh-token",
        "2.2.1",
    )


async def test_registering_has_places_and_prices_fetched(world: World) -> None:
    """In the same transaction the first pulls are deferred."""
    world.roaming.registrations.append(found())
    async with world.client(await invited(world)) as client:
        await client.post(URL, json=credentials_body())
    async with world.work() as db:
        connection = await db.connection()
        jobs = (await connection.execute(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))).scalars().all()
    assert jobs == ["pull_tariffs", "pull_locations"]


@pytest.mark.parametrize(
    ("step", "code"), [("versions", 3001), ("version", 3002), ("details", 3001), ("endpoints", 3003)]
)
async def test_a_half_finished_handshake_leaves_nothing(world: World, step: str, code: int) -> None:
    """If the peer cannot be looked at, it is told why, and its one-time token works for another try."""
    world.roaming.registrations.append(RegistrationFailed("registration_failed", step=step))
    world.roaming.registrations.append(found())
    before = await partners(world)
    once = await invited(world)
    async with world.client(once) as client:
        failed = await client.post(URL, json=credentials_body())
        assert (failed.status_code, failed.json()["status_code"]) == (200, code)
        assert "data" not in failed.json()
        newcomer = next(partner for partner in await partners(world) if partner.name == "A newcomer")
        assert newcomer.status == PartnerStatus.INVITED
        assert newcomer.their_token_sealed is None
        assert (await client.post(URL, json=credentials_body())).json()["status_code"] == 1000
    assert len(await partners(world)) == len(before) + 1


async def test_methods_that_do_not_apply_are_405(world: World) -> None:
    """POST by a registered partner, PUT and DELETE by one that is not, whatever the body."""
    async with world.client() as client:
        assert (await client.post(URL, content=b"nonsense")).status_code == 405
    async with world.client(await invited(world)) as client:
        assert (await client.put(URL, content=b"nonsense")).status_code == 405
        assert (await client.delete(URL)).status_code == 405
    assert world.roaming.calls == []


async def test_two_posts_at_once_register_once(world: World) -> None:
    """The one-time token is good for one registration even when two requests race."""
    world.roaming.registrations.extend([found(), found()])
    once = await invited(world)
    async with world.client(once) as client:
        answers = await asyncio.gather(*(client.post(URL, json=credentials_body()) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 405]


async def test_a_partner_that_keeps_its_one_time_token_gets_nowhere(world: World) -> None:
    """Behavior 11: after registering, TOKEN_A is refused everywhere, raw and in Base64, and cannot register again."""
    world.roaming.registrations.append(found())
    once = await invited(world)
    async with world.client(once) as client:
        fresh = (await client.post(URL, json=credentials_body())).json()["data"]["token"]
        for path in (f"{E}/tokens", f"{E}/sessions/DE/CPO/SES1", URL):
            assert (await client.get(path)).status_code == 401, path
        for method in ("POST", "PUT", "DELETE"):
            assert (await client.request(method, URL, json=credentials_body())).status_code == 401, method
    async with world.client(base64.b64encode(once.encode()).decode()) as client:
        assert (await client.get(f"{E}/tokens")).status_code == 401
    async with world.client(fresh) as client:
        assert (await client.get(f"{E}/tokens")).status_code == 200
        assert (await client.post(URL, json=credentials_body())).status_code == 405


async def test_requests_on_their_way_during_a_rotation_are_answered(world: World) -> None:
    """Behavior 11: while the PUT is worked on and after it, pushes with the old token arrive."""
    world.roaming.registrations.append(found())
    async with world.client() as client:
        answers = await asyncio.gather(
            client.put(URL, json=credentials_body()),
            *(client.put(f"{E}/sessions/DE/CPO/SES{n}", json=session_body(id=f"SES{n}")) for n in range(8)),
        )
        assert (await client.put(f"{E}/sessions/DE/CPO/LATE", json=session_body(id="LATE"))).status_code == 200
    assert [answer.status_code for answer in answers] == [200] * 9
    assert {answer.json()["status_code"] for answer in answers} == {1000}


async def test_a_put_proves_that_a_pending_token_arrived(world: World) -> None:
    """A partner that rotates with the token whose answer we never got has it: nothing is pending any more."""
    world.roaming.registrations.append(found())
    async with world.work() as db:
        row = await partner_of(db)
        row.pending_token_hash, row.pending_seed, row.pending_since = digest("pending"), "seed", START
    async with world.client("pending") as client:
        assert (await client.put(URL, json=credentials_body())).json()["status_code"] == 1000
        assert (await client.get(f"{E}/tokens")).status_code == 200
    row = (await partners(world))[0]
    assert (row.pending_token_hash, row.pending_seed, row.pending_since) == (None, None, None)


@pytest.mark.parametrize("version", SUPPORTED)
async def test_the_version_is_that_of_the_endpoint(world: World, version: str) -> None:
    """A PUT on another version's endpoint takes the partner there; one on the same keeps it, newer ones or not."""
    flat = {"party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}  # as 2.1.1 has it
    for before in SUPPORTED:
        world.roaming.registrations.append(found(version))
        async with world.work() as db:
            (await partner_of(db)).version = before
        async with world.client() as client:
            answer = await client.put(f"/{version}/credentials", json=credentials_body() | flat)
            assert answer.json()["status_code"] == 1000
        async with world.work() as db:
            row = await partner_of(db)
            assert row.version == version
            row.our_token_hash = digest(OUR_TOKEN)
    assert {call.arguments[2] for call in world.roaming.calls_of("complete_registration")} == {version}


async def test_a_hub_that_names_itself_is_remembered(world: World) -> None:
    """What version 2.3.0 says of the hub behind a connection is kept with all of its parties."""
    roles = [
        {"role": "HUB", "party_id": "HUB", "country_code": "NL", "business_details": {"name": "A hub"}},
        {"role": "CPO", "party_id": "AAA", "country_code": "DE", "business_details": {"name": "One"}},
        {"role": "CPO", "party_id": "BBB", "country_code": "FR", "business_details": {"name": "Another"}},
    ]
    world.roaming.registrations.append(replace(found(), hub=PartyId("NL", "HUB")))
    ports = world.ports
    row = await register_partner(
        work=world.work, ports=ports, now=START, url="https://hub.test/versions", token="once", name="A hub"
    )
    assert (row.hub_country_code, row.hub_party_id) == ("NL", "HUB")
    world.roaming.registrations.append(found())
    async with world.client(await invited(world)) as client:
        await client.post(URL, json=credentials_body(roles=roles))
    hub = next(partner for partner in await partners(world) if partner.name == "A newcomer")
    assert [owns(hub, *party) for party in (("DE", "AAA"), ("FR", "BBB"), ("DE", "BBB"))] == [True, True, False]
    assert (hub.country_code, hub.party_id) == ("DE", "AAA")


async def test_a_rotated_token_overlaps_with_its_predecessor(world: World) -> None:
    """After PUT both tokens are accepted for a short while, then only the new one."""
    world.roaming.registrations.append(found())
    async with world.client() as old:
        fresh = (await old.put(URL, json=credentials_body())).json()["data"]["token"]
        async with world.client(fresh) as new:
            assert ((await old.get("/versions")).status_code, (await new.get("/versions")).status_code) == (200, 200)
            world.clock.advance(TOKEN_OVERLAP.total_seconds() - 1)
            assert (await old.get(f"{E}/tokens")).status_code == 200
            world.clock.advance(1)
            assert ((await old.get("/versions")).status_code, (await new.get("/versions")).status_code) == (401, 200)


async def test_a_lost_answer_to_a_rotation_locks_nobody_out(world: World) -> None:
    """A partner that never got the answer rotates again with the token it has, and that one lives on once more."""
    world.roaming.registrations.extend([found(), found()])
    async with world.client() as client:
        lost = (await client.put(URL, json=credentials_body())).json()["data"]["token"]
        world.clock.advance(60)
        again = (await client.put(URL, json=credentials_body())).json()["data"]["token"]
        world.clock.advance(TOKEN_OVERLAP.total_seconds() - 1)
        assert (await client.get("/versions")).status_code == 200
    async with world.client(lost) as client:
        assert (await client.get("/versions")).status_code == 401
    async with world.client(again) as client:
        assert (await client.get("/versions")).status_code == 200


async def test_a_rotation_that_breaks_off_keeps_the_old_tokens(world: World) -> None:
    """Nothing changes on either side when the peer cannot be looked at."""
    world.roaming.registrations.append(RegistrationFailed("registration_failed", step="versions"))
    async with world.client() as client:
        await client.get("/versions")
        before = (await partners(world))[0]
        assert (await client.put(URL, json=credentials_body())).json()["status_code"] == 3001
        assert (await client.get(f"{E}/tokens")).status_code == 200
    assert (await partners(world))[0].model_dump() == before.model_dump()


async def test_a_partner_that_leaves_is_unknown_from_then_on(world: World) -> None:
    """DELETE ends it: the token is dead and we hold none of theirs."""
    async with world.client() as client:
        assert (await client.delete(URL)).json()["status_code"] == 1000
        assert (await client.get("/versions")).status_code == 401
    partner = (await partners(world))[0]
    assert partner.status == PartnerStatus.UNREGISTERED
    assert partner.their_token_sealed is None


async def test_get_shows_our_credentials_with_the_token_in_use(world: World) -> None:
    """We keep no token in clear, so the one the partner came with is shown to it."""
    async with world.client() as client:
        assert (await client.get(URL)).json()["data"]["token"] == OUR_TOKEN


async def test_credentials_that_cannot_be_read_are_2001(world: World) -> None:
    """A body without roles or token registers nobody."""
    async with world.client(await invited(world)) as client:
        for body in ({}, credentials_body(roles=[]), credentials_body(token="")):
            assert (await client.post(URL, json=body)).json()["status_code"] == 2001
    assert world.roaming.calls == []


async def test_no_token_is_stored_in_clear(world: World) -> None:
    """After a registration neither token is found anywhere in the partner's row."""
    world.roaming.registrations.append(found())
    once = await invited(world)
    async with world.client(once) as client:
        fresh = (await client.post(URL, json=credentials_body())).json()["data"]["token"]
    stored = str([partner.model_dump() for partner in await partners(world)])
    assert once not in stored
    assert fresh not in stored
    assert "their-fresh-token" not in stored
