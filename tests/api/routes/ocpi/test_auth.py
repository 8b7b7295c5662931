"""Who may call what: tokens raw and in Base64, one-time tokens, suspended and unknown callers."""

import base64

import pytest

from api.routes.ocpi.auth import token_readings
from api.services.roaming.partners import PartnerStatus, caller_by_tokens
from api.services.roaming.sealing import digest
from tests.api.routes.ocpi.conftest import E, V, World
from tests.api.services.roaming.builders import OUR_TOKEN, a_partner, partner_of


def encoded(token: str) -> str:
    """Return a token in Base64."""
    return base64.b64encode(token.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        f"Token {OUR_TOKEN}",
        f"token {OUR_TOKEN}",
        f"Token  {OUR_TOKEN} ",
        f"Token {encoded(OUR_TOKEN)}",
        f"Token {encoded(OUR_TOKEN).rstrip('=')}",
        f"Token {encoded(OUR_TOKEN + chr(10))}",
    ],
)
async def test_a_token_is_known_raw_and_in_base64(world: World, header: str) -> None:
    """Both encodings are understood, and a line break that was encoded with the token does not matter."""
    async with world.client(None, Authorization=header) as client:
        answer = await client.get("/versions")
    assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)


async def test_a_raw_token_that_looks_like_base64_is_compared_raw_first(world: World) -> None:
    """A token that happens to be Base64 of another partner's token opens the door of its owner."""
    tricky = encoded(OUR_TOKEN)
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token=tricky, status=PartnerStatus.SUSPENDED.value)
    async with world.client(tricky) as client:
        assert (await client.get("/versions")).status_code == 403


async def test_the_encoding_of_the_first_call_is_noted_and_the_other_still_understood(world: World) -> None:
    """The pin says how a partner shows its token; a partner that changes its mind is not locked out."""
    for header, noted in ((encoded(OUR_TOKEN), "base64"), (OUR_TOKEN, "base64")):
        async with world.client(header) as client:
            assert (await client.get("/versions")).status_code == 200
        async with world.work() as db:
            assert (await partner_of(db)).token_reading == noted


async def test_the_noted_encoding_decides_between_two_partners(world: World) -> None:
    """Where the raw token is one partner's and the decoded one another's, each keeps what it always sent."""
    tricky = encoded(OUR_TOKEN)
    async with world.work() as db:
        (await partner_of(db)).token_reading = "base64"
        await a_partner(db, partner_id="prt_2", token=tricky, token_reading="base64")
        first = await caller_by_tokens(db, world.clock.now(), token_readings(f"Token {tricky}"))
        (await partner_of(db, "prt_2")).token_reading = "raw"
        (await partner_of(db)).token_reading = "raw"
        second = await caller_by_tokens(db, world.clock.now(), token_readings(f"Token {tricky}"))
    assert (first and first.partner.id, second and second.partner.id) == ("prt_1", "prt_2")


async def test_a_pending_token_is_good_beside_the_old_one(world: World) -> None:
    """While it is unknown which of them the partner holds, both open every door."""
    async with world.work() as db:
        (await partner_of(db)).pending_token_hash = digest("pending")
    for token in ("pending", OUR_TOKEN):
        async with world.client(token) as client:
            assert (await client.get(f"{E}/tokens")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Token"},
        {"Authorization": "Token wrong"},
        {"Authorization": f"Bearer {OUR_TOKEN}"},
        {"Authorization": f"Basic {encoded(OUR_TOKEN)}"},
        {"Authorization": "Token ÿþ"},
    ],
)
@pytest.mark.parametrize("path", ["/versions", f"{V}/credentials", f"{E}/tokens", f"{E}/sessions/DE/CPO/SES1"])
async def test_callers_without_a_known_token_get_401_in_an_envelope(
    world: World, headers: dict[str, str], path: str
) -> None:
    """No header, another scheme and a wrong token are all answered alike, everywhere."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with world.client(None) as client:
        answer = await client.get(path, headers=raw)
    assert answer.status_code == 401
    assert answer.json()["status_code"] == 2000
    assert "data" not in answer.json()


@pytest.mark.parametrize("status", [PartnerStatus.INVITED, PartnerStatus.REGISTERING])
async def test_a_one_time_token_opens_versions_and_credentials_only(world: World, status: PartnerStatus) -> None:
    """Before the registration is complete nothing functional is answered, 401 as the chapter says."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="one-time", status=status.value)
    async with world.client("one-time") as client:
        for path in ("/versions", V, f"{V}/credentials"):
            assert (await client.get(path)).status_code == 200, path
        for path in (f"{E}/tokens", f"{E}/locations/DE/CPO/LOC1", f"{E}/cdrs/cdr_1"):
            assert (await client.get(path)).status_code == 401, path
        for path in (f"{E}/cdrs", f"{E}/tokens/UIDA1/authorize", f"{E}/commands/START_SESSION/secret"):
            assert (await client.post(path, json={})).status_code == 401, path


async def test_a_suspended_partner_is_told_so(world: World) -> None:
    """A partner that we locked out gets 403, on every module."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="locked-out", status=PartnerStatus.SUSPENDED.value)
    async with world.client("locked-out") as client:
        for path in ("/versions", f"{V}/credentials", f"{E}/tokens"):
            assert (await client.get(path)).status_code == 403, path


def test_a_header_has_at_most_two_readings_the_raw_one_first() -> None:
    """Raw comes first; what does not decode to text has one reading; other schemes have none."""
    assert token_readings(f"Token {encoded('secret')}") == (encoded("secret"), "secret")
    assert token_readings("Token not/base64!") == ("not/base64!",)
    assert token_readings(f"Token {base64.b64encode(bytes([255, 254])).decode()}") == ("//4=",)
    assert token_readings("Bearer x") == ()
