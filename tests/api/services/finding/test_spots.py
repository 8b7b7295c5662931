"""The map's narrow rows: whatever writes connectors, EVSEs and locations, they say the same as these do."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from api.db import UnitOfWork
from api.domain.roaming.location import Connector, EvseStatus
from api.models.location import ConnectorRow, EvseRow, LocationRow
from api.services.finding.grid import x_of, y_of
from api.services.roaming.ladder import connector_of
from api.services.roaming.write_places import Arrived, remove_evses, write_locations
from tests.api.services.finding.builders import a_post, a_site, later, store
from tests.api.services.roaming.builders import a_connector, at

_GROUP = {"available": 1, "charging": 2, "blocked": 2, "reserved": 2, "out_of_order": 3, "inoperative": 3}
_GROUP |= {"planned": 4, "removed": 5}


async def spots(work: UnitOfWork) -> list[dict[str, Any]]:
    """Return the spots, by connector."""
    async with work() as db:
        rows = await (await db.connection()).execute(text("SELECT * FROM spot ORDER BY connector_id"))
        return [dict(row) for row in rows.mappings()]


async def expected(work: UnitOfWork) -> list[dict[str, Any]]:
    """Return what the spots have to be, worked out from the tables in Python."""
    async with work() as db:
        joined = (
            "SELECT c.key, e.key, l.key FROM connector c JOIN evse e ON e.key = c.evse_key JOIN location l ON l.key"
        )
        keys = (await (await db.connection()).execute(text(f"{joined} = e.location_key"))).all()
        found = []
        for connector_key, evse_key, location_key in keys:
            connector = await db.get_one(ConnectorRow, connector_key)
            evse, place = await db.get_one(EvseRow, evse_key), await db.get_one(LocationRow, location_key)
            found.append(
                {
                    "connector_id": connector.public_id,
                    "evse_key": evse_key,
                    "location_key": location_key,
                    "standard": connector.standard,
                    "power_w": connector_of(connector).power_w or 0,
                    "status": _GROUP.get(evse.status, 0),
                    "by_app": "remote_start_stop_capable" in evse.capabilities,
                    "by_card": "rfid_reader" in evse.capabilities,
                    "payable": "ped_terminal" in evse.capabilities,
                    "published": place.publish,
                    "x": x_of(place.longitude),
                    "y": y_of(place.latitude),
                    "tile": x_of(place.longitude) >> 18 << 12 | y_of(place.latitude) >> 18,
                    "evse_id_normal": evse.evse_id_normal,
                }
            )
    return sorted(found, key=lambda each: str(each["connector_id"]))


async def agree(work: UnitOfWork) -> int:
    """Compare, and return how many spots there are."""
    found = await spots(work)
    wanted = await expected(work)
    assert [{name: each[name] for name in like} for each, like in zip(found, wanted, strict=True)] == wanted
    return len(found)


_POWERS = [
    a_connector("1", max_electric_power_w=150_000),
    a_connector("2", max_voltage=None),
    a_connector("3", max_voltage=400),
    a_connector("4", power_type="dc", standard="chademo"),
    a_connector("5", max_voltage=2_000_000_000, max_amperage=2_000_000_000),
]


async def test_a_spot_is_its_connector_evse_and_location(work: UnitOfWork) -> None:
    """Power as stated or worked out, status by group, what the EVSE can, where it is: on arrival."""
    evses = [a_post(f"E{each}", status) for each, status in enumerate(EvseStatus)]
    able = a_post("EA", EvseStatus.AVAILABLE, *_POWERS[:4], capabilities=frozenset({"rfid_reader", "ped_terminal"}))
    await store(work, a_site("L1", "48.1", "9.2", *evses, able), a_site("L2", "-33.9", "-179.99"), a_site("L3", "89.9"))
    assert await agree(work) == len(evses) + 4 + 2


async def test_changes_of_all_kinds_reach_the_spots(work: UnitOfWork) -> None:
    """A status, a move, hiding, another plug, a plug less, an EVSE that goes and a whole location that goes."""
    first = a_site("L1", "48.1", "9.2", a_post("E1", EvseStatus.AVAILABLE, *_POWERS[:3]), a_post("E2"))
    await store(work, first, a_site("L2", "48.2"))
    assert await agree(work) == 5
    moved = replace(later(first, 1, EvseStatus.CHARGING), latitude=Decimal("51"), longitude=Decimal("7"), publish=False)
    await store(work, moved)
    assert await agree(work) == 5
    other: tuple[Connector, ...] = (replace(_POWERS[0], standard="iec_62196_t2_combo", last_updated=at(2)),)
    evse = a_post("E1", EvseStatus.INOPERATIVE, *other, last_updated=at(2), capabilities=frozenset({"rfid_reader"}))
    await store(work, replace(moved, evses=(evse,), last_updated=at(2)))
    assert await agree(work) == 3
    async with work() as db:
        await remove_evses(db, {"prt_1/DE/CPO/L1/E1": at(3)})
    assert await agree(work) == 3
    async with work() as db:
        await (await db.connection()).execute(text("DELETE FROM location WHERE key = 'prt_1/DE/CPO/L1'"))
    assert await agree(work) == 1
    async with work() as db:
        await (await db.connection()).execute(text("TRUNCATE location, evse, connector"))
    assert await spots(work) == []


async def test_a_rating_beyond_any_number_is_bounded(work: UnitOfWork) -> None:
    """Absurd volts and amperes neither break the write nor the map."""
    await store(work, a_site("L1", "48.1", "9.2", a_post("E1", EvseStatus.AVAILABLE, _POWERS[4])))
    assert [each["power_w"] for each in await spots(work)] == [2**31 - 1]


@pytest.mark.parametrize("minutes", [0, 1])
async def test_what_changes_nothing_leaves_the_spots_alone(work: UnitOfWork, minutes: int) -> None:
    """The same location pulled again, or only its clock moved on, writes no spot: pulls stay as cheap as they were."""
    site = a_site("L1", "48.1", "9.2", a_post("E1"), a_post("E2"))
    await store(work, site)

    async def written() -> list[str]:
        async with work() as db:
            rows = await (await db.connection()).execute(text("SELECT xmin::text FROM spot ORDER BY connector_id"))
            return [row[0] for row in rows]

    before = await written()
    async with work() as db:
        await write_locations(db, "prt_1", [Arrived(later(site, minutes, EvseStatus.AVAILABLE))])
    assert await written() == before
