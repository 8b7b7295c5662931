"""Tests of ``clients.ocpi.fields``: how single values are read."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from msgspec import Struct

from clients.ocpi.fields import (
    Instant,
    LocalDate,
    LocalTime,
    Number,
    Text,
    Unwritable,
    Whole,
    read_as,
    write_as,
    write_instant,
)
from clients.ocpi.unreadable import Unreadable
from clients.ocpi.v2_2_1.wire.token import Message


class _Sample(Struct):
    text: Text | None = None
    number: Number | None = None
    whole: Whole | None = None
    instant: Instant | None = None
    time: LocalTime | None = None
    date: LocalDate | None = None
    numbers: list[Number] | None = None


@pytest.mark.parametrize(
    ("sent", "read"), [("13", "13"), (13, "13"), (Decimal("1.50"), "1.50"), ("a" * 9999, "a" * 9999)]
)
def test_texts(sent: object, read: str) -> None:
    """Numbers are taken for text, and no length is too long."""
    assert read_as(_Sample, {"text": sent}).text == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [(0, "0"), (Decimal("0.00"), "0"), ("2.00", "2.00"), (" 7 ", "7"), (Decimal("-1.5"), "-1.5"), ("1e2", "100")],
)
def test_numbers(sent: object, read: str) -> None:
    """Whole numbers, fractions and digits in quotes are exact decimals."""
    assert read_as(_Sample, {"number": sent}).number == Decimal(read)


@pytest.mark.parametrize(("sent", "read"), [(600, 600), ("600", 600), (Decimal("600.0"), 600)])
def test_whole_numbers(sent: object, read: int) -> None:
    """A fraction of zero is whole."""
    assert read_as(_Sample, {"whole": sent}).whole == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2025-03-03T17:05:09Z", datetime(2025, 3, 3, 17, 5, 9, tzinfo=UTC)),
        ("2025-03-03T17:05:09", datetime(2025, 3, 3, 17, 5, 9, tzinfo=UTC)),
        ("2025-03-03 17:05:09", datetime(2025, 3, 3, 17, 5, 9, tzinfo=UTC)),
        ("2025-03-03T17:05:09.25Z", datetime(2025, 3, 3, 17, 5, 9, 250_000, tzinfo=UTC)),
        ("2025-03-03T17:05:09.123456789Z", datetime(2025, 3, 3, 17, 5, 9, 123_456, tzinfo=UTC)),
        ("2025-03-03T18:05:09+01:00", datetime(2025, 3, 3, 17, 5, 9, tzinfo=UTC)),
        ("2025-03-03T12:35:09-0430", datetime(2025, 3, 3, 17, 5, 9, tzinfo=UTC)),
        ("2025-03-03T17:05Z", datetime(2025, 3, 3, 17, 5, tzinfo=UTC)),
        ("1970-1-1T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_moments(sent: str, read: datetime) -> None:
    """A missing zone is UTC; unpadded days, offsets, fractions and a leap second are understood."""
    found = read_as(_Sample, {"instant": sent}).instant
    assert found is not None
    assert (found.value, found.value.tzinfo) == (read, UTC)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("08:00", time(8)),
        ("08:00:00", time(8)),
        ("19:59:59", time(19, 59, 59)),
        ("8:30", time(8, 30)),
        ("24:00", time(0)),
    ],
)
def test_times_of_day(sent: str, read: time) -> None:
    """Seconds are understood, and 24:00 is the midnight that ends the day."""
    assert read_as(_Sample, {"time": sent}).time == LocalTime(read)


def test_days() -> None:
    """A day may come with a time behind it."""
    assert read_as(_Sample, {"date": "2025-03-03"}).date == LocalDate(date(2025, 3, 3))
    assert read_as(_Sample, {"date": "2025-03-03T00:00:00Z"}).date == LocalDate(date(2025, 3, 3))


MEANINGLESS: dict[str, list[object]] = {
    "text": [True, [], {}, "a\x00b", "\ud800", 10**50],
    "number": [True, "", "NaN", "Infinity", "0,59", "1_000", "٣", Decimal("1e400"), Decimal("1e-400"), 10**40, []],
    "numbers": [{"0": 1}],
    "whole": [Decimal("1.5"), "x", False],
    "instant": [
        *(0, "", "yesterday", "2025-03-03", "2025-02-30T00:00:00Z", "0000-01-01T00:00Z", "2025-03-03T25:00:00Z"),
        *("2025-W10-1T17:05:00Z", "2025-03-03X17:05:00Z", "２025-03-03T17:05:00Z", "2025-03-03T17:05:60+Z"),
    ],
    "time": ["8", "25:00", "24:01", 800, "08:60"],
    "date": ["2025", "2025-13-01", 20250303],
}
MEANINGLESS["number"] += [Decimal("NaN"), "9" * 41, Decimal("0." + "1" * 41)]
MEANINGLESS["instant"] += ["2025-03-03T00:00:00+99:00", "0001-01-01T00:00+05:00"]


@pytest.mark.parametrize(("field", "sent"), [(field, bad) for field, values in MEANINGLESS.items() for bad in values])
def test_what_means_nothing_is_unreadable(field: str, sent: object) -> None:
    """A value that cannot be understood raises Unreadable with the field's name."""
    with pytest.raises(Unreadable, match=f"^ocpi_unreadable reason=.{field}: "):
        read_as(_Sample, {field: sent})


def test_the_reason_names_the_place_inside_a_list() -> None:
    """The reason says which element of a list is wrong."""
    with pytest.raises(Unreadable) as failure:
        read_as(_Sample, {"numbers": [1, 2, "x"]})
    assert failure.value.reason == "numbers[2]: not a number"


def test_unknown_fields_and_nulls_are_nothing() -> None:
    """Fields we do not know are passed over, an explicit null is an absent field."""
    assert read_as(_Sample, {"text": None, "vendor": {"x": [1]}}) == _Sample()


@pytest.mark.parametrize("raw", [None, [], "x", 1, True])
def test_an_object_is_needed(raw: object) -> None:
    """Anything but an object is unreadable."""
    with pytest.raises(Unreadable):
        read_as(_Sample, raw)


def test_what_we_send_is_checked() -> None:
    """A message of ours that breaks the specification does not leave."""
    assert write_as(Message(language="nl", text="ja")) == {"language": "nl", "text": "ja"}
    with pytest.raises(Unwritable):
        write_as(Message(language="Dutch", text="ja"))


def test_moments_are_written_in_utc_with_whole_seconds() -> None:
    """The specification wants Z, never an offset."""
    assert write_instant(datetime.fromisoformat("2025-03-03T18:05:09.7+01:00")) == "2025-03-03T17:05:09Z"
