"""Storing locations, EVSEs and connectors: each object by its own clock."""

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.roaming.location import Connector, Evse, EvseStatus, Location
from api.models.location import ConnectorRow
from api.models.partner import Partner
from api.services.roaming.evses import UnknownLocation, patch_connector, patch_evse, store_connector, store_evse
from api.services.roaming.locations import (
    location_by_id,
    patch_location,
    store_location,
)
from api.services.roaming.patching import PatchRefused
from tests.api.services.roaming.builders import a_connector, a_location, a_partner, an_evse, at

EVSE_KEY = "prt_1/DE/CPO/LOC1/EVSE1"


async def put(db: AsyncSession, partner: Partner, location: Location) -> list[str]:
    """Store a location."""
    return await store_location(db=db, now=at(0), partner=partner, location=location)


async def held(db: AsyncSession, partner: Partner, location_id: str = "LOC1") -> Location:
    """Return a stored location."""
    found = await location_by_id(db, partner, "DE", "CPO", location_id)
    assert found is not None
    return found


async def put_evse(db: AsyncSession, partner: Partner, evse: Evse, location_id: str = "LOC1") -> list[str]:
    """Store one EVSE."""
    return await store_evse(
        db=db, partner=partner, country_code="DE", party_id="CPO", location_id=location_id, evse=evse
    )


async def change_evse(db: AsyncSession, partner: Partner, **changes: object) -> list[str]:
    """Patch EVSE1."""
    return await patch_evse(
        db=db,
        partner=partner,
        country_code="DE",
        party_id="CPO",
        location_id="LOC1",
        evse_uid="evse1",
        changes=changes,
    )


async def test_a_location_is_read_back_equal(db: AsyncSession) -> None:
    """All fields of all three rungs survive storage, coordinates to the digit."""
    partner = await a_partner(db)
    location = a_location(
        latitude=Decimal("48.773611"),
        longitude=Decimal("-9.1700001"),
        evses=(
            an_evse("A", connectors=(a_connector("1"), a_connector("2", max_electric_power_w=150_000))),
            an_evse("B"),
        ),
        help_phone="+49 1",
        time_zone_assumed=True,
    )
    await put(db, partner, location)
    assert await held(db, partner) == location


async def test_a_new_evse_and_a_changed_status_are_news(db: AsyncSession) -> None:
    """The keys of EVSEs that are new or changed their status are returned, no others."""
    partner = await a_partner(db)
    assert await put(db, partner, a_location()) == [EVSE_KEY]
    assert await put(db, partner, a_location()) == []
    busy = an_evse(status=EvseStatus.CHARGING, last_updated=at(5))
    assert await put_evse(db, partner, busy) == [EVSE_KEY]
    assert await put_evse(db, partner, replace(busy, last_updated=at(6))) == []


async def test_every_order_of_five_statuses_ends_at_the_newest(work: UnitOfWork) -> None:
    """Five pushes of one EVSE in all 120 orders: the newest status stands, and the location knows when (S12)."""
    async with work() as db:
        partner = await a_partner(db)
    words = list(EvseStatus)[:5]
    messages = [an_evse(status=word, last_updated=at(n)) for n, word in enumerate(words, start=1)]
    for number, order in enumerate(itertools.permutations(messages)):
        async with work() as db:
            await put(db, partner, a_location(id=f"L{number}", evses=()))
            for message in order:
                await put_evse(db, partner, message, f"L{number}")
            found = await held(db, partner, f"L{number}")
        assert found.evses == (messages[-1],)
        assert found.last_updated == at(5)


async def test_an_older_location_does_not_undo_a_pushed_status(db: AsyncSession) -> None:
    """A pull that was slower than a push changes neither the location nor the EVSE."""
    partner = await a_partner(db)
    await put(db, partner, a_location())
    await change_evse(db, partner, status=EvseStatus.CHARGING, last_updated=at(5))
    assert await put(db, partner, a_location(name="Old name")) == []
    found = await held(db, partner)
    assert (found.name, found.evses[0].status) == (None, EvseStatus.CHARGING)


async def test_an_evse_is_judged_by_its_own_clock(db: AsyncSession) -> None:
    """A partner that never moves its locations' clock still gets its statuses through."""
    partner = await a_partner(db)
    await put(db, partner, a_location(last_updated=at(10)))
    stale = a_location(
        last_updated=at(0), name="Old name", evses=(an_evse(status=EvseStatus.BLOCKED, last_updated=at(3)),)
    )
    assert await put(db, partner, stale) == [EVSE_KEY]
    found = await held(db, partner)
    assert (found.name, found.evses[0].status) == (None, EvseStatus.BLOCKED)


async def test_what_a_whole_location_no_longer_lists_is_removed(db: AsyncSession) -> None:
    """A missing EVSE is marked as removed and is news; a missing connector is gone."""
    partner = await a_partner(db)
    two = (an_evse("A", connectors=(a_connector("1"), a_connector("2"))), an_evse("B"))
    await put(db, partner, a_location(evses=two))
    later = a_location(last_updated=at(5), evses=(an_evse("A", last_updated=at(5), connectors=(a_connector("2"),)),))
    assert await put(db, partner, later) == ["prt_1/DE/CPO/LOC1/B"]
    found = {evse.uid: evse for evse in (await held(db, partner)).evses}
    assert found["B"].status is EvseStatus.REMOVED
    assert [connector.id for connector in found["A"].connectors] == ["2"]


async def test_a_connector_keeps_its_public_id_through_everything(db: AsyncSession) -> None:
    """Links that drivers saved keep working when the partner sends the location anew."""
    partner = await a_partner(db)
    await put(db, partner, a_location())
    before = (await db.exec(select(ConnectorRow.public_id))).one()
    newer = a_connector(last_updated=at(9), max_amperage=16)
    await put(db, partner, a_location(last_updated=at(9), evses=(an_evse(last_updated=at(9), connectors=(newer,)),)))
    row = (await db.exec(select(ConnectorRow))).one()
    assert (row.public_id, row.max_amperage) == (before, 16)


async def test_patches_merge_on_every_rung(db: AsyncSession) -> None:
    """Location, EVSE and connector take only what a PATCH names, and parents' clocks move on."""
    partner = await a_partner(db)
    await put(db, partner, a_location(name="Lake"))
    owner = {"country_code": "DE", "party_id": "CPO", "location_id": "LOC1"}
    await patch_location(
        db=db, now=at(1), partner=partner, **owner, changes={"name": None, "city": "Village", "last_updated": at(1)}
    )
    await change_evse(db, partner, floor_level="-1", last_updated=at(2))
    await patch_connector(
        db=db,
        partner=partner,
        **owner,
        evse_uid="EVSE1",
        connector_id="1",
        changes={"tariff_ids": ("T2", "T3"), "last_updated": at(3)},
    )
    connector = a_connector(tariff_ids=("T2", "T3"), last_updated=at(3))
    evse = an_evse(floor_level="-1", last_updated=at(3), connectors=(connector,))
    assert await held(db, partner) == a_location(name=None, city="Village", last_updated=at(3), evses=(evse,))


async def test_patches_that_make_no_sense_are_refused(db: AsyncSession) -> None:
    """No last_updated and null on a required field are refused on every rung."""
    partner = await a_partner(db)
    await put(db, partner, a_location())
    with pytest.raises(PatchRefused):
        await change_evse(db, partner, status=EvseStatus.BLOCKED)
    with pytest.raises(PatchRefused):
        await change_evse(db, partner, status=None, last_updated=at(1))


async def test_parts_of_unknown_places_are_unknown(db: AsyncSession) -> None:
    """An EVSE needs its location and a connector its EVSE, of this very partner."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="other")
    await put(db, other, a_location())
    with pytest.raises(UnknownLocation):
        await put_evse(db, partner, an_evse())
    await put(db, partner, a_location(evses=()))
    connector: Connector = a_connector()
    with pytest.raises(UnknownLocation):
        await store_connector(
            db=db,
            partner=partner,
            country_code="DE",
            party_id="CPO",
            location_id="LOC1",
            evse_uid="EVSE1",
            connector=connector,
        )


async def test_a_connector_can_be_added_to_a_known_evse(db: AsyncSession) -> None:
    """A PUT of one connector adds it beside the others."""
    partner = await a_partner(db)
    await put(db, partner, a_location())
    added = a_connector("2", last_updated=at(4))
    await store_connector(
        db=db,
        partner=partner,
        country_code="DE",
        party_id="CPO",
        location_id="LOC1",
        evse_uid="EVSE1",
        connector=added,
    )
    assert (await held(db, partner)).evses[0].connectors == (a_connector(), added)
