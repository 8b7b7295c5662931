"""An example of a quote for the OpenAPI document: a car, prices by the kWh and by the hour, and a fee of ours."""

from typing import Any

from api.routes.app.payer_shapes import PAYERS_EXAMPLE


def _euros(cents: int) -> dict[str, Any]:
    return {"amount_minor": cents, "currency": "EUR"}


REQUEST_EXAMPLE: dict[str, Any] = {
    "connector_id": "con_91b5d1",
    "visual_id": "#13",
    "vehicle_model_id": "vhm_5b1e07",
    "from_percent": "20",
    "to_percent": "80",
    "idle_minutes": 30,
    "hold_cap_minor": 4000,
}

_ENERGY: dict[str, Any] = {
    "type": "energy",
    "price": "0.5",
    "currency": "EUR",
    "per": "kWh",
    "step_size": 1,
    "vat_percent": "19",
    "driver_price": {"net": "0.5", "gross": "0.595"},
    "driver_price_per_minute": None,
    "restricted": False,
    "restrictions": None,
    "free_minutes": 0,
}
_SESSION_FEE: dict[str, Any] = _ENERGY | {
    "type": "session_fee",
    "price": "1.19",
    "per": "session",
    "driver_price": {"net": "1", "gross": "1.19"},
}
_PARKING: dict[str, Any] = _ENERGY | {
    "type": "parking_time",
    "price": "6",
    "per": "hour",
    "step_size": 60,
    "driver_price": {"net": "6", "gross": "7.14"},
    "driver_price_per_minute": {"net": "0.1", "gross": "0.119"},
    "restricted": True,
    "restrictions": {
        "start_time": "08:00:00",
        "end_time": "20:00:00",
        "start_date": None,
        "end_date": None,
        "days_of_week": [1, 2, 3, 4, 5],
        "min_wh": None,
        "max_wh": None,
        "min_duration_s": 14400,
        "max_duration_s": None,
        "min_power_w": None,
        "max_power_w": None,
        "min_current_a": None,
        "max_current_a": None,
    },
}
_ESTIMATE: dict[str, Any] = {
    "basis": "vehicle",
    "energy_wh": 22000,
    "minutes": 120,
    "charging_ends_at": "2026-03-02T11:00:00Z",
    "idle_minutes": 30,
    "total": _euros(1428),
    "net": _euros(1200),
    "vat": _euros(228),
    "parts": {"cpo": _euros(1100), "roaming": _euros(0), "fee": _euros(100), "vat": _euros(228)},
    "lines": [
        {
            "kind": "energy",
            "quantity": "22",
            "unit": "kWh",
            "measured": "22",
            "unit_price": "0.5",
            "net": "11",
            "vat_percent": "19",
            "vat": "2.09",
            "gross": "13.09",
            "flags": [],
        },
        {
            "kind": "session_fee",
            "quantity": "1",
            "unit": "session",
            "measured": None,
            "unit_price": None,
            "net": "1",
            "vat_percent": "19",
            "vat": "0.19",
            "gross": "1.19",
            "flags": [],
        },
    ],
}
_FREE: dict[str, Any] = {
    "starts_at": "2026-03-02T11:00:00Z",
    "ends_at": "2026-03-02T13:00:00Z",
    "per_hour": {"net": "0", "gross": "0"},
    "block_s": 0,
    "fee": _euros(0),
    "total": _euros(1428),
    "capped": False,
}
_DEAR: dict[str, Any] = _FREE | {
    "starts_at": "2026-03-02T13:00:00Z",
    "ends_at": "2026-03-02T19:00:00Z",
    "per_hour": {"net": "6", "gross": "7.14"},
    "block_s": 60,
    "total": _euros(5712),
}
_FREE_AGAIN: dict[str, Any] = _FREE | {
    "starts_at": "2026-03-02T19:00:00Z",
    "ends_at": None,
    "total": _euros(5712),
}

STAY_EXAMPLE: dict[str, Any] = {
    "text": "free until 14:00, then 7.14 EUR/h in blocks of 1 min until 20:00, free after",
    "total_now": _euros(1428),
    "known_until": "2026-03-03T11:00:00Z",
    "doubts": [],
    "entries": [_FREE, _DEAR, _FREE_AGAIN],
}
QUOTE_EXAMPLE: dict[str, Any] = {
    "id": "quo_77aa",
    "connector_id": "con_91b5d1",
    "visual_id": "#13",
    "time_zone": "Europe/Berlin",
    "price": {
        "known": True,
        "unknown_because": None,
        "components": [_ENERGY, _SESSION_FEE, _PARKING],
        "min_price": None,
        "max_price": None,
        "estimate": _ESTIMATE,
        "estimate_unknown_because": None,
        "stay": STAY_EXAMPLE,
        "texts": [],
        "url": None,
        "notes": [],
    },
    "hold": _euros(1800),
    "hold_reason": "estimate",
    "hold_details": {
        "reason": "estimate",
        "estimate": _euros(1428),
        "margin_percent": "20",
        "cap": _euros(4000),
        "reuses_hold": None,
    },
    "payers": PAYERS_EXAMPLE,
    "connector_status": "available",
    "start_sequence": "plug_first",
    "start_text": "Here the cable comes first: plug in, then start.",
    "created_at": "2026-03-02T09:00:00Z",
    "expires_at": "2026-03-02T09:15:00Z",
}
