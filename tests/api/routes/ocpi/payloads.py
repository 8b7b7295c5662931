"""Bodies as a partner that speaks 2.2.1 sends them: complete by default, one override per test."""

from typing import Any

Json = dict[str, Any]


def session_body(**fields: Any) -> Json:
    """Return a Session of the token UIDA1."""
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "SES1",
        "start_date_time": "2026-03-02T09:00:00Z",
        "kwh": 1.5,
        "cdr_token": {
            "country_code": "DE",
            "party_id": "CHH",
            "uid": "UIDA1",
            "type": "APP_USER",
            "contract_id": "DE-CHH-C1",
        },
        "auth_method": "COMMAND",
        "location_id": "LOC1",
        "evse_uid": "EVSE1",
        "connector_id": "1",
        "currency": "EUR",
        "charging_periods": [
            {
                "start_date_time": "2026-03-02T09:00:00Z",
                "dimensions": [{"type": "ENERGY", "volume": 1.5}],
                "tariff_id": "T1",
            }
        ],
        "total_cost": {"excl_vat": 0.59},
        "status": "ACTIVE",
        "last_updated": "2026-03-02T09:01:00Z",
    } | fields


def cdr_body(**fields: Any) -> Json:
    """Return a CDR of the token UIDA1."""
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "CDR1",
        "start_date_time": "2026-03-02T09:00:00Z",
        "end_date_time": "2026-03-02T10:00:00Z",
        "session_id": "SES1",
        "cdr_token": {
            "country_code": "DE",
            "party_id": "CHH",
            "uid": "UIDA1",
            "type": "APP_USER",
            "contract_id": "DE-CHH-C1",
        },
        "auth_method": "COMMAND",
        "cdr_location": {
            "id": "LOC1",
            "address": "Street 1",
            "city": "Town",
            "postal_code": "10000",
            "country": "DEU",
            "coordinates": {"latitude": "48.500000", "longitude": "9.250000"},
            "evse_uid": "EVSE1",
            "evse_id": "DE*CPO*E001",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "charging_periods": [
            {"start_date_time": "2026-03-02T09:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 20.0}]}
        ],
        "total_cost": {"excl_vat": 7.80, "incl_vat": 9.28},
        "total_energy": 20.0,
        "total_time": 1.0,
        "last_updated": "2026-03-02T10:01:00Z",
    } | fields


def connector_body(**fields: Any) -> Json:
    """Return a Type 2 connector."""
    return {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 32,
        "tariff_ids": ["T1"],
        "last_updated": "2026-03-02T09:00:00Z",
    } | fields


def evse_body(**fields: Any) -> Json:
    """Return a free EVSE with one connector."""
    return {
        "uid": "EVSE1",
        "evse_id": "DE*CPO*E001",
        "status": "AVAILABLE",
        "capabilities": ["REMOTE_START_STOP_CAPABLE"],
        "connectors": [connector_body()],
        "physical_reference": "13",
        "last_updated": "2026-03-02T09:00:00Z",
    } | fields


def location_body(**fields: Any) -> Json:
    """Return a location with one EVSE."""
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "LOC1",
        "publish": True,
        "name": "By the lake",
        "address": "Street 1",
        "city": "Town",
        "postal_code": "10000",
        "country": "DEU",
        "coordinates": {"latitude": "48.500000", "longitude": "9.250000"},
        "time_zone": "Europe/Berlin",
        "operator": {"name": "A charge point operator"},
        "evses": [evse_body()],
        "last_updated": "2026-03-02T09:00:00Z",
    } | fields


def tariff_body(**fields: Any) -> Json:
    """Return a tariff of 0.39 EUR per kWh."""
    return {
        "country_code": "DE",
        "party_id": "CPO",
        "id": "T1",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.39, "vat": 19.0, "step_size": 1}]}],
        "last_updated": "2026-03-02T09:00:00Z",
    } | fields


def credentials_body(**fields: Any) -> Json:
    """Return the credentials of a CPO."""
    return {
        "token": "their-fresh-token",
        "url": "https://cpo.test/ocpi/versions",
        "roles": [
            {"role": "CPO", "party_id": "CPO", "country_code": "DE", "business_details": {"name": "An operator"}}
        ],
    } | fields
