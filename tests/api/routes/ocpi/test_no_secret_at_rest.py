"""No secret of a connection at rest (X3, X9): a registration, a rotation and exchanges, then a look at everything.

Every table is read as text and every log record with its extras; none of the tokens that were issued may be there, in
no encoding, and no driver's token in the record of exchanges.
"""

import base64
import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from sqlalchemy import text
from starlette.responses import Response

from api.db import UnitOfWork
from api.ports import Ports
from api.routes.ocpi import create_ocpi_app
from api.services.roaming.register import invite_partner, register_partner
from api.services.roaming.rotate import rotate_tokens
from api.services.roaming.traffic import TrafficBuffer, flush_traffic
from api.settings import Settings
from clients.ocpi.gateway import OcpiGateway
from clients.system import SystemRandomness
from tests.api.routes.ocpi.conftest import E, V
from tests.api.routes.ocpi.payloads import credentials_body, session_body
from tests.api.services.roaming.builders import at
from tests.clients.ocpi.peer import Seen, a_transport, enveloped, partner
from tests.fakes import FakeClock, fake_ports

UID = "DRIVERS-UID-0815"
CONTRACT = "DE-CHH-CSECRET1-X"
ROLE = {"role": "CPO", "party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}


class Peer:
    """A partner that answers every step of a handshake with a fresh token of its own."""

    def __init__(self) -> None:
        self.issued = [f"THEIRS-{number}-{SystemRandomness().secret()}" for number in range(4)]
        self.given: list[str] = []

    def answer(self, seen: Seen) -> Response:
        """Answer versions, details and credentials; whatever else is called is an error that repeats the request."""
        base = f"http://{seen.headers['host']}"
        last = seen.path.rsplit("/", 1)[1]
        if last == "versions":
            return enveloped([{"version": "2.2.1", "url": f"{base}/2.2.1"}])
        if last == "2.2.1":
            modules = [("credentials", "SENDER"), ("tariffs", "SENDER")]
            listed = [{"identifier": each, "role": role, "url": f"{base}/2.2.1/{each}"} for each, role in modules]
            return enveloped({"version": "2.2.1", "endpoints": listed})
        if last == "credentials":
            self.given.append(json.loads(seen.body)["token"])
            token = self.issued[len(self.given)]
            return enveloped({"token": token, "url": f"{base}/versions", "roles": [ROLE]})
        return Response(json.dumps({"status_code": 2001, "data": {"token": seen.headers["authorization"]}}))


async def test_no_issued_secret_is_in_the_database_or_the_log(
    work: UnitOfWork, caplog: pytest.LogCaptureFixture
) -> None:
    """Zero hits for each of them, with registration in both directions, a rotation, good and failed exchanges."""
    caplog.set_level(logging.DEBUG)
    peer, traffic = Peer(), TrafficBuffer()
    with partner(peer.answer) as served:
        transport = a_transport()
        transport.traffic = traffic
        ports = fake_ports(
            roaming=OcpiGateway(transport), traffic=traffic, randomness=SystemRandomness(), clock=FakeClock(at(0))
        )
        app = create_ocpi_app(Settings(), ports, work)
        versions = f"{served.url}/versions"
        ours = await _both_ways(work, ports, app, versions, peer)
        await transport.aclose()
    await flush_traffic(work=work, traffic=traffic)
    secrets = {*ours, *peer.given, *peer.issued}
    assert len(secrets) == 8
    encoded = {base64.b64encode(each.encode()).decode() for each in secrets}
    tables = [line async for line in _dump(work)]
    assert any(peer_name in line for line in tables for peer_name in ("An operator",))
    everything = "\n".join([*tables, *_log(caplog)])
    assert "ocpi.exchanged" in everything
    assert {each for each in secrets | encoded if each in everything} == set()
    record = "\n".join([line for line in tables if line.startswith("partner_exchange ")] + list(_log(caplog)))
    assert {each for each in (UID, CONTRACT) if each in record} == set()


async def _both_ways(work: UnitOfWork, ports: Ports, app: object, versions: str, peer: Peer) -> set[str]:
    """Register at the peer, be called by it, rotate, and have it register at us; return the tokens that we issued."""
    row = await register_partner(
        work=work, ports=ports, now=at(0), url=versions, token=peer.issued[0], name="An operator"
    )
    await _be_called(app, peer.given[-1])
    await rotate_tokens(work=work, ports=ports, now=at(0), partner_id=row.id)
    await _be_called(app, peer.given[-1])
    async with work() as db:
        _, once = await invite_partner(db=db, ports=ports, now=at(0), name="A newcomer", allow_shared_party=True)
    async with _client(app, once) as client:
        body = credentials_body(token=peer.issued[3], url=versions)
        fresh = (await client.post(f"{V}/credentials", json=body)).json()["data"]["token"]
    async with _client(app, fresh) as client:
        assert (await client.get(f"{V}/credentials")).json()["data"]["token"] == fresh
        assert (await client.put(f"{V}/credentials", json={"token": "x"})).json()["status_code"] == 2001
    return {once, fresh}


async def _be_called(app: object, token: str) -> None:
    """Push a good and a bad session, and ask about a token, raw and in Base64."""
    bad = session_body(status="HAPPY", cdr_token={"uid": UID, "type": "RFID", "contract_id": CONTRACT})
    for shown in (token, base64.b64encode(token.encode()).decode()):
        async with _client(app, shown) as client:
            assert (await client.put(f"{E}/sessions/DE/CPO/SES1", json=session_body())).status_code == 200
            assert (await client.put(f"{E}/sessions/DE/CPO/SES2", json=bad)).json()["status_code"] == 2001
            assert (await client.post(f"{E}/tokens/{UID}/authorize?type=RFID")).status_code == 404


def _client(app: object, token: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # our own face
    headers = {"Authorization": f"Token {token}"}
    return httpx.AsyncClient(transport=transport, base_url="http://chargehand.test", headers=headers)


async def _dump(work: UnitOfWork) -> AsyncIterator[str]:
    """Yield every row of every table as text, after the table's name."""
    async with work() as db:
        connection = await db.connection()
        names = (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type LIKE 'B%'"
        )
        for name in (await connection.execute(text(names))).scalars().all():
            rows = await connection.execute(text(f'SELECT CAST(whole AS text) FROM "{name}" AS whole'))  # noqa: S608 - our own tables
            for row in rows.scalars():
                yield f"{name} {row}"


def _log(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield every record with everything that hangs on it."""
    for record in caplog.records:
        yield f"{record.getMessage()} {record.__dict__}"
