"""Pulling locations: a whole pull is the whole truth, a broken or doubtful one removes nothing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.roaming.location import EvseStatus, Location
from api.domain.roaming.partner import Peer
from api.models.location import LocationRow
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import PartnerUnreachable, PulledObject, UnreadableObject
from api.services.roaming.keys import child_key, object_key
from api.services.roaming.locations import location_by_id, pull_locations, store_location
from api.services.roaming.partners import PartnerNotConnected, PartnerStatus, UnknownPartner
from api.services.roaming.pull_runs import PULL_OVERLAP
from api.services.roaming.pulling import PullReport
from tests.api.services.roaming.builders import a_location, a_partner, an_evse, at, partner_of
from tests.fakes import FakePlaces, FakeRandomness, FakeRoaming, fake_ports

EVSE_KEY = "prt_1/DE/CPO/LOC1/EVSE1"
RANDOMNESS = FakeRandomness()
"""One for all pulls of a test: ids are never given twice."""


async def put(db: AsyncSession, partner: Partner, location: Location) -> list[str]:
    """Store a location."""
    return await store_location(db=db, now=at(0), partner=partner, location=location)


async def held(db: AsyncSession, partner: Partner, location_id: str = "LOC1") -> Location:
    """Return a stored location."""
    found = await location_by_id(db, partner, "DE", "CPO", location_id)
    assert found is not None
    return found


def pulled(*locations: Location) -> list[PulledObject[Location] | UnreadableObject]:
    """Return locations as the gateway yields them."""
    return [PulledObject(location, "{}") for location in locations]


async def pull(
    work: UnitOfWork,
    roaming: FakeRoaming,
    minutes: float = 0,
    *,
    whole: bool = False,
    places: FakePlaces | None = None,
    told: list[str] | None = None,
) -> PullReport:
    """Pull the locations of the partner prt_1; ``told`` collects the EVSEs that charges are told of."""

    async def tell(evse_keys: Sequence[str]) -> None:
        if told is not None:
            told.extend(evse_keys)

    ports = fake_ports(roaming=roaming, places=places, randomness=RANDOMNESS)
    return await pull_locations(work=work, ports=ports, now=at(minutes), partner_id="prt_1", whole=whole, tell=tell)


async def test_the_first_pull_takes_all_and_later_ones_what_changed(work: UnitOfWork) -> None:
    """The first pull has no start; the next one begins a quarter of an hour before the newest that was seen."""
    async with work() as db:
        await a_partner(db)
    roaming = FakeRoaming()
    roaming.locations = pulled(a_location(), a_location(id="LOC2"))
    told: list[str] = []
    report = await pull(work, roaming, 60, told=told)
    assert (report.stored, report.problems) == (2, [])
    assert sorted(told) == [EVSE_KEY, "prt_1/DE/CPO/LOC2/EVSE1"]
    await pull(work, roaming, 120)
    assert [call.arguments for call in roaming.calls_of("pull_locations")] == [(None,), (at(0) - PULL_OVERLAP,)]


async def test_one_bad_object_does_not_lose_the_rest(work: UnitOfWork) -> None:
    """Unreadable, foreign, unusable and unstorable locations are reported; those around them are stored."""
    async with work() as db:
        await a_partner(db)
    roaming = FakeRoaming()
    roaming.locations = [
        *pulled(a_location(id="A")),
        UnreadableObject("coordinates: missing", "{}"),
        *pulled(a_location(id="B", party_id="OTH")),
        *pulled(a_location(id="C\x00")),
        *pulled(a_location(id="D", name="nul \x00 inside")),
        *pulled(a_location(id="E")),
    ]
    report = await pull(work, roaming)
    assert report.stored == 2
    assert len(report.problems) == 4
    assert report.problems[0] == "coordinates: missing"
    async with work() as db:
        assert sorted((await db.exec(select(LocationRow.id))).all()) == ["A", "E"]


async def test_an_unlisted_location_that_cannot_be_kept_does_not_end_the_pull(work: UnitOfWork) -> None:
    """Asked for what its list lacks, a partner answers something with an id that nobody could mean."""

    class Odd(FakePlaces):
        async def fetch_location(self, peer: Peer, location_id: str) -> PulledObject[Location]:
            return PulledObject(a_location(id=location_id, evses=(an_evse("E\n1"),)), "{}")

    async with work() as db:
        partner = await a_partner(db)
        await put(db, partner, a_location(id="OLD"))
    roaming = FakeRoaming()
    roaming.locations = pulled(a_location())
    report = await pull(work, roaming, 60, places=Odd(roaming))
    assert (report.removed, report.problem_count) == (0, 1)
    async with work() as db:
        assert (await partner_of(db)).locations_pulled_at == at(60)


async def test_a_whole_pull_is_the_whole_truth(work: UnitOfWork) -> None:
    """What it does not list is marked as removed, but for what was pushed meanwhile."""
    async with work() as db:
        partner = await a_partner(db)
        await put(db, partner, a_location(id="OLD"))
        await put(db, partner, a_location(id="JUST-PUSHED", last_updated=at(59)))
    roaming = FakeRoaming()
    roaming.locations = pulled(a_location())
    told: list[str] = []
    report = await pull(work, roaming, 60, told=told)
    assert (report.removed, "prt_1/DE/CPO/OLD/EVSE1" in told) == (1, True)
    async with work() as db:
        partner = await partner_of(db)
        statuses = {name: (await held(db, partner, name)).evses[0].status for name in ("OLD", "JUST-PUSHED", "LOC1")}
    assert statuses == {
        "OLD": EvseStatus.REMOVED,
        "JUST-PUSHED": EvseStatus.AVAILABLE,
        "LOC1": EvseStatus.AVAILABLE,
    }


@pytest.mark.parametrize("trouble", ["nothing listed", "one unreadable", "only what changed"])
async def test_nothing_is_removed_on_doubtful_evidence(work: UnitOfWork, trouble: str) -> None:
    """An empty list, a list with an unreadable object and a list of changes remove nothing."""
    async with work() as db:
        partner = await a_partner(db, locations_pulled_at=at(0) if trouble == "only what changed" else None)
        await put(db, partner, a_location(id="OLD"))
    roaming = FakeRoaming()
    if trouble != "nothing listed":
        roaming.locations = pulled(a_location(last_updated=at(90)))
    if trouble == "one unreadable":
        roaming.locations.append(UnreadableObject("id: missing", "{}"))
    assert (await pull(work, roaming, 100)).removed == 0
    async with work() as db:
        assert (await held(db, await partner_of(db), "OLD")).evses[0].status is EvseStatus.AVAILABLE


async def test_a_pull_that_breaks_off_keeps_what_came_and_starts_over(work: UnitOfWork) -> None:
    """Objects before the break are stored, nothing is removed, and the next pull is whole again."""
    async with work() as db:
        partner = await a_partner(db)
        await put(db, partner, a_location(id="OLD"))
    roaming = FakeRoaming()
    roaming.locations = pulled(a_location())
    roaming.pull_error = PartnerUnreachable("partner_unreachable")
    with pytest.raises(PartnerUnreachable):
        await pull(work, roaming, 60)
    async with work() as db:
        partner = await partner_of(db)
        assert (await held(db, partner)).id == "LOC1"
        assert (await held(db, partner, "OLD")).evses[0].status is EvseStatus.AVAILABLE
    roaming.pull_error = None
    await pull(work, roaming, 61)
    assert roaming.calls_of("pull_locations")[-1].arguments == (None,)


async def test_only_a_connected_partner_is_pulled(work: UnitOfWork, ports: Ports) -> None:
    """Without a registration, or without a partner, there is nobody to ask."""
    async with work() as db:
        await a_partner(db, status=PartnerStatus.SUSPENDED.value)
    with pytest.raises(PartnerNotConnected):
        await pull(work, FakeRoaming())
    with pytest.raises(UnknownPartner):
        await pull_locations(work=work, ports=ports, now=at(0), partner_id="prt_none")


def test_keys_are_built_as_they_are_stored() -> None:
    """The key of an EVSE is that of its location and its uid."""
    assert child_key(object_key("prt_1", "de", "cpo", "loc1"), "evse1") == EVSE_KEY
    assert timedelta(minutes=15) == PULL_OVERLAP
