"""Tests of ``clients.ocpi.exact_json``."""

from decimal import Decimal

import pytest

from clients.ocpi.exact_json import dump, parse
from clients.ocpi.unreadable import NotJson


def test_numbers_keep_every_digit_both_ways() -> None:
    """A price is never turned into binary floating point, and is written as it came."""
    text = '{"price":0.10,"kwh":41.1200000000000000000001,"count":3,"zero":0.0}'
    value = parse(text.encode())
    assert value == {
        "price": Decimal("0.10"),
        "kwh": Decimal("41.1200000000000000000001"),
        "count": 3,
        "zero": Decimal("0.0"),
    }
    assert dump(value) == text


def test_a_byte_order_mark_is_tolerated() -> None:
    """Some platforms put a byte order mark before their JSON."""
    assert parse(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"data":[{"id":"1"',
        b'{"kwh":NaN}',
        b'{"kwh":Infinity}',
        b'{"kwh":-Infinity}',
        b'{"name":"\xff\xfe"}',
        b'{"name":"\\ud800"}',
        b"1e99999999999999999999",
        b"9" * 10_000,
        b"[" * 100_000,
        b"{} {}",
        b"{'id': 1}",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Truncated, non-finite, wrongly encoded, absurdly large or deep bodies raise NotJson and nothing else."""
    with pytest.raises(NotJson):
        parse(body)
