"""Behavior 14: a hub, one connection with many owners behind it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import cast

import pytest

from api.domain.charging.state import ChargingStatus, HoldStatus
from api.domain.errors import AppError
from api.domain.ids import PartyId
from api.domain.roaming.hub import ClientInfo, ConnectionStatus
from api.domain.roaming.partner import MarketRole, PartyRole
from api.models.partner import Partner
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from api.services.charging.quote_place import NotStartable
from api.services.charging.start import QuoteExpired
from api.services.deferral import Job
from api.services.finding.filters import Filters
from api.services.finding.places import locations_in_box
from api.services.roaming.client_info import NotAHub, kept_roles, pull_client_info, store_client_info
from api.services.roaming.documents import read_roles, write_roles
from api.services.roaming.find import Box, resolve_connector
from api.services.roaming.locations import store_location
from api.services.roaming.partners import owns
from tests.api.services.roaming.builders import a_location as a_place
from tests.bench import Bench
from tests.builders import a_location, a_partner, a_session, after, an_evse, push_session
from tests.charges import a_charge, a_quote, start, stop
from tests.fakes import FakeHubDirectory
from tests.interop.stage import PAID_IN_FULL, Stage

HUB, CPO, OTHER = PartyId("NL", "HUB"), PartyId("DE", "CPO"), PartyId("FR", "OTH")
S = ChargingStatus


async def a_hub(bench: Bench, partner_id: str = "prt_1", parties: Iterable[PartyId] = (CPO,)) -> Partner:
    """Store and return a connected hub with operators behind it."""
    roles = [PartyRole(MarketRole.HUB, HUB, "A hub"), *(PartyRole(MarketRole.CPO, each, "") for each in parties)]
    return await a_partner(bench, partner_id=partner_id, roles=write_roles(roles))


def info(
    party: PartyId = CPO, status: ConnectionStatus = ConnectionStatus.OFFLINE, at: datetime | None = None
) -> ClientInfo:
    """Return what a hub tells of an operator."""
    return ClientInfo(party, MarketRole.CPO, status, at or after(0))


async def told(bench: Bench, what: ClientInfo, partner_id: str = "prt_1") -> bool:
    """Let a hub tell of a party."""
    async with bench.work() as db:
        partner = await db.get_one(Partner, partner_id)
        return await store_client_info(db=db, ports=bench.ports, now=bench.clock.now(), partner=partner, info=what)


async def test_commands_go_to_the_party_of_the_charge(bench: Bench) -> None:
    """Start and stop name the operator behind the hub, not the hub nor its first operator."""
    await a_hub(bench, parties=(OTHER, CPO))
    charge = await a_charge(bench, S.CHARGING)
    await stop(bench, charge)
    await bench.run(Job.SEND_STOP)
    calls = [*bench.roaming.calls_of("send_start"), *bench.roaming.calls_of("send_stop")]
    assert [call.peer.their_party for call in calls if call.peer] == [CPO, CPO]


@pytest.mark.parametrize("status", [ConnectionStatus.OFFLINE, ConnectionStatus.SUSPENDED, ConnectionStatus.PLANNED])
async def test_nothing_is_started_at_a_party_that_is_away(bench: Bench, status: ConnectionStatus) -> None:
    """A quote says why; a quote of before is refused at the start, and no hold is placed."""
    await a_hub(bench)
    await a_location(bench)
    quote = await a_quote(bench)
    await told(bench, info(status=status))

    with pytest.raises(NotStartable) as refused:
        await a_quote(bench)
    with pytest.raises(QuoteExpired) as late:
        await start(bench, quote)

    assert refused.value.facts["reason"] == late.value.facts["reason"] == f"operator_{status}"
    assert await bench.rows("SELECT id FROM hold") == []
    await told(bench, info(status=ConnectionStatus.CONNECTED, at=after(1)))
    assert (await start(bench, quote)).status == S.AWAITING_HOLD


async def test_a_party_that_goes_away_after_the_tap_is_not_called(bench: Bench) -> None:
    """The start was not sent, so it failed for certain, and the driver may try elsewhere with the same hold."""
    await a_hub(bench)
    charge = await a_charge(bench, S.STARTING)
    await told(bench, info())
    await bench.run(Job.SEND_START)
    assert bench.roaming.calls_of("send_start") == []
    stored = await bench.charge(charge)
    assert (stored.status, stored.failure_code) == (S.START_FAILED, "charger_offline")


@pytest.mark.parametrize(
    ("code", "status"),
    [(4001, S.START_FAILED), (4003, S.START_FAILED), (4002, S.START_UNKNOWN), (4000, S.START_UNKNOWN)],
)
async def test_a_hubs_error_inside_http_200_is_a_failure(bench: Bench, code: int, status: ChargingStatus) -> None:
    """Not known or not connected was not passed on; after the hub's time-out the car may charge, and the hold stays."""
    await a_hub(bench)
    charge = await a_charge(bench, S.STARTING)
    failed: AppError = PartnerAnsweredBadly("partner_answered_badly", http_status=200, ocpi_status=code, message="")
    bench.roaming.start_answers.append(failed)
    await bench.run(Job.SEND_START)
    stored = await bench.charge(charge)
    assert (stored.status, stored.hold_status) == (status, HoldStatus.PLACED)


async def test_what_a_hub_tells_of_an_operator_makes_its_objects_welcome(bench: Bench) -> None:
    """A role is added once and never taken back; older news change nothing; others than hubs may not tell."""
    await a_hub(bench)
    assert await told(bench, info(OTHER, ConnectionStatus.CONNECTED, after(5)))
    assert not await told(bench, info(OTHER, ConnectionStatus.OFFLINE, after(4)))
    assert await told(bench, info(OTHER, ConnectionStatus.SUSPENDED, after(6)))
    async with bench.work() as db:
        partner = await db.get_one(Partner, "prt_1")
    assert owns(partner, "fr", "oth")
    assert len(read_roles(partner.roles)) == 3
    assert not await told(bench, info(bench.ports.policy.our_party))
    await a_partner(bench, partner_id="prt_2", party=PartyId("DE", "DIR"))
    with pytest.raises(NotAHub):
        await told(bench, info(OTHER), partner_id="prt_2")


async def test_a_whole_list_suspends_what_it_leaves_out(bench: Bench) -> None:
    """Unless a line of it cannot be read: then nobody is suspended by what may be a mistake."""
    await a_hub(bench)
    directory = cast(FakeHubDirectory, bench.ports.hub_directory)
    await told(bench, info(OTHER, ConnectionStatus.CONNECTED))
    bench.clock.advance(60)
    listed = PulledObject(info(CPO, ConnectionStatus.CONNECTED), "{}")
    lines: list[PulledObject[ClientInfo] | UnreadableObject] = [listed, UnreadableObject("no", "{}")]
    for count, expected in ((2, "connected"), (1, "suspended")):
        directory.parties = lines[:count]
        assert await pull_client_info(work=bench.work, ports=bench.ports, partner_id="prt_1") == 1
        status = await bench.value("SELECT status FROM client_info WHERE party_id = 'OTH'")
        assert status == expected
    assert directory.calls[0].peer is not None
    assert directory.calls[0].peer.their_party == HUB


async def test_the_same_evse_is_shown_once_on_the_direct_connection(bench: Bench) -> None:
    """Both are kept; drivers see the direct one on the map and by its number, and the hub's where there is no other."""
    await a_hub(bench, "prt_2", (CPO,))
    await a_location(bench)
    async with bench.work() as db:
        hub = await db.get_one(Partner, "prt_2")
        evses = (an_evse("OTHERKEY", evse_id="DE-CPO-EVSE1"), an_evse("EVSE9"))
        await store_location(db=db, now=after(0), partner=hub, location=a_place(id="HUBLOC", evses=evses))
    box = Box(Decimal(9), Decimal(48), Decimal(10), Decimal(49))
    async with bench.work() as db:
        found, _ = await locations_in_box(
            db=db,
            policy=bench.ports.policy,
            now=bench.clock.now(),
            box=box,
            filters=Filters(),
            limit=10,
        )
        shown = sorted((c.location.partner_id, c.evse.uid) for each in found for c in each.connectors)
        assert shown == [("prt_1", "EVSE1"), ("prt_2", "EVSE9")]
        one = await resolve_connector(db=db, policy=bench.ports.policy, now=bench.clock.now(), visual_id="DE*CPO*EVSE1")
        assert [each.found.location.partner_id for each in one.candidates] == ["prt_1"]
    assert await bench.value("SELECT count(*) FROM evse WHERE evse_id_normal = 'DECPOEVSE1'") == 2


async def test_a_session_through_the_hub_finds_its_charge(bench: Bench) -> None:
    """The operator behind the hub owns the session, the token finds the charge, whatever id the hub gives it."""
    await a_hub(bench)
    charge = await a_charge(bench, S.START_ACCEPTED)
    await push_session(bench, a_session(charge, id="hub-made-id", authorization_reference="replaced"))
    assert (await bench.charge(charge)).status == S.CHARGING


def test_new_credentials_forget_no_operator_of_a_hub() -> None:
    """A hub of 2.3.0 names itself beside the roles; what it told of operators before stays through a rotation."""
    before = Partner(
        id="prt_1",
        name="",
        status="connected",
        created_at=after(0),
        roles=write_roles([PartyRole(MarketRole.HUB, HUB, ""), PartyRole(MarketRole.CPO, OTHER, "")]),
    )
    said = [PartyRole(MarketRole.CPO, CPO, "")]
    kept = {(each.role, each.party) for each in kept_roles(before, said, HUB)}
    assert kept == {(MarketRole.HUB, HUB), (MarketRole.CPO, CPO), (MarketRole.CPO, OTHER)}
    assert kept_roles(before, said, None) == said


@pytest.mark.parametrize("fault", ["replaced_reference", "stored_and_late", "everything_twice"])
async def test_what_a_hub_does_to_messages_costs_nobody_anything(hub: Stage, fault: str) -> None:
    """Other references, held back, twice: each of two operators' drivers pays one bill."""
    await hub.fault(fault, **({"seconds": 60} if fault == "stored_and_late" else {}))
    first = await hub.taps("vca-evse-0013")
    second = await hub.taps("vcb-evse-0013", driver_id="drv_2")

    await hub.passes(hours=3)

    for charge in (first, second):
        assert await hub.now(charge) == PAID_IN_FULL
    assert {(row.country_code, row.party_id) for row in await hub.cdrs()} == {("DE", "VCA"), ("NL", "VCB")}
    assert await hub.open_findings() == []


async def test_a_hub_that_cannot_forward_a_start_lets_go_of_the_money(hub: Stage) -> None:
    """HTTP 200 with 4002 is no success: whether the operator heard of it is unknown, so the hold waits, then ends."""
    await hub.fault("hub_error", times=1)
    charge = await hub.taps("vca-evse-0013")
    assert (await hub.charge(charge)).status in {S.START_UNKNOWN, S.START_FAILED}

    await hub.passes(minutes=30)

    assert await hub.now(charge) == (S.START_FAILED, HoldStatus.RELEASED, 0)


async def test_a_hub_is_asked_for_its_parties_before_their_places(hub: Stage) -> None:
    """In 2.2.1 credentials name the hub only: what its operators publish is taken once we know of them."""
    asked = [each.split("/")[-1].split("?")[0] for each in hub.transport.requests]
    assert asked.index("hubclientinfo") < asked.index("locations")
    owners = await hub.rows("SELECT DISTINCT country_code, party_id FROM location")
    assert {tuple(row) for row in owners} == {("DE", "VCA"), ("NL", "VCB"), ("FR", "VCC")}


async def test_a_party_that_joins_a_hub_later_has_its_places_read(hub: Stage) -> None:
    """They were on the list all the time, and left out: the list is read whole again."""
    await hub.rows("DELETE FROM connector RETURNING 1")
    await hub.rows("DELETE FROM evse RETURNING 1")
    await hub.rows("DELETE FROM location RETURNING 1")
    async with hub.work() as db:
        partner = await db.get_one(Partner, (await hub.partner()).id)
        partner.roles = [role for role in partner.roles if role["party"]["party_id"] != "VCC"]

    await hub.pulls(Job.PULL_CLIENT_INFO)

    assert ("FR", "VCC") in {tuple(row) for row in await hub.rows("SELECT country_code, party_id FROM location")}
