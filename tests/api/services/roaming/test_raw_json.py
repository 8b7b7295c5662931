"""Partners' JSON survives: numbers to the digit, unknown fields, a PATCH field by field."""

import pytest

from api.services.roaming.raw_json import dump, fields_of, items_of, merge, parse

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
