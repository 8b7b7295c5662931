"""Storing and pulling tariffs, and the one for a connector."""

from dataclasses import replace

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.db import UnitOfWork
from api.domain.pricing.tariff import Tariff
from api.models.location import TariffRow
from api.models.partner import Partner
from api.ports.roaming import PulledObject, UnreadableObject
from api.services.roaming.locations import store_location
from api.services.roaming.pull_tariffs import pull_tariffs
from api.services.roaming.pulling import PullReport
from api.services.roaming.tariffs import (
    UnknownTariff,
    patch_tariff,
    remove_tariff,
    store_tariff,
    tariff_for_connector,
    tariff_json,
)
from tests.api.services.roaming.builders import a_connector, a_location, a_partner, a_tariff, an_evse, at
from tests.fakes import FakeRandomness, FakeRoaming, fake_ports

CONNECTOR = "prt_1/DE/CPO/LOC1/EVSE1/1"
RANDOMNESS = FakeRandomness()


async def put(db: AsyncSession, partner: Partner, tariff: Tariff, raw: str = "{}") -> bool:
    """Store a tariff."""
    return await store_tariff(db=db, now=at(0), partner=partner, tariff=tariff, raw=raw)


async def a_place(db: AsyncSession, partner: Partner, *tariff_ids: str) -> None:
    """Store a location whose connector has these tariffs."""
    evse = an_evse(connectors=(a_connector(tariff_ids=tariff_ids),))
    await store_location(db=db, now=at(0), partner=partner, location=a_location(evses=(evse,)))


async def test_a_newer_tariff_replaces_and_an_older_does_not(db: AsyncSession) -> None:
    """The newest ``last_updated`` stands, whatever the order."""
    partner = await a_partner(db)
    assert await put(db, partner, a_tariff(), "first")
    assert await put(db, partner, a_tariff(last_updated=at(5)), "newer")
    assert not await put(db, partner, a_tariff(last_updated=at(4)), "late")
    assert await tariff_json(db, partner, "de", "cpo", "t1") == "newer"


async def test_a_tariff_without_a_moment_counts_from_its_arrival(db: AsyncSession) -> None:
    """Some partners leave out ``last_updated``: what comes later replaces what came before."""
    partner = await a_partner(db)
    timeless = a_tariff(last_updated=None)
    await put(db, partner, timeless, "first")
    assert await store_tariff(db=db, now=at(1), partner=partner, tariff=timeless, raw="second")


async def test_removing_a_tariff_twice_is_unknown(db: AsyncSession) -> None:
    """It is gone after the first time; another partner's stays."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="other")
    await put(db, other, a_tariff())
    await put(db, partner, a_tariff())
    await remove_tariff(db=db, partner=partner, country_code="de", party_id="cpo", tariff_id="t1")
    with pytest.raises(UnknownTariff):
        await remove_tariff(db=db, partner=partner, country_code="DE", party_id="CPO", tariff_id="T1")
    assert await tariff_json(db, other, "DE", "CPO", "T1") is not None


async def test_a_connector_has_the_tariff_it_names(db: AsyncSession) -> None:
    """Ids match without case; no id, an unknown id and another partner's tariff are no price."""
    partner = await a_partner(db)
    other = await a_partner(db, partner_id="prt_2", token="other")
    await a_place(db, partner, "t1")
    await put(db, other, a_tariff(currency="CHF"))
    assert await tariff_for_connector(db, CONNECTOR) is None
    await put(db, partner, a_tariff())
    assert await tariff_for_connector(db, CONNECTOR) == a_tariff()
    assert await tariff_for_connector(db, "prt_1/DE/CPO/LOC1/EVSE1/9") is None


async def test_regular_comes_before_unmarked_before_profiles_and_never_ad_hoc(db: AsyncSession) -> None:
    """Of several tariffs the one for a plain charge on contract is chosen."""
    partner = await a_partner(db)
    await a_place(db, partner, "ADHOC", "GREEN", "PLAIN", "REGULAR")
    kinds = {"ADHOC": "ad_hoc_payment", "GREEN": "profile_green", "PLAIN": None, "REGULAR": "regular"}
    chosen = []
    for tariff_id in ("ADHOC", "GREEN", "PLAIN", "REGULAR"):
        await put(db, partner, a_tariff(id=tariff_id, type=kinds[tariff_id]))
        found = await tariff_for_connector(db, CONNECTOR)
        chosen.append(found.id if found else None)
    assert chosen == [None, "GREEN", "PLAIN", "REGULAR"]


async def test_the_owner_of_the_place_comes_first(db: AsyncSession) -> None:
    """Behind a hub two parties may use the same tariff id; the place's own counts, else the only one there is."""
    partner = await a_partner(db)
    await a_place(db, partner, "T1")
    await put(db, partner, a_tariff(party_id="AAA", currency="CHF"))
    found = await tariff_for_connector(db, CONNECTOR)
    assert found is not None
    assert found.currency == "CHF"
    await put(db, partner, a_tariff())
    assert await tariff_for_connector(db, CONNECTOR) == a_tariff()


async def test_a_tariff_counts_only_while_it_is_valid(db: AsyncSession) -> None:
    """The start is included, the end is not."""
    partner = await a_partner(db)
    await a_place(db, partner, "T1")
    await put(db, partner, a_tariff(starts_at=at(10), ends_at=at(20)))
    valid = [await tariff_for_connector(db, CONNECTOR, now=at(minutes)) is not None for minutes in (9, 10, 19, 20)]
    assert valid == [False, True, True, False]


async def pull(work: UnitOfWork, *found: Tariff | UnreadableObject, minutes: float = 60) -> PullReport:
    """Pull these tariffs from the partner prt_1."""
    roaming = FakeRoaming()
    roaming.tariffs = [each if isinstance(each, UnreadableObject) else PulledObject(each, "{}") for each in found]
    ports = fake_ports(roaming=roaming, randomness=RANDOMNESS)
    return await pull_tariffs(work=work, ports=ports, now=at(minutes), partner_id="prt_1")


async def stored(work: UnitOfWork) -> list[str]:
    """Return the ids of all stored tariffs."""
    async with work() as db:
        return sorted((await db.exec(select(TariffRow.id))).all())


async def test_a_whole_pull_replaces_the_list(work: UnitOfWork) -> None:
    """Tariffs that are no longer listed are gone; one pushed during the pull stays."""
    async with work() as db:
        partner = await a_partner(db)
        await put(db, partner, a_tariff(id="OLD"))
        await put(db, partner, a_tariff(id="PUSHED", last_updated=at(59)))
    report = await pull(work, a_tariff())
    assert (report.stored, report.removed) == (1, 1)
    assert await stored(work) == ["PUSHED", "T1"]


async def test_one_bad_tariff_does_not_lose_the_rest(work: UnitOfWork) -> None:
    """Unreadable, foreign and unstorable tariffs are reported; the rest is stored and nothing removed."""
    async with work() as db:
        await put(db, await a_partner(db), a_tariff(id="OLD"))
    report = await pull(
        work,
        a_tariff(id="A"),
        UnreadableObject("elements: missing", "{}"),
        a_tariff(id="B", party_id="OTH"),
        replace(a_tariff(id="C"), currency="\x00"),
        a_tariff(id="D"),
    )
    assert (report.stored, report.removed, len(report.problems)) == (2, 0, 3)
    assert await stored(work) == ["A", "D", "OLD"]


async def test_a_later_pull_removes_nothing(work: UnitOfWork) -> None:
    """What did not change is not listed by a pull of changes, and stays."""
    async with work() as db:
        await a_partner(db)
    await pull(work, a_tariff(), minutes=60)
    await pull(work, a_tariff(id="T2", last_updated=at(200)), minutes=201)
    assert await stored(work) == ["T1", "T2"]


async def test_a_patch_of_2_1_1_is_merged_and_read_anew(db: AsyncSession) -> None:
    """The JSON is merged field by field, what it then says is stored; an unknown or foreign one is unknown."""
    partner = await a_partner(db)
    await store_tariff(
        db=db,
        now=at(0),
        partner=partner,
        tariff=a_tariff(),
        raw='{"id":"T1","currency":"EUR","x":1.50}',
        version="2.1.1",
    )
    read: list[str] = []

    def reader(raw: str) -> Tariff:
        read.append(raw)
        return a_tariff(currency="CHF", last_updated=at(5))

    async def patch(tariff_id: str = "T1", version: str = "2.1.1") -> bool:
        return await patch_tariff(
            db=db,
            now=at(5),
            partner=partner,
            country_code="DE",
            party_id="CPO",
            tariff_id=tariff_id,
            raw='{"currency":"CHF","y":null}',
            version=version,
            read=reader,
        )

    assert await patch()
    assert read == ['{"id":"T1","currency":"CHF","x":1.50}']
    assert await tariff_json(db, partner, "DE", "CPO", "T1", "2.1.1") == read[0]
    assert (await db.exec(select(TariffRow.currency))).all() == ["CHF"]
    for unknown in (patch("T2"), patch(version="2.2.1")):
        with pytest.raises(UnknownTariff):
            await unknown
