"""Objects as a partner sends them, in the shape of the specification's examples but our own: an operator in Utrecht.

Each function returns fresh decoded JSON (as ``exact_json.parse`` would) with top-level fields overridden.
"""

from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def a_connector(**changes: Any) -> Json:
    """Return a type 2 cable of 22 kW."""
    return {
        "id": "2",
        "standard": "IEC_62196_T2",
        "format": "CABLE",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 32,
        "tariff_ids": ["day"],
        "last_updated": "2025-03-01T08:00:00Z",
    } | changes


def an_evse(**changes: Any) -> Json:
    """Return an EVSE that can be started remotely."""
    return {
        "uid": "evse-7",
        "evse_id": "NL*WPX*E0007",
        "status": "AVAILABLE",
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
        "connectors": [a_connector()],
        "floor_level": "-1",
        "physical_reference": "13",
        "last_updated": "2025-03-01T08:00:00Z",
    } | changes


def a_location(**changes: Any) -> Json:
    """Return a garage with one EVSE."""
    return {
        "country_code": "NL",
        "party_id": "WPX",
        "id": "garage-1",
        "publish": True,
        "name": "Garage Vaartsche Rijn",
        "address": "Westerkade 30",
        "city": "Utrecht",
        "postal_code": "3511HB",
        "country": "NLD",
        "coordinates": {"latitude": "52.080193", "longitude": "5.122600"},
        "evses": [an_evse()],
        "operator": {"name": "Wegpunt", "website": "https://wegpunt.example"},
        "time_zone": "Europe/Amsterdam",
        "last_updated": "2025-03-02T09:30:00Z",
    } | changes


def a_tariff(**changes: Any) -> Json:
    """Return a tariff with energy, and parking by day on weekdays."""
    return {
        "country_code": "NL",
        "party_id": "WPX",
        "id": "day",
        "currency": "EUR",
        "type": "AD_HOC_PAYMENT",
        "tariff_alt_text": [{"language": "nl", "text": "0,41 per kWh"}],
        "max_price": {"excl_vat": Decimal("60.00"), "incl_vat": Decimal("72.60")},
        "elements": [
            {
                "price_components": [
                    {"type": "ENERGY", "price": Decimal("0.41"), "vat": Decimal("21.0"), "step_size": 1}
                ]
            },
            {
                "price_components": [{"type": "PARKING_TIME", "price": Decimal("3.60"), "step_size": 60}],
                "restrictions": {"start_time": "08:00", "end_time": "20:00", "day_of_week": ["MONDAY", "FRIDAY"]},
            },
        ],
        "last_updated": "2025-02-01T00:00:00Z",
    } | changes


def a_session(**changes: Any) -> Json:
    """Return a running session with one period."""
    return {
        "country_code": "NL",
        "party_id": "WPX",
        "id": "s-88",
        "start_date_time": "2025-03-03T17:05:00Z",
        "kwh": Decimal("6.25"),
        "cdr_token": {
            "country_code": "NL",
            "party_id": "CHH",
            "uid": "u4c1",
            "type": "APP_USER",
            "contract_id": "NL-CHH-C00000001-X",
        },
        "auth_method": "COMMAND",
        "authorization_reference": "chs_1",
        "location_id": "garage-1",
        "evse_uid": "evse-7",
        "connector_id": "2",
        "currency": "EUR",
        "charging_periods": [
            {
                "start_date_time": "2025-03-03T17:05:00Z",
                "dimensions": [
                    {"type": "ENERGY", "volume": Decimal("6.25")},
                    {"type": "MAX_POWER", "volume": Decimal("11")},
                ],
                "tariff_id": "day",
            }
        ],
        "total_cost": {"excl_vat": Decimal("2.5625")},
        "status": "ACTIVE",
        "last_updated": "2025-03-03T17:40:00Z",
    } | changes


def a_cdr(**changes: Any) -> Json:
    """Return the bill of that session."""
    return {
        "country_code": "NL",
        "party_id": "WPX",
        "id": "cdr-88",
        "start_date_time": "2025-03-03T17:05:00Z",
        "end_date_time": "2025-03-03T19:05:00Z",
        "session_id": "s-88",
        "cdr_token": a_session()["cdr_token"],
        "auth_method": "COMMAND",
        "authorization_reference": "chs_1",
        "cdr_location": {
            "id": "garage-1",
            "name": "Garage Vaartsche Rijn",
            "address": "Westerkade 30",
            "city": "Utrecht",
            "country": "NLD",
            "coordinates": a_location()["coordinates"],
            "evse_uid": "evse-7",
            "evse_id": "NL*WPX*E0007",
            "connector_id": "2",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "CABLE",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "tariffs": [a_tariff()],
        "charging_periods": [
            {
                "start_date_time": "2025-03-03T17:05:00Z",
                "dimensions": [{"type": "ENERGY", "volume": Decimal("14.5")}, {"type": "TIME", "volume": 2}],
                "tariff_id": "day",
            }
        ],
        "total_cost": {"excl_vat": Decimal("5.945"), "incl_vat": Decimal("7.19345")},
        "total_energy": Decimal("14.5"),
        "total_time": Decimal("2.0"),
        "last_updated": "2025-03-03T19:06:00Z",
    } | changes
