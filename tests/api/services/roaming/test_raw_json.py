"""Partners' JSON survives: numbers to the digit, unknown fields, a PATCH field by field."""

import json

import pytest

from api.services.roaming.raw_json import dump, fields_of, items_of, merge, parse, patched_session

SENT = '{"b":1.50,"a":{"x":[1E+2,-0.0],"y":null},"list":[{"id":7},"é"],"long":123456789012345678901234567890}'


def test_a_text_is_parsed_and_written_to_the_digit() -> None:
    """Trailing zeros, long numbers and the order of fields stay."""
    assert dump(parse(SENT)) == SENT
    assert dump(fields_of(SENT)) == SENT


def test_a_patch_replaces_and_null_removes() -> None:
    """Nested objects are replaced whole, null removes the field, what is not named stays as it was."""
    assert merge(SENT, '{"a": {"z": 0.10}, "list": null, "new": [null]}') == (
        '{"b":1.50,"a":{"z": 0.10},"long":123456789012345678901234567890,"new":[null]}'
    )
    assert merge('{"a":1}', {"a": None, "b": parse("2.50")}) == '{"b":2.50}'
    assert merge('{"a":1}', '{"b": null}') == '{"a":1}'


def test_items_are_those_of_a_list() -> None:
    """What is no list has no items."""
    fields = fields_of(SENT)
    assert [bytes(item) for item in items_of(fields["list"])] == [b'{"id":7}', '"é"'.encode()]
    assert items_of(fields["b"]) == items_of(None) == []


def test_what_is_no_object_has_no_fields() -> None:
    """A list where an object belongs is said to be wrong."""
    with pytest.raises(ValueError, match="Expected `object`"):
        fields_of("[]")


def test_values_stay_letter_by_letter() -> None:
    """Numbers keep their zeros, exponents and digits, and unknown fields stay, whether held or changed."""
    held = '{"kwh": 1.50, "x_meter": 12345678901234567890123.10, "x_new": {"a" : [1e2]}, "status": "ACTIVE"}'
    merged = patched_session(held, '{"kwh": 2.250, "x_more": 1.0E+2}')
    assert merged == (
        '{"kwh":2.250,"x_meter":12345678901234567890123.10,"x_new":{"a" : [1e2]},"status":"ACTIVE","x_more":1.0E+2}'
    )


def test_null_clears_and_objects_replace() -> None:
    """An explicit null takes a field away; a nested object is replaced, not merged."""
    held = '{"total_cost": {"excl_vat": 1, "incl_vat": 2}, "end_date_time": "x", "kwh": 1}'
    assert json.loads(patched_session(held, '{"total_cost": {"excl_vat": 3}, "end_date_time": null}')) == {
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
    periods = json.loads(patched_session(held, change))["charging_periods"]
    assert [period.get("x") for period in periods] == [None, 1.0, None]


def test_periods_come_where_there_were_none() -> None:
    """The first PATCH with periods makes the list; null takes it away."""
    change = '{"charging_periods":[{"start_date_time":"2026-03-02T09:00:00Z"}]}'
    assert json.loads(patched_session("{}", change)) == json.loads(change)
    assert patched_session(change, '{"charging_periods":null}') == "{}"
