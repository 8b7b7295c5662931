"""The invented feed has the variety it promises; an operator's file is served with its oddities kept."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.cpo.clock import ManualClock
from sandbox.cpo.feed import load_feed, own_feed
from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.conftest import NOON, Stage

SHARED = Path(os.environ.get("CHARGEHAND_SHARED", Path(__file__).parents[3].parent / "shared"))
REAL = SHARED / "data" / "locations" / "ludwigsburg.json"

OPERATOR = [
    {
        "id": "777",
        "country_code": "DE",
        "party_id": "ODD",
        "publish": True,
        "name": "Rathaus",
        "address": "Am Platz 1",
        "city": "Ort",
        "country": "DEU",
        "coordinates": {"latitude": "48.1", "longitude": "9.1"},
        "time_zone": "Europe/Berlin",
        "operator": {"name": "Stadtwerk Ort"},
        "last_updated": "2025-01-01T00:00:00.000Z",
        "evses": [
            {
                "uid": str(number),
                "evse_id": f"DE*ODD*E{number}",
                "status": "AVAILABLE",
                "capabilities": ["REMOTE_START_STOP_CAPABLE"],
                "physical_reference": "",
                "last_updated": f"2025-02-0{number}T00:00:00.000Z",
                "connectors": [
                    {
                        "id": "9",
                        "standard": "IEC_62196_T2",
                        "format": "SOCKET",
                        "power_type": "AC_3_PHASE",
                        "max_voltage": 400,
                        "max_amperage": 32,
                        "last_updated": "2025-02-01T00:00:00.000Z",
                    }
                ],
                "tariffs": [
                    {
                        "id": "odd-1",
                        "currency": "EUR",
                        "elements": [
                            {
                                "price_components": [{"type": "ENERGY", "price": 0.59, "step_size": 1}],
                                "restrictions": [{"start_time": "08:00:00", "end_time": "19:59:59"}],
                            },
                            {
                                "price_components": [{"type": "ENERGY", "price": 0.3, "step_size": 1}],
                                "restrictions": [],
                            },
                        ],
                    }
                ],
            }
            for number in (1, 2)
        ],
    }
]


def test_the_own_feed_has_the_promised_variety() -> None:
    """Two cities, one post number on two sites, AC and DC, VAT stated and not, one out of order, one without app."""
    feed = own_feed()
    evses = [place.evse for place in feed.places.values()]
    assert len(feed.locations) == 4
    assert {location["city"] for location in feed.locations.values()} == {"Aachen", "Münster"}
    thirteen = [p.location["id"] for p in feed.places.values() if p.evse.get("physical_reference") == "13"]
    assert len(set(thirteen)) == 2
    assert {"physical_reference" in evse for evse in evses} == {True, False}
    assert {c["power_type"] for evse in evses for c in evse["connectors"]} == {"AC_3_PHASE", "DC"}
    assert [evse["uid"] for evse in evses if evse["status"] == "INOPERATIVE"] == ["vcp-evse-0015"]
    assert sum("REMOTE_START_STOP_CAPABLE" not in evse["capabilities"] for evse in evses) == 1
    taxed = {t["id"]: "vat" in t["elements"][0]["price_components"][0] for t in feed.tariffs.values()}
    assert taxed == {"vcp-ac-vat": True, "vcp-ac-plain": False, "vcp-dc-idle": True}
    assert all(feed.tariff_of(c) for evse in evses for c in evse["connectors"])


def test_two_feeds_share_nothing() -> None:
    """Each CPO has its own copy, so one test cannot disturb another."""
    one, two = own_feed(), own_feed()
    one.locations["VCP-AC-MARKET"]["name"] = "changed"
    assert two.locations["VCP-AC-MARKET"]["name"] != "changed"


@pytest.fixture
def config(tmp_path: Path) -> CpoConfig:
    """Serve an operator's file instead of the invented feed."""
    path = tmp_path / "operator.json"
    path.write_text(json.dumps({"items": OPERATOR}))
    return CpoConfig(clock=ManualClock(NOON), feed=load_feed(path))


def test_embedded_tariffs_become_a_module(stage: Stage) -> None:
    """One tariff for both EVSEs, with owner and the newest date; EVSEs refer to it and embed none."""
    (tariff,) = stage.data("/ocpi/2.2.1/tariffs")
    assert (tariff["country_code"], tariff["party_id"], tariff["id"]) == ("DE", "ODD", "odd-1")
    assert tariff["last_updated"] == "2025-02-02T00:00:00.000Z"
    (location,) = stage.data("/ocpi/2.2.1/locations")
    assert all("tariffs" not in evse for evse in location["evses"])
    assert [c["tariff_ids"] for evse in location["evses"] for c in evse["connectors"]] == [["odd-1"]] * 2


def test_the_oddities_stay_on_the_wire(stage: Stage) -> None:
    """Restrictions as lists, times with seconds, an empty printed reference: the eMSP gets them as they are."""
    (tariff,) = stage.data("/ocpi/2.2.1/tariffs")
    restrictions = [element["restrictions"] for element in tariff["elements"]]
    assert restrictions == [[{"start_time": "08:00:00", "end_time": "19:59:59"}], []]
    assert tariff["elements"][0]["price_components"][0]["price"] == Decimal("0.59")
    assert stage.data("/ocpi/2.2.1/locations/777/1")["physical_reference"] == ""


def test_the_operators_party_and_prices_are_used(stage: Stage) -> None:
    """Credentials, session and CDR carry the file's party; noon falls under the day price: 10 kWh are 5.90."""
    assert stage.data("/ocpi/2.2.1/credentials")["roles"][0]["party_id"] == "ODD"
    stage.start({"location_id": "777", "evse_uid": "1"}, plan={"energy_kwh": 10})
    stage.pass_time(10_000)
    (cdr,) = stage.cdrs()
    assert cdr["party_id"] == "ODD"
    assert cdr["total_cost"] == {"excl_vat": Decimal("5.9")}


@pytest.mark.skipif(not REAL.exists(), reason="the shared material is not on this machine")
def test_the_real_feed_loads() -> None:
    """100 locations, 273 EVSEs and five tariffs, each connector with one of them."""
    feed = load_feed(REAL)
    assert (len(feed.locations), len(feed.places), len(feed.tariffs)) == (100, 273, 5)
    connectors = [c for place in feed.places.values() for c in place.evse["connectors"]]
    assert all(feed.tariff_of(connector) is not None for connector in connectors)
