"""The invented feed: four sites in two cities with what real sites have in variety. Data only; `feed.py` serves it.

Aachen and Münster are real cities, the sites are not. Worth knowing: posts 13 of two different sites share their
number; some EVSEs print a reference, some only their EVSE id; one is out of order, one cannot be started by an app.
"""

from typing import Any

Json = dict[str, Any]

_BORN = "2026-01-05T08:00:00Z"
_APP = ["REMOTE_START_STOP_CAPABLE", "RFID_READER"]


def _evse(number: int, tariff_id: str, **changes: Any) -> Json:
    """One AC EVSE with a type 2 socket, 22 kW; ``changes`` replace or add fields."""
    evse: Json = {
        "uid": f"vcp-evse-{number:04d}",
        "evse_id": f"DE*VCP*E{number:04d}*1",
        "status": "AVAILABLE",
        "capabilities": [*_APP, "UNLOCK_CAPABLE", "RESERVABLE"],
        "connectors": [
            {
                "id": "1",
                "standard": "IEC_62196_T2",
                "format": "SOCKET",
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 32,
                "max_electric_power": 22000,
                "tariff_ids": [tariff_id],
                "last_updated": _BORN,
            }
        ],
        "last_updated": _BORN,
    }
    return evse | changes


def _dc(tariff_id: str, *standards: str) -> list[Json]:
    """Fast connectors on cables, one for each standard."""
    return [
        {
            "id": str(number),
            "standard": standard,
            "format": "CABLE",
            "power_type": "DC",
            "max_voltage": 920,
            "max_amperage": 400,
            "max_electric_power": 150000,
            "tariff_ids": [tariff_id],
            "last_updated": _BORN,
        }
        for number, standard in enumerate(standards, start=1)
    ]


def _site(key: str, name: str, where: tuple[str, str, str, str, str], evses: list[Json]) -> Json:
    address, postal_code, city, latitude, longitude = where
    return {
        "country_code": "DE",
        "party_id": "VCP",
        "id": key,
        "publish": True,
        "name": name,
        "address": address,
        "postal_code": postal_code,
        "city": city,
        "country": "DEU",
        "coordinates": {"latitude": latitude, "longitude": longitude},
        "operator": {"name": "Virtual Charge Point Operator", "website": "https://vcp.example"},
        "time_zone": "Europe/Berlin",
        "opening_times": {"twentyfourseven": True},
        "charging_when_closed": True,
        "evses": evses,
        "last_updated": _BORN,
    }


OWN_LOCATIONS: list[Json] = [
    _site(
        "VCP-AC-MARKET",
        "Marktgarage Aachen",
        ("Lindenplatz 4", "52062", "Aachen", "50.776100", "6.083900"),
        [
            _evse(13, "vcp-ac-vat", physical_reference="13", floor_level="-1"),
            _evse(14, "vcp-ac-vat", physical_reference="14", floor_level="-1"),
            _evse(15, "vcp-ac-vat", physical_reference="15", floor_level="-1", status="INOPERATIVE"),
        ],
    ),
    _site(
        "VCP-AC-STATION",
        "Bahnhof Aachen Süd",
        ("Gleisweg 1", "52064", "Aachen", "50.767800", "6.091100"),
        [
            _evse(113, "vcp-ac-plain", physical_reference="13"),
            _evse(114, "vcp-ac-plain", capabilities=["RFID_READER"]),
        ],
    ),
    _site(
        "VCP-MS-HARBOR",
        "Schnelllader Hafen Münster",
        ("Speicherkai 20", "48155", "Münster", "51.951200", "7.638600"),
        [
            _evse(201, "vcp-dc-idle", physical_reference="A1", connectors=_dc("vcp-dc-idle", "IEC_62196_T2_COMBO")),
            _evse(
                202,
                "vcp-dc-idle",
                physical_reference="A2",
                connectors=_dc("vcp-dc-idle", "IEC_62196_T2_COMBO", "CHADEMO"),
            ),
        ],
    ),
    _site(
        "VCP-MS-LIBRARY",
        "Stadtbücherei Münster",
        ("Büchergasse 9", "48143", "Münster", "51.962500", "7.628700"),
        [_evse(301, "vcp-ac-plain"), _evse(302, "vcp-ac-plain")],
    ),
]

OWN_TARIFFS: list[Json] = [
    {
        # a start fee, energy, and parking that costs after four hours of stay, with VAT
        "country_code": "DE",
        "party_id": "VCP",
        "id": "vcp-ac-vat",
        "currency": "EUR",
        "tariff_alt_text": [{"language": "de", "text": "0,39 €/kWh, Startgebühr 0,50 €, ab 4 h Parken 3 €/h (netto)"}],
        "elements": [
            {
                "price_components": [
                    {"type": "FLAT", "price": 0.50, "vat": 19, "step_size": 1},
                    {"type": "ENERGY", "price": 0.39, "vat": 19, "step_size": 1},
                ]
            },
            {
                "price_components": [{"type": "PARKING_TIME", "price": 3.00, "vat": 19, "step_size": 60}],
                "restrictions": {"min_duration": 14400},
            },
        ],
        "last_updated": _BORN,
    },
    {
        # energy only; says nothing about VAT
        "country_code": "DE",
        "party_id": "VCP",
        "id": "vcp-ac-plain",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.45, "step_size": 1}]}],
        "last_updated": _BORN,
    },
    {
        # fast charging: cheaper at night, charging minutes cost after the first 45, idle minutes from the first
        "country_code": "DE",
        "party_id": "VCP",
        "id": "vcp-dc-idle",
        "currency": "EUR",
        "elements": [
            {
                "price_components": [{"type": "ENERGY", "price": 0.49, "vat": 19, "step_size": 1}],
                "restrictions": {"start_time": "22:00", "end_time": "06:00"},
            },
            {"price_components": [{"type": "ENERGY", "price": 0.59, "vat": 19, "step_size": 1}]},
            {
                "price_components": [{"type": "TIME", "price": 3.60, "vat": 19, "step_size": 60}],
                "restrictions": {"min_duration": 2700},
            },
            {"price_components": [{"type": "PARKING_TIME", "price": 6.00, "vat": 19, "step_size": 60}]},
        ],
        "last_updated": _BORN,
    },
]
