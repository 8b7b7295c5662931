"""Merging partners' JSON: nothing but what changes changes, letter by letter."""

import json

import pytest

from api.services.roaming.raw_json import patched_json


def test_values_stay_letter_by_letter() -> None:
    """Numbers keep their zeros, exponents and digits, and unknown fields stay, whether held or changed."""
    held = '{"kwh": 1.50, "x_meter": 12345678901234567890123.10, "x_new": {"a" : [1e2]}, "status": "ACTIVE"}'
    merged = patched_json(held, '{"kwh": 2.250, "x_more": 1.0E+2}')
    assert merged == (
        '{"kwh":2.250,"x_meter":12345678901234567890123.10,"x_new":{"a" : [1e2]},"status":"ACTIVE","x_more":1.0E+2}'
    )


def test_null_clears_and_objects_replace() -> None:
    """An explicit null takes a field away; a nested object is replaced, not merged."""
    held = '{"total_cost": {"excl_vat": 1, "incl_vat": 2}, "end_date_time": "x", "kwh": 1}'
    assert json.loads(patched_json(held, '{"total_cost": {"excl_vat": 3}, "end_date_time": null}')) == {
        "total_cost": {"excl_vat": 3},
        "kwh": 1,
    }


@pytest.mark.parametrize("spelling", ["2026-03-02T09:15:00Z", "2026-03-02T09:15:00.000Z", "2026-03-02T09:15:00"])
def test_periods_are_appended_and_told_once(spelling: str) -> None:
    """A period that begins when a known one does takes its place, however the moment is written."""
    held = (
        '{"charging_periods":[{"start_date_time":"2026-03-02T09:00:00Z"},{"start_date_time":"2026-03-02T09:15:00Z"}]}'
    )
    change = f'{{"charging_periods":[{{"start_date_time":"{spelling}","x":1.0}},{{"start_date_time":"later"}}]}}'
    periods = json.loads(patched_json(held, change))["charging_periods"]
    assert [period.get("x") for period in periods] == [None, 1.0, None]


def test_periods_come_where_there_were_none() -> None:
    """The first PATCH with periods makes the list; null takes it away."""
    change = '{"charging_periods":[{"start_date_time":"2026-03-02T09:00:00Z"}]}'
    assert json.loads(patched_json("{}", change)) == json.loads(change)
    assert patched_json(change, '{"charging_periods":null}') == "{}"
