"""``chargehand partner``: every command on a real database, with the virtual operator's place taken by a peer here."""

import json
from collections.abc import Iterator

import pytest
from starlette.responses import Response

from api.db import UnitOfWork
from api.models.partner import Partner
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.queries import all_partners
from api.services.roaming.traffic import TrafficBuffer, flush_traffic
from tests.api.cli.test_charge import in_a_thread
from tests.api.services.roaming.builders import a_partner, at
from tests.clients.ocpi.peer import Partner as Served
from tests.clients.ocpi.peer import Seen, enveloped, partner

ROLE = {"role": "CPO", "party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}


class Peer:
    """A partner that registers and rotates as it should, unless it is told to be silent."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.silent = False
        self.seen: list[tuple[str, str]] = []

    def answer(self, seen: Seen) -> Response:
        """Answer one request."""
        base, last = f"http://{seen.headers['host']}", seen.path.rsplit("/", 1)[1]
        self.seen.append((seen.method, last))
        if last == "versions":
            return enveloped([{"version": "2.2.1", "url": f"{base}/2.2.1"}])
        if last == "2.2.1":
            modules = ("credentials", "tariffs", "locations")
            listed = [{"identifier": each, "role": "SENDER", "url": f"{base}/2.2.1/{each}"} for each in modules]
            return enveloped({"version": "2.2.1", "endpoints": listed})
        if last != "credentials":
            return enveloped([])
        if seen.method == "DELETE":
            return enveloped()
        self.given.append(json.loads(seen.body)["token"])
        if self.silent:
            return Response(status_code=504)
        return enveloped({"token": f"theirs-{len(self.given)}", "url": f"{base}/versions", "roles": [ROLE]})


@pytest.fixture
def peer(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Peer, Served]]:
    """Yield a partner on loopback and point the command line at it and at the test's database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("CHARGEHAND_ALLOW_LOOPBACK_PARTNERS", "true")
    peer = Peer()
    with partner(peer.answer) as served:
        yield peer, served


async def only(work: UnitOfWork) -> Partner:
    """Return the one partner there is."""
    async with work() as db:
        (row,) = await all_partners(db)
    return row


async def test_a_connection_from_its_beginning_to_its_end(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """Register, pull, rotate, suspend, resume and remove, each with a line that says what became of it."""
    there, served = peer
    told = await in_a_thread("partner", "add", f"{served.url}/versions", "token-a", "--name", "An operator")
    row = await only(work)
    assert told == f"{row.id} connected: DE-CPO, OCPI 2.2.1\n"
    assert "registered" in await in_a_thread("partner", "register", f"{served.url}/versions", "again", code=2)
    assert "locations: 0 stored" in await in_a_thread("partner", "pull", row.id)
    assert (await in_a_thread("partner", "rotate", row.id)).startswith(f"{row.id}: new tokens, OCPI 2.2.1.")
    assert len(set(there.given)) == 2
    await in_a_thread("partner", "suspend", row.id)
    assert "not_registered" in await in_a_thread("partner", "rotate", row.id, code=2)
    await in_a_thread("partner", "resume", row.id)
    assert "not_suspended" in await in_a_thread("partner", "resume", row.id, code=2)
    assert await in_a_thread("partner", "remove", row.id) == f"{row.id} removed; the partner was told.\n"
    assert there.seen[-1] == ("DELETE", "credentials")
    assert (await only(work)).status == PartnerStatus.UNREGISTERED
    assert "partner_unknown" in await in_a_thread("partner", "remove", "prt_none", code=2)


async def test_a_rotation_without_an_answer_is_said_and_taken_up(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """The status tells that it is open; running the command again ends it, with the same token of ours."""
    there, served = peer
    await in_a_thread("partner", "register", f"{served.url}/versions", "token-a")
    row = await only(work)
    there.silent = True
    assert "registration_failed" in await in_a_thread("partner", "rotate", row.id, code=2)
    assert "no answer yet" in await in_a_thread("partner", "status", row.id)
    there.silent = False
    await in_a_thread("partner", "rotate", row.id)
    assert there.given[1] == there.given[2]
    assert "no answer yet" not in await in_a_thread("partner", "status", row.id)


async def test_a_failed_exchange_of_a_command_is_kept(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """What the command line did is among the exchanges too, with its secrets masked."""
    there, served = peer
    await in_a_thread("partner", "register", f"{served.url}/versions", "token-a")
    row = await only(work)
    there.silent = True
    await in_a_thread("partner", "rotate", row.id, code=2)
    shown = await in_a_thread("partner", "status", row.id, "--exchanges")
    assert "outbound  PUT /2.2.1/credentials  HTTP 504" in shown
    assert '"token":"***"' in shown
    assert there.given[1] not in shown


async def test_an_invitation_is_shown_once(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """The token is printed and nowhere kept in clear; an invitation that nobody took can be removed."""
    told = await in_a_thread("partner", "invite", "A newcomer")
    token = told.split()[-1]
    row = await only(work)
    assert token not in str(row.model_dump())
    assert "could not be told" in await in_a_thread("partner", "remove", row.id)


async def test_the_health_of_partners_is_shown(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """A line for each, or all there is of one."""
    async with work() as db:
        await a_partner(db)
        await a_partner(db, partner_id="prt_2", token="other", name="Another")
    traffic = TrafficBuffer()
    traffic.pushed("prt_1", "sessions", at(0))
    traffic.odd("prt_1", "tariffs", "unreadable", at(0), "elements: missing [x]")
    await flush_traffic(work=work, traffic=traffic)
    lines = (await in_a_thread("partner", "status")).splitlines()
    assert [line.split()[0] for line in lines] == ["prt_1", "prt_2"]
    whole = await in_a_thread("partner", "status", "prt_1")
    assert "pushed  sessions: " in whole
    assert "pulled  cdrs: never" in whole
    assert "tariffs that could not be read: 1" in whole
    assert "odd  tariffs  unreadable: 1 times, for example elements: missing [x]" in whole
    listed = (await in_a_thread("partner", "list")).splitlines()
    assert [line.split()[:2] for line in listed] == [["prt_1", "connected"], ["prt_2", "connected"]]
    assert "CDRs never" in listed[1]
    assert listed[1].endswith("Another")


async def test_quirks_are_shown_and_set(work: UnitOfWork, peer: tuple[Peer, Served]) -> None:
    """Each setting with its values; one that does not exist, or half of one, is refused."""
    async with work() as db:
        await a_partner(db)
    assert "raw-token: no" in await in_a_thread("partner", "quirks", "prt_1")
    assert "raw-token: yes" in await in_a_thread("partner", "quirks", "prt_1", "raw-token", "yes")
    assert "token-reading: raw" in await in_a_thread("partner", "quirks", "prt_1", "token-reading", "raw")
    assert "parking-reading: not_charging" in await in_a_thread(
        "partner", "quirks", "prt_1", "parking-reading", "not_charging"
    )
    row = await only(work)
    assert (row.raw_token_header, row.token_reading, row.parking_reading) == (True, "raw", "not_charging")
    for name, value in (("raw-token", "default"), ("token-reading", "default"), ("parking-reading", "default")):
        await in_a_thread("partner", "quirks", "prt_1", name, value)
    row = await only(work)
    assert (row.raw_token_header, row.token_reading, row.parking_reading) == (False, None, None)
    assert "quirk_unknown" in await in_a_thread("partner", "quirks", "prt_1", "raw-token", "maybe", code=2)
    await in_a_thread("partner", "quirks", "prt_1", "raw-token", code=2)
