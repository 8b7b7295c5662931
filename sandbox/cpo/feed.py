"""What the virtual CPO has on the map: party, locations, tariffs; invented (`own_feed.py`) or an operator's file.

An operator's file is a list of 2.2.1-like locations with tariffs embedded in each EVSE. Here the tariffs become a
module of their own and required fields that the file lacks are added; its other oddities (restrictions as a list,
times with seconds, empty printed references) stay as they are, because a product must live with them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.cpo.own_feed import OWN_LOCATIONS, OWN_TARIFFS
from sandbox.cpo.parties import Who

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One EVSE with the location it stands at."""

    location: Json
    evse: Json

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the location, in which its tariffs are read."""
        return ZoneInfo(self.location["time_zone"])

    @property
    def owner(self) -> tuple[str, str]:
        """Country code and party id of the operator."""
        return self.location["country_code"], self.location["party_id"]

    def connector(self, connector_id: str | None) -> Json | None:
        """Return the connector with this id, or the first one when none is asked for."""
        return next((c for c in self.evse["connectors"] if connector_id in (None, c["id"])), None)


class Feed:
    """Party, locations and tariffs; looked up by the ids used on the wire."""

    def __init__(
        self, party: tuple[str, str, str], locations: list[Json], tariffs: list[Json], parties: tuple[Who, ...] = ()
    ) -> None:
        self.country_code, self.party_id, self.name = party
        self.parties = parties or (Who(*party),)
        self.locations = {location["id"]: location for location in locations}
        self.tariffs = {tariff["id"]: tariff for tariff in tariffs}
        self.places = {evse["uid"]: Place(loc, evse) for loc in locations for evse in loc["evses"]}

    def tariff_of(self, connector: Json) -> Json | None:
        """Return the first tariff of a connector."""
        return next((self.tariffs[i] for i in connector.get("tariff_ids", []) if i in self.tariffs), None)

    def at_location(self, location_id: str) -> Iterator[Place]:
        """Yield the EVSEs of a location, in the order of the feed."""
        return (place for place in self.places.values() if place.location["id"] == location_id)


def own_feed() -> Feed:
    """Return the small invented feed."""
    copy = json.loads(json.dumps([OWN_LOCATIONS, OWN_TARIFFS]), parse_float=Decimal)
    return Feed(("DE", "VCP", "Virtual Charge Point Operator"), copy[0], copy[1])


def load_feed(path: Path) -> Feed:
    """Read an operator's file: a list of locations, or an object that holds them under ``items`` or ``data``."""
    raw = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    locations: list[Json] = raw if isinstance(raw, list) else raw.get("items") or raw["data"]
    first = locations[0]
    party = (first.get("country_code", "DE"), first.get("party_id", "VCP"))
    tariffs: dict[str, Json] = {}
    for location in locations:
        for evse in location.get("evses", []):
            _take_tariffs_out(evse, party, tariffs)
    for location in locations:
        location.setdefault("country_code", party[0])
        location.setdefault("party_id", party[1])
        location.setdefault("evses", [])
    return Feed((*party, first.get("operator", {}).get("name", party[1])), locations, list(tariffs.values()))


def _take_tariffs_out(evse: Json, party: tuple[str, str], tariffs: dict[str, Json]) -> None:
    """Move an EVSE's embedded tariffs into ``tariffs`` and leave their ids on its connectors."""
    embedded = evse.pop("tariffs", [])
    for tariff in embedded:
        owner = {"country_code": party[0], "party_id": party[1]}
        known = tariffs.setdefault(tariff["id"], owner | tariff | {"last_updated": evse["last_updated"]})
        known["last_updated"] = max(known["last_updated"], evse["last_updated"])
    for connector in evse["connectors"]:
        connector.setdefault("last_updated", evse["last_updated"])
        if embedded:
            connector["tariff_ids"] = [tariff["id"] for tariff in embedded]
