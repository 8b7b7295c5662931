"""Objects as a partner that speaks 2.1.1 sends them, in the shape of the chapters' examples: an operator in Gothenburg.

Each function returns fresh decoded JSON (as ``exact_json.parse`` would) with top-level fields overridden.
"""

from decimal import Decimal
from typing import Any

from api.domain.ids import PartyId

Json = dict[str, Any]
OWNER = PartyId("SE", "KAJ")


def a_connector(**changes: Any) -> Json:
    """Return a type 2 socket of 11 kW."""
    return {
        "id": "A",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "voltage": 230,
        "amperage": 16,
        "tariff_id": "Kaj-dag",
        "last_updated": "2025-04-01T06:00:00Z",
    } | changes


def an_evse(**changes: Any) -> Json:
    """Return an EVSE that can be started remotely."""
    return {
        "uid": "Uttag-21",
        "evse_id": "SE*KAJ*E21",
        "status": "AVAILABLE",
        "status_schedule": [],
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RESERVABLE"],
        "connectors": [a_connector()],
        "floor_level": "0",
        "physical_reference": "21",
        "last_updated": "2025-04-01T06:00:00Z",
    } | changes


def a_location(**changes: Any) -> Json:
    """Return a quay with one EVSE."""
    return {
        "id": "Kaj-4",
        "type": "PARKING_LOT",
        "name": "Packhuskajen",
        "address": "Packhusplatsen 4",
        "city": "Göteborg",
        "postal_code": "41113",
        "country": "SWE",
        "coordinates": {"latitude": "57.709190", "longitude": "11.958470"},
        "evses": [an_evse()],
        "operator": {"name": "Kajladdning", "website": "https://kaj.example"},
        "time_zone": "Europe/Stockholm",
        "last_updated": "2025-04-02T07:15:00Z",
    } | changes


def a_tariff(**changes: Any) -> Json:
    """Return a tariff with energy, and parking after three hours."""
    return {
        "id": "Kaj-dag",
        "currency": "SEK",
        "tariff_alt_text": [{"language": "sv", "text": "3,90 kr per kWh"}],
        "elements": [
            {"price_components": [{"type": "ENERGY", "price": Decimal("3.90"), "step_size": 1}]},
            {
                "price_components": [{"type": "PARKING_TIME", "price": "12.00", "step_size": 60}],
                "restrictions": {"min_duration": 10800},
            },
        ],
        "last_updated": "2025-03-01T00:00:00Z",
    } | changes


def a_session(**changes: Any) -> Json:
    """Return a running session with one period."""
    return {
        "id": "pass-Ab7",
        "start_datetime": "2025-04-05T08:20:00Z",
        "kwh": Decimal("4.75"),
        "auth_id": "U9K2",
        "auth_method": "AUTH_REQUEST",
        "location": a_location(),
        "meter_id": "M-21",
        "currency": "SEK",
        "charging_periods": [
            {
                "start_date_time": "2025-04-05T08:20:00Z",
                "dimensions": [
                    {"type": "ENERGY", "volume": Decimal("4.75")},
                    {"type": "MAX_CURRENT", "volume": Decimal("15.5")},
                ],
            }
        ],
        "total_cost": Decimal("18.525"),
        "status": "ACTIVE",
        "last_updated": "2025-04-05T08:50:00Z",
    } | changes


def a_cdr(**changes: Any) -> Json:
    """Return the bill of that session."""
    return {
        "id": "faktura-Ab7",
        "start_date_time": "2025-04-05T08:20:00Z",
        "stop_date_time": "2025-04-05T10:50:00Z",
        "auth_id": "U9K2",
        "auth_method": "AUTH_REQUEST",
        "location": a_location(),
        "currency": "SEK",
        "tariffs": [a_tariff()],
        "charging_periods": [
            {
                "start_date_time": "2025-04-05T08:20:00Z",
                "dimensions": [{"type": "ENERGY", "volume": Decimal("20.4")}, {"type": "TIME", "volume": 2}],
            },
            {
                "start_date_time": "2025-04-05T10:20:00Z",
                "dimensions": [{"type": "PARKING_TIME", "volume": Decimal("0.5")}, {"type": "FLAT", "volume": 1}],
            },
        ],
        "total_cost": Decimal("79.56"),
        "total_energy": Decimal("20.4"),
        "total_time": Decimal("2.5"),
        "total_parking_time": Decimal("0.5"),
        "last_updated": "2025-04-05T10:51:00Z",
    } | changes


def credentials(**changes: Any) -> Json:
    """Return the operator's credentials."""
    return {
        "token": "their-secret/==",
        "url": "https://kaj.example/ocpi/cpo/versions",
        "business_details": {"name": "Kajladdning", "website": "https://kaj.example"},
        "party_id": "KAJ",
        "country_code": "SE",
    } | changes
