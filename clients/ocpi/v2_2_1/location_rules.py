"""What 2.2.1 rules about the fields of Location, EVSE and Connector (chapter 8); see ``rules.py``."""

from clients.ocpi.oddities import Rule
from clients.ocpi.v2_2_1.rule_parts import (
    BUSINESS,
    CONNECTOR_FORMATS,
    CONNECTOR_TYPES,
    ENERGY_MIX,
    ID36,
    ID36_NEEDED,
    IMAGES,
    MOMENT,
    MOMENT_NEEDED,
    NEEDED,
    OWNER,
    POINT,
    POWER_TYPES,
    TEXTS,
    TOKEN_TYPES,
    URL,
)

_STATUSES = frozenset(
    {
        *("AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED", "RESERVED"),
        "UNKNOWN",
    }
)
_CAPABILITIES = frozenset(
    {
        *("CHARGING_PROFILE_CAPABLE", "CHARGING_PREFERENCES_CAPABLE", "CHIP_CARD_SUPPORT", "CONTACTLESS_CARD_SUPPORT"),
        *("CREDIT_CARD_PAYABLE", "DEBIT_CARD_PAYABLE", "PED_TERMINAL", "REMOTE_START_STOP_CAPABLE", "RESERVABLE"),
        *("RFID_READER", "START_SESSION_CONNECTOR_REQUIRED", "TOKEN_GROUP_CAPABLE", "UNLOCK_CAPABLE"),
    }
)
_PARKING_RESTRICTIONS = frozenset({"EV_ONLY", "PLUGGED", "DISABLED", "CUSTOMERS", "MOTORCYCLES"})
_PARKING_TYPES = frozenset(
    {"ALONG_MOTORWAY", "PARKING_GARAGE", "PARKING_LOT", "ON_DRIVEWAY", "ON_STREET", "UNDERGROUND_GARAGE"}
)
_FACILITIES = frozenset(
    {
        *("HOTEL", "RESTAURANT", "CAFE", "MALL", "SUPERMARKET", "SPORT", "RECREATION_AREA", "NATURE", "MUSEUM"),
        *("BIKE_SHARING", "BUS_STOP", "TAXI_STAND", "TRAM_STOP", "METRO_STATION", "TRAIN_STATION", "AIRPORT"),
        *("PARKING_LOT", "CARPOOL_PARKING", "FUEL_STATION", "WIFI"),
    }
)
_EXCEPTIONS = Rule(inside={"period_begin": MOMENT_NEEDED, "period_end": MOMENT_NEEDED})
_HOURS = Rule(
    inside={
        "twentyfourseven": NEEDED,
        "regular_hours": Rule(
            inside={"weekday": NEEDED, "period_begin": Rule(5, required=True), "period_end": Rule(5, required=True)}
        ),
        "exceptional_openings": _EXCEPTIONS,
        "exceptional_closings": _EXCEPTIONS,
    }
)

CONNECTOR: dict[str, Rule] = {
    "id": ID36_NEEDED,
    "standard": Rule(required=True, words=CONNECTOR_TYPES),
    "format": Rule(required=True, words=CONNECTOR_FORMATS),
    "power_type": Rule(required=True, words=POWER_TYPES),
    "max_voltage": NEEDED,
    "max_amperage": NEEDED,
    "tariff_ids": ID36,
    "terms_and_conditions": URL,
    "last_updated": MOMENT_NEEDED,
}
EVSE: dict[str, Rule] = {
    "uid": ID36_NEEDED,
    "evse_id": Rule(48),
    "status": Rule(required=True, words=_STATUSES),
    "status_schedule": Rule(
        inside={
            "period_begin": MOMENT_NEEDED,
            "period_end": MOMENT,
            "status": Rule(required=True, words=_STATUSES),
        }
    ),
    "capabilities": Rule(words=_CAPABILITIES),
    "connectors": Rule(required=True, inside=CONNECTOR),
    "floor_level": Rule(4),
    "coordinates": Rule(inside=POINT),
    "physical_reference": Rule(16),
    "directions": TEXTS,
    "parking_restrictions": Rule(words=_PARKING_RESTRICTIONS),
    "images": IMAGES,
    "last_updated": MOMENT_NEEDED,
}
LOCATION: dict[str, Rule] = {
    **OWNER,
    "id": ID36_NEEDED,
    "publish": NEEDED,
    "publish_allowed_to": Rule(
        inside={
            "uid": ID36,
            "type": Rule(words=TOKEN_TYPES),
            "visual_number": Rule(64),
            "issuer": Rule(64),
            "group_id": ID36,
        }
    ),
    "name": Rule(255),
    "address": Rule(255, required=True),
    "city": Rule(45, required=True),
    "postal_code": Rule(10),
    "state": Rule(45),
    "country": Rule(3, required=True),
    "coordinates": Rule(required=True, inside=POINT),
    "related_locations": Rule(inside={**POINT, "name": TEXTS}),
    "parking_type": Rule(words=_PARKING_TYPES),
    "evses": Rule(inside=EVSE),
    "directions": TEXTS,
    "operator": Rule(inside=BUSINESS),
    "suboperator": Rule(inside=BUSINESS),
    "owner": Rule(inside=BUSINESS),
    "facilities": Rule(words=_FACILITIES),
    "time_zone": Rule(255, required=True),
    "opening_times": _HOURS,
    "images": IMAGES,
    "energy_mix": ENERGY_MIX,
    "last_updated": MOMENT_NEEDED,
}
