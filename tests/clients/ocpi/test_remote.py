"""Passes, remote control and hubs' lists over real HTTP: what is sent where, and how refusals come back."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.responses import Response

from api.domain.ids import PartyId
from api.domain.roaming.command import AnswerKind, CancelReservationCommand, ReserveCommand, UnlockCommand
from api.domain.roaming.hub import ClientInfo, ConnectionStatus
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, Peer
from api.domain.roaming.token import DriverToken, TokenType, Whitelist
from api.ports.remote_control import CommandNotInVersion
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, PulledObject, UnreadableObject
from clients.ocpi.hub_directory import OcpiHubDirectory, read_client_info, write_client_info
from clients.ocpi.pass_sync import OcpiPassSync
from clients.ocpi.remote_control import OcpiRemoteControl
from clients.ocpi.transport import Transport
from tests.clients.ocpi.peer import Partner, Seen, a_transport, enveloped, partner
from tests.clients.ocpi.shared import assert_as_specified

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASS = DriverToken("NL", "CHH", "04AA BB", TokenType.RFID, "NL-CHH-1", "Chargehand", True, Whitelist.NEVER, AT)
URL = "https://chargehand.test/ocpi/2.2.1/emsp/commands/X/secret"
ACCEPTED = {"result": "ACCEPTED", "timeout": 30}


def peer_of(served: Partner) -> Peer:
    """Return the partner as a peer that takes tokens and lists parties."""
    more = (
        Endpoint("tokens", InterfaceRole.RECEIVER, f"{served.url}/tokens/"),
        Endpoint("hubclientinfo", InterfaceRole.SENDER, f"{served.url}/hubclientinfo"),
    )
    peer = served.peer()
    return replace(peer, endpoints=(*peer.endpoints, *more))


async def spoken(
    answer: Callable[[Seen], Response], act: Callable[[Transport, Peer], Awaitable[Any]]
) -> tuple[Any, list[Seen]]:
    """Let us speak with a partner; return what came of it and what the partner saw."""
    with partner(answer) as served:
        transport = a_transport()
        try:
            return await act(transport, peer_of(served)), served.seen
        finally:
            await transport.aclose()


async def test_a_pass_is_put_whole_under_our_own_party() -> None:
    """The address names us as the owner and the kind of token; the body is a Token as specified."""
    _, seen = await spoken(
        lambda seen: enveloped(status=201), lambda transport, peer: OcpiPassSync(transport).put_token(peer, PASS)
    )
    assert [(each.method, each.path, each.query) for each in seen] == [("PUT", "/tokens/NL/CHH/04AA BB", "type=RFID")]
    assert_as_specified(json.loads(seen[0].body), "Token")


async def test_a_change_of_a_pass_says_when() -> None:
    """A PATCH without ``last_updated`` would be refused by a strict partner."""
    _, seen = await spoken(
        lambda seen: enveloped(),
        lambda transport, peer: OcpiPassSync(transport).patch_token(
            peer, uid="X", token_type=TokenType.OTHER, valid=False, last_updated=AT
        ),
    )
    assert (seen[0].method, seen[0].path, seen[0].query) == ("PATCH", "/tokens/NL/CHH/X", "type=OTHER")
    assert json.loads(seen[0].body) == {"valid": False, "last_updated": "2026-03-02T09:00:00Z"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda seen: enveloped(code=2001), PartnerAnsweredBadly),
        (lambda seen: enveloped(code=4002), PartnerAnsweredBadly),
        (lambda seen: Response(status_code=503), PartnerUnreachable),
    ],
)
async def test_a_failure_is_raised_and_nothing_is_sent_twice(
    answer: Callable[[Seen], Response], error: type[Exception]
) -> None:
    """A hub's error inside HTTP 200 is one as well."""

    async def act(transport: Transport, peer: Peer) -> None:
        with pytest.raises(error):
            await OcpiPassSync(transport).put_token(peer, PASS)

    _, seen = await spoken(answer, act)
    assert len(seen) == 1


RESERVE = ReserveCommand(URL, PASS, AT, "123456789", "LOC1", "EVSE1", "123456789")


@pytest.mark.parametrize(
    ("method", "command", "word", "schema"),
    [
        ("send_reserve", RESERVE, "RESERVE_NOW", "ReserveNow"),
        (
            "send_cancel_reservation",
            CancelReservationCommand(URL, "123456789"),
            "CANCEL_RESERVATION",
            "CancelReservation",
        ),
        ("send_unlock", UnlockCommand(URL, "LOC1", "EVSE1", "1"), "UNLOCK_CONNECTOR", "UnlockConnector"),
    ],
)
async def test_each_command_goes_to_its_own_address(method: str, command: object, word: str, schema: str) -> None:
    """Once, to the party that the peer is directed at, as specified."""
    answer, seen = await spoken(
        lambda seen: enveloped(ACCEPTED),
        lambda transport, peer: getattr(OcpiRemoteControl(transport), method)(
            peer.towards(PartyId("FR", "OTH")), command
        ),
    )
    assert answer.kind is AnswerKind.ACCEPTED
    assert [(each.method, each.path) for each in seen] == [("POST", f"/commands/{word}")]
    assert (seen[0].headers["ocpi-to-country-code"], seen[0].headers["ocpi-to-party-id"]) == ("FR", "OTH")
    assert_as_specified(json.loads(seen[0].body), schema)


async def test_2_1_1_has_no_command_to_cancel() -> None:
    """Nothing leaves the house for a command that the peer's version lacks; its other commands do."""

    async def act(transport: Transport, peer: Peer) -> None:
        old = replace(peer, version="2.1.1")
        with pytest.raises(CommandNotInVersion):
            await OcpiRemoteControl(transport).send_cancel_reservation(old, CancelReservationCommand(URL, "1"))
        await OcpiRemoteControl(transport).send_reserve(old, RESERVE)

    _, seen = await spoken(lambda seen: enveloped({"result": "ACCEPTED"}), act)
    assert [each.path for each in seen] == ["/commands/RESERVE_NOW"]
    assert json.loads(seen[0].body)["reservation_id"] == 123456789


async def test_a_hubs_list_is_read_without_routing_headers() -> None:
    """The module speaks with the hub itself; an unknown status and a missing moment are taken, nonsense is told."""
    listed = [
        {"country_code": "nl", "party_id": "all", "role": "CPO", "status": "PLANNED"},
        {
            "country_code": "FR", "party_id": "OTH", "role": "CPO", "status": "RESTING",
            "last_updated": "2026-03-02T09:00:00Z",
        },
        {"country_code": "FR"},
    ]  # fmt: skip

    async def act(transport: Transport, peer: Peer) -> list[Any]:
        return [each async for each in OcpiHubDirectory(transport).pull_client_info(peer, changed_since=AT)]

    found, seen = await spoken(lambda seen: enveloped(listed), act)
    assert [each.value for each in found if isinstance(each, PulledObject)] == [
        ClientInfo(PartyId("NL", "ALL"), MarketRole.CPO, ConnectionStatus.PLANNED, None),
        ClientInfo(PartyId("FR", "OTH"), MarketRole.CPO, ConnectionStatus.OTHER, AT),
    ]
    assert isinstance(found[2], UnreadableObject)
    assert "date_from=2026-03-02T09%3A00%3A00Z" in seen[0].query
    assert [name for name in seen[0].headers if name.startswith("ocpi-")] == []


def test_client_info_is_written_as_read() -> None:
    """What a hub told is shown to it again."""
    raw = {
        "country_code": "NL",
        "party_id": "ALL",
        "role": "CPO",
        "status": "OFFLINE",
        "last_updated": "2026-03-02T09:00:00Z",
    }
    assert write_client_info(read_client_info(raw)) == raw
