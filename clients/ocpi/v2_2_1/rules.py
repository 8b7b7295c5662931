"""What 2.2.1 rules about the fields of what partners send: lengths, required fields, enums (chapters 8 to 11, 13, 16).

Only for saying what is odd (``clients/ocpi/oddities.py``); nothing is refused by these.
"""

from collections.abc import Mapping

from clients.ocpi.oddities import Rule

_SESSION_WORDS = frozenset({"ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"})
_TOKEN_TYPES = frozenset({"AD_HOC_USER", "APP_USER", "OTHER", "RFID"})
_AUTH_METHODS = frozenset({"AUTH_REQUEST", "COMMAND", "WHITELIST"})
_DIMENSIONS = frozenset(
    {
        *("CURRENT", "ENERGY", "ENERGY_EXPORT", "ENERGY_IMPORT", "MAX_CURRENT", "MIN_CURRENT", "MAX_POWER"),
        *("MIN_POWER", "PARKING_TIME", "POWER", "RESERVATION_TIME", "STATE_OF_CHARGE", "TIME"),
    }
)
_OWNER = {"country_code": Rule(2, required=True), "party_id": Rule(3, required=True), "id": Rule(36, required=True)}
_CDR_TOKEN = Rule(
    required=True,
    inside={
        "country_code": Rule(2, required=True),
        "party_id": Rule(3, required=True),
        "uid": Rule(36, required=True),
        "type": Rule(required=True, words=_TOKEN_TYPES),
        "contract_id": Rule(36, required=True),
    },
)
_PERIODS = Rule(
    inside={
        "start_date_time": Rule(25, required=True),
        "dimensions": Rule(
            required=True, inside={"type": Rule(required=True, words=_DIMENSIONS), "volume": Rule(required=True)}
        ),
        "tariff_id": Rule(36),
    }
)
_SESSION: dict[str, Rule] = {
    **_OWNER,
    "start_date_time": Rule(25, required=True),
    "end_date_time": Rule(25),
    "kwh": Rule(required=True),
    "cdr_token": _CDR_TOKEN,
    "auth_method": Rule(required=True, words=_AUTH_METHODS),
    "authorization_reference": Rule(36),
    "location_id": Rule(36, required=True),
    "evse_uid": Rule(36, required=True),
    "connector_id": Rule(36, required=True),
    "meter_id": Rule(255),
    "currency": Rule(3, required=True),
    "charging_periods": _PERIODS,
    "total_cost": Rule(inside={"excl_vat": Rule(required=True)}),
    "status": Rule(required=True, words=_SESSION_WORDS),
    "last_updated": Rule(25, required=True),
}

RULES: Mapping[str, Mapping[str, Rule]] = {"sessions": _SESSION}
"""By module; the objects are those that partners send."""
