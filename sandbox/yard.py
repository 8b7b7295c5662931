"""The chargers of a storm: as many as there are drivers, all alike, under one tariff. Data only."""

from typing import Any


def yard(count: int, party_id: str = "VCP", *more: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a feed of as many chargers as there will be drivers, ten a site; ``more`` are further price components."""
    born, price = "2026-01-05T08:00:00Z", [{"type": "ENERGY", "price": 0.45, "vat": 19.0, "step_size": 1}, *more]
    tariff = {"id": "storm-ac", "currency": "EUR", "elements": [{"price_components": price}], "last_updated": born}
    connector = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE",
                 "max_voltage": 230, "max_amperage": 32, "max_electric_power": 22000, "last_updated": born}  # fmt: skip

    def evse(number: int) -> dict[str, Any]:
        return {
            "uid": f"storm-{number:04d}", "evse_id": f"DE*{party_id}*E9{number:04d}*1", "status": "AVAILABLE",
            "capabilities": ["REMOTE_START_STOP_CAPABLE"], "connectors": [dict(connector)], "tariffs": [dict(tariff)],
            "last_updated": born,
        }  # fmt: skip

    return [
        {
            "country_code": "DE", "party_id": party_id, "id": f"site-{first // 10:03d}", "publish": True,
            "name": f"Site {first // 10}", "address": "Street 1", "city": "Town", "postal_code": "10000",
            "country": "DEU", "coordinates": {"latitude": "50.776351", "longitude": "6.083862"},
            "time_zone": "Europe/Berlin", "operator": {"name": "Virtual Charge Point Operator"},
            "evses": [evse(number) for number in range(first, min(first + 10, count))], "last_updated": born,
        }
        for first in range(0, count, 10)
    ]  # fmt: skip
