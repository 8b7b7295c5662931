"""What 2.1.1 rules about the fields of what partners send: lengths, required fields, enums (mod_*, types).

Only for saying what is odd (``clients/ocpi/oddities.py``); nothing is refused by these.
"""

from collections.abc import Mapping

from clients.ocpi.oddities import Rule

_AT = Rule(25, required=True)
_DIMENSIONS = frozenset({"ENERGY", "FLAT", "MAX_CURRENT", "MIN_CURRENT", "PARKING_TIME", "TIME"})
_COMPONENTS = frozenset({"ENERGY", "FLAT", "PARKING_TIME", "TIME"})
_AUTH_METHODS = frozenset({"AUTH_REQUEST", "WHITELIST"})
_SESSION_WORDS = frozenset({"ACTIVE", "COMPLETED", "INVALID", "PENDING"})
_EVSE_WORDS = frozenset(
    {
        *("AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED", "RESERVED"),
        "UNKNOWN",
    }
)
_CAPABILITIES = frozenset(
    {
        *("CHARGING_PROFILE_CAPABLE", "CREDIT_CARD_PAYABLE", "REMOTE_START_STOP_CAPABLE", "RESERVABLE"),
        *("RFID_READER", "UNLOCK_CAPABLE"),
    }
)
_STANDARDS = frozenset(
    {
        *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKL"),
        *("IEC_60309_2_single_16", "IEC_60309_2_three_16", "IEC_60309_2_three_32", "IEC_60309_2_three_64"),
        *("IEC_62196_T1", "IEC_62196_T1_COMBO", "IEC_62196_T2", "IEC_62196_T2_COMBO", "IEC_62196_T3A"),
        *("IEC_62196_T3C", "CHADEMO", "TESLA_R", "TESLA_S"),
    }
)
_LOCATION_TYPES = frozenset(
    {"ON_STREET", "PARKING_GARAGE", "UNDERGROUND_GARAGE", "PARKING_LOT", "OTHER", "UNKNOWN"},
)
_WEEKDAYS = frozenset({"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"})
_POINT = {"latitude": Rule(10, required=True), "longitude": Rule(11, required=True)}
_BUSINESS = Rule(inside={"name": Rule(100, required=True), "website": Rule(255)})
_CONNECTOR: dict[str, Rule] = {
    "id": Rule(36, required=True),
    "standard": Rule(required=True, words=_STANDARDS),
    "format": Rule(required=True, words=frozenset({"SOCKET", "CABLE"})),
    "power_type": Rule(required=True, words=frozenset({"AC_1_PHASE", "AC_3_PHASE", "DC"})),
    "voltage": Rule(required=True),
    "amperage": Rule(required=True),
    "tariff_id": Rule(36),
    "last_updated": _AT,
}
_EVSE: dict[str, Rule] = {
    "uid": Rule(39, required=True),
    "evse_id": Rule(48),
    "status": Rule(required=True, words=_EVSE_WORDS),
    "capabilities": Rule(words=_CAPABILITIES),
    "connectors": Rule(required=True, inside=_CONNECTOR),
    "floor_level": Rule(4),
    "physical_reference": Rule(16),
    "last_updated": _AT,
}
_LOCATION: dict[str, Rule] = {
    "id": Rule(39, required=True),
    "type": Rule(required=True, words=_LOCATION_TYPES),
    "name": Rule(255),
    "address": Rule(45, required=True),
    "city": Rule(45, required=True),
    "postal_code": Rule(10, required=True),
    "country": Rule(3, required=True),
    "coordinates": Rule(required=True, inside=_POINT),
    "evses": Rule(inside=_EVSE),
    "operator": _BUSINESS,
    "time_zone": Rule(255),
    "last_updated": _AT,
}
_TARIFF: dict[str, Rule] = {
    "id": Rule(36, required=True),
    "currency": Rule(3, required=True),
    "tariff_alt_text": Rule(inside={"language": Rule(2, required=True), "text": Rule(512, required=True)}),
    "tariff_alt_url": Rule(255),
    "elements": Rule(
        required=True,
        inside={
            "price_components": Rule(
                required=True,
                inside={
                    "type": Rule(required=True, words=_COMPONENTS),
                    "price": Rule(required=True),
                    "step_size": Rule(required=True),
                },
            ),
            "restrictions": Rule(
                inside={
                    **{name: Rule(5) for name in ("start_time", "end_time")},
                    **{name: Rule(10) for name in ("start_date", "end_date")},
                    "day_of_week": Rule(words=_WEEKDAYS),
                }
            ),
        },
    ),
    "last_updated": _AT,
}
_PERIODS = {
    "start_date_time": _AT,
    "dimensions": Rule(
        required=True, inside={"type": Rule(required=True, words=_DIMENSIONS), "volume": Rule(required=True)}
    ),
}
_OF_A_CHARGE: dict[str, Rule] = {
    "id": Rule(36, required=True),
    "auth_id": Rule(36, required=True),
    "auth_method": Rule(required=True, words=_AUTH_METHODS),
    "location": Rule(required=True, inside=_LOCATION),
    "meter_id": Rule(255),
    "currency": Rule(3, required=True),
    "last_updated": _AT,
}
_SESSION: dict[str, Rule] = {
    **_OF_A_CHARGE,
    "start_datetime": _AT,
    "end_datetime": Rule(25),
    "kwh": Rule(required=True),
    "charging_periods": Rule(inside=_PERIODS),
    "status": Rule(required=True, words=_SESSION_WORDS),
}
_CDR: dict[str, Rule] = {
    **_OF_A_CHARGE,
    "start_date_time": _AT,
    "stop_date_time": _AT,
    "tariffs": Rule(inside=_TARIFF),
    "charging_periods": Rule(required=True, inside=_PERIODS),
    "total_cost": Rule(required=True),
    "total_energy": Rule(required=True),
    "total_time": Rule(required=True),
    "remark": Rule(255),
}

RULES: Mapping[str, Mapping[str, Rule]] = {
    "locations": _LOCATION,
    "evses": _EVSE,
    "connectors": _CONNECTOR,
    "tariffs": _TARIFF,
    "sessions": _SESSION,
    "cdrs": _CDR,
}
"""By module, with EVSEs and connectors that come alone beside them; the objects are those that partners send."""
