"""Made-up cars in the shape of the Open EV Data project's file: valid by default, one override a test."""

import json
from typing import Any

STEPS = [(0, 140), (25, 175.5), (60, 120), (100, 9)]


def a_car(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return one car as the file holds it."""
    car: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "brand": "Nordwind",
        "vehicle_type": "car",
        "type": "bev",
        "model": "Fjord",
        "release_year": 2024,
        "variant": "Long Range",
        "usable_battery_size": 77.4,
        "ac_charger": {
            "usable_phases": 3,
            "ports": ["type2"],
            "max_power": 11,
            "power_per_charging_point": {"3.7": 3.7, "7.4": 7.2, "11": 11, "22": 11},
        },
        "dc_charger": {
            "ports": ["ccs"],
            "max_power": 175.5,
            "charging_curve": [{"percentage": percent, "power": power} for percent, power in STEPS],
            "is_default_charging_curve": False,
        },
        "energy_consumption": {"average_consumption": 17.1},
    }
    return car | fields


def a_hybrid(number: int = 2, **fields: Any) -> dict[str, Any]:
    """Return a plug-in hybrid without DC."""
    ac = {"usable_phases": 1, "max_power": 3.6, "power_per_charging_point": {"7.4": 3.6, "11": 3.6}}
    hybrid = {"brand": "Škola", "model": "Můra", "variant": "", "type": "phev", "usable_battery_size": 10.5}
    return a_car(number, **(hybrid | {"ac_charger": ac, "dc_charger": None} | fields))


def a_file(*cars: Any) -> str:
    """Return the text of a file with these cars."""
    return json.dumps({"data": cars, "brands": [], "meta": {"overall_count": len(cars)}})
