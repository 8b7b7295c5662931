"""What 2.2.1 rules about the fields of what partners send: lengths, required fields, enums (chapters 7 to 11, 13, 16).

Only for saying what is odd (``clients/ocpi/oddities.py``); nothing is refused by these. Locations are in
``location_rules.py``, what several modules share in ``rule_parts.py``. Lengths are those of the editions of 2026.
"""

from collections.abc import Mapping

from clients.ocpi.oddities import Rule
from clients.ocpi.v2_2_1.location_rules import CONNECTOR, EVSE, LOCATION
from clients.ocpi.v2_2_1.rule_parts import (
    AUTH_METHOD,
    BUSINESS,
    CDR_TOKEN,
    CONNECTOR_FORMATS,
    CONNECTOR_TYPES,
    ENERGY_MIX,
    ID36,
    ID36_NEEDED,
    MOMENT,
    MOMENT_NEEDED,
    NEEDED,
    OWNER,
    PERIODS,
    POINT,
    POWER_TYPES,
    PRICE,
    TEXTS,
    URL,
)

_WEEKDAYS = frozenset({"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"})
_TARIFF_TYPES = frozenset({"AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"})
_RESTRICTIONS = Rule(
    inside={
        "start_time": Rule(5),
        "end_time": Rule(5),
        "start_date": Rule(10),
        "end_date": Rule(10),
        "day_of_week": Rule(words=_WEEKDAYS),
        "reservation": Rule(words=frozenset({"RESERVATION", "RESERVATION_EXPIRES"})),
    }
)
_COMPONENTS = Rule(
    required=True,
    inside={
        "type": Rule(required=True, words=frozenset({"ENERGY", "FLAT", "PARKING_TIME", "TIME"})),
        "price": NEEDED,
        "step_size": NEEDED,
    },
)
_TARIFF: dict[str, Rule] = {
    **OWNER,
    "id": ID36_NEEDED,
    "currency": Rule(3, required=True),
    "type": Rule(words=_TARIFF_TYPES),
    "tariff_alt_text": TEXTS,
    "tariff_alt_url": URL,
    "min_price": PRICE,
    "max_price": PRICE,
    "elements": Rule(required=True, inside={"price_components": _COMPONENTS, "restrictions": _RESTRICTIONS}),
    "start_date_time": MOMENT,
    "end_date_time": MOMENT,
    "energy_mix": ENERGY_MIX,
    "last_updated": MOMENT_NEEDED,
}
_SESSION: dict[str, Rule] = {
    **OWNER,
    "id": ID36_NEEDED,
    "start_date_time": MOMENT_NEEDED,
    "end_date_time": MOMENT,
    "kwh": NEEDED,
    "cdr_token": CDR_TOKEN,
    "auth_method": AUTH_METHOD,
    "authorization_reference": ID36,
    "location_id": ID36_NEEDED,
    "evse_uid": ID36_NEEDED,
    "connector_id": ID36_NEEDED,
    "meter_id": Rule(255),
    "currency": Rule(3, required=True),
    "charging_periods": PERIODS,
    "total_cost": PRICE,
    "status": Rule(required=True, words=frozenset({"ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"})),
    "last_updated": MOMENT_NEEDED,
}
_CDR_LOCATION = Rule(
    required=True,
    inside={
        "id": ID36_NEEDED,
        "name": Rule(255),
        "address": Rule(45, required=True),
        "city": Rule(45, required=True),
        "postal_code": Rule(10),
        "state": Rule(20),
        "country": Rule(3, required=True),
        "coordinates": Rule(required=True, inside=POINT),
        "evse_uid": ID36_NEEDED,
        "evse_id": Rule(48, required=True),
        "connector_id": ID36_NEEDED,
        "connector_standard": Rule(required=True, words=CONNECTOR_TYPES),
        "connector_format": Rule(required=True, words=CONNECTOR_FORMATS),
        "connector_power_type": Rule(required=True, words=POWER_TYPES),
    },
)
_SIGNED = Rule(
    inside={
        "encoding_method": ID36_NEEDED,
        "public_key": Rule(512),
        "signed_values": Rule(
            required=True,
            inside={
                "nature": Rule(32, required=True),
                "plain_data": Rule(5000, required=True),
                "signed_data": Rule(5000, required=True),
            },
        ),
        "url": Rule(512),
    }
)
_CDR: dict[str, Rule] = {
    **OWNER,
    "id": Rule(39, required=True),
    "start_date_time": MOMENT_NEEDED,
    "end_date_time": MOMENT_NEEDED,
    "session_id": ID36,
    "cdr_token": CDR_TOKEN,
    "auth_method": AUTH_METHOD,
    "authorization_reference": ID36,
    "cdr_location": _CDR_LOCATION,
    "meter_id": Rule(255),
    "currency": Rule(3, required=True),
    "tariffs": Rule(inside=_TARIFF),
    "charging_periods": Rule(required=True, inside=PERIODS.inside),
    "signed_data": _SIGNED,
    "total_cost": Rule(required=True, inside=PRICE.inside),
    "total_fixed_cost": PRICE,
    "total_energy": NEEDED,
    "total_energy_cost": PRICE,
    "total_time": NEEDED,
    "total_time_cost": PRICE,
    "total_parking_cost": PRICE,
    "total_reservation_cost": PRICE,
    "remark": Rule(255),
    "invoice_reference_id": Rule(39),
    "credit_reference_id": Rule(39),
    "last_updated": MOMENT_NEEDED,
}
_CREDENTIALS: dict[str, Rule] = {
    "token": Rule(64, required=True),
    "url": Rule(255, required=True),
    "roles": Rule(
        required=True,
        inside={
            "role": Rule(required=True, words=frozenset({"CPO", "EMSP", "HUB", "NAP", "NSP", "OTHER", "SCSP"})),
            "business_details": Rule(required=True, inside=BUSINESS),
            **OWNER,
        },
    ),
}
_ANSWERS = frozenset({"ACCEPTED", "NOT_SUPPORTED", "REJECTED", "UNKNOWN_SESSION"})
_RESULTS = frozenset(
    {
        *("ACCEPTED", "CANCELED_RESERVATION", "EVSE_OCCUPIED", "EVSE_INOPERATIVE", "FAILED", "NOT_SUPPORTED"),
        *("REJECTED", "TIMEOUT", "UNKNOWN_RESERVATION"),
    }
)

RULES: Mapping[str, Mapping[str, Rule]] = {
    "locations": LOCATION,
    "evses": EVSE,
    "connectors": CONNECTOR,
    "tariffs": _TARIFF,
    "sessions": _SESSION,
    "cdrs": _CDR,
    "credentials": _CREDENTIALS,
    "commands": {"result": Rule(required=True, words=_RESULTS), "message": TEXTS},
    "command_answers": {"result": Rule(required=True, words=_ANSWERS), "timeout": NEEDED, "message": TEXTS},
}
"""By module; the objects are those that partners send. EVSEs and connectors are pushed on their own too; ``commands``
are the results that come to our response URL, ``command_answers`` what is answered to a command at once."""
