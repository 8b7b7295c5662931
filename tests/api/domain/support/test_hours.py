"""Opening hours on the wall clock of their own zone: nights of change, past midnight, holidays, and their text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.support.hours import answering_at
from api.domain.support.hours_text import HoursInvalid, hours_of, text_of

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(text: str, zone: str, start: str, count: int) -> list[tuple[str, bool]]:
    """Return the next changes from a moment on: when, and whether it is open from then."""
    hours, now, found = hours_of(text, zone), at(start), []
    for _ in range(count):
        change = answering_at(hours, now).next_change_at
        if change is None:
            break
        found.append((f"{change:%m-%d %H:%M}", answering_at(hours, change).open))
        now = change
    return found


@pytest.mark.capability("CP04")
def test_outside_its_window_an_open_line_speaks_english_only() -> None:
    """A Sunday at ten in Vienna: open, English, until Monday at eight."""
    hours = hours_of("mon-fri 08:00-20:00 de; otherwise en", "Europe/Vienna")
    sunday = answering_at(hours, at("2026-01-04 09:00"))
    assert (sunday.open, sunday.languages_now, sunday.next_change_at) == (True, ("en",), at("2026-01-05 07:00"))
    monday = answering_at(hours, at("2026-01-05 07:00"))
    assert (monday.languages_now, monday.next_change_at) == (("de",), at("2026-01-05 19:00"))


@pytest.mark.capability("CP07")
def test_a_line_that_never_closes_has_no_day_rows_and_no_next_change() -> None:
    """Nor has one whose windows add nothing."""
    for text in ("24/7", "24/7 fr", "daily 00:00-24:00 fr", "24/7 fr; daily 08:00-20:00 fr"):
        found = answering_at(hours_of(text, BERLIN), at("2026-03-29 00:30"))
        assert (found.open, found.next_change_at) == (True, None), text
    assert hours_of("24/7", BERLIN).windows == ()


@pytest.mark.capability("CP08")
def test_two_languages_at_different_hours_on_one_line() -> None:
    """English day and night, French as well on weekdays from seven to nine in the evening, Eastern time."""
    hours = hours_of("24/7 en; mon-fri 07:00-21:00 fr", "America/New_York")
    seen = [answering_at(hours, at(f"2026-06-05 {each}")).languages_now for each in ("10:59", "11:00", "23:59")]
    assert seen == [("en",), ("en", "fr"), ("en", "fr")]
    assert answering_at(hours, at("2026-06-06 01:00")).languages_now == ("en",)  # Friday 21:00 there


@pytest.mark.capability("CP06")
@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        # 29 March 2026, clocks jump from 02:00 to 03:00 at 01:00 UTC: 02:30 never comes, the line opens at 03:00.
        ("daily 02:30-03:30", "2026-03-28 12:00", [("03-29 01:00", True), ("03-29 01:30", False)]),
        # A window that lies in the missing hour never comes that day; the next is Monday's, 02:00 CEST.
        ("daily 02:00-03:00", "2026-03-28 12:00", [("03-30 00:00", True), ("03-30 01:00", False)]),
        # 25 October, from 03:00 back to 02:00 at 01:00 UTC: 02:00 to 02:30 comes twice.
        (
            "daily 02:00-02:30",
            "2026-10-24 12:00",
            [("10-25 00:00", True), ("10-25 00:30", False), ("10-25 01:00", True), ("10-25 01:30", False)],
        ),
        # A night shift over that night lasts nine hours: 22:00 CEST is 20:00 UTC, 06:00 CET is 05:00 UTC.
        ("sat 22:00-06:00", "2026-10-24 12:00", [("10-24 20:00", True), ("10-25 05:00", False)]),
        # Office hours move by an hour in UTC between the Fridays before and the Mondays after.
        ("mon-fri 08:00-18:00", "2026-03-27 12:00", [("03-27 17:00", False), ("03-30 06:00", True)]),
        ("mon-fri 08:00-18:00", "2026-10-23 12:00", [("10-23 16:00", False), ("10-26 07:00", True)]),
    ],
)
def test_days_on_which_clocks_change(text: str, start: str, expected: list[tuple[str, bool]]) -> None:
    """What the clock on the wall shows decides: a missing hour is missing, one that comes twice counts twice."""
    assert changes(text, BERLIN, start, len(expected)) == expected


def test_a_zone_that_changes_its_clock_at_midnight() -> None:
    """In Cairo 00:00 of 24 April 2026 never comes: what opens then opens at 01:00, 22:00 UTC of the day before."""
    assert changes("fri 00:00-08:00", "Africa/Cairo", "2026-04-22 12:00", 1) == [("04-23 22:00", True)]


def test_windows_past_midnight_belong_to_the_day_they_opened() -> None:
    """Also on a holiday: its windows replace those that open on its date, and no others."""
    text = "fri,sat 22:00-02:00 en; 2026-05-16 closed"
    assert changes(text, "UTC", "2026-05-15 12:00", 3) == [
        ("05-15 22:00", True), ("05-16 02:00", False), ("05-22 22:00", True),
    ]  # fmt: skip


def test_a_holiday_has_windows_of_its_own_or_none() -> None:
    """On Christmas Eve until noon, on Christmas Day not at all; the next change lies behind both and a weekend."""
    text = "mon-fri 08:00-18:00 de; 2026-12-24 08:00-12:00 de; 2026-12-25 closed"
    assert changes(text, "UTC", "2026-12-24 09:00", 2) == [("12-24 12:00", False), ("12-28 08:00", True)]


TEXTS = st.builds(
    lambda days, opens, closes, language, extra: f"{days} {opens:02d}:00-{closes:02d}:30 {language}{extra}",
    st.sampled_from(["mon-fri", "daily", "sat,sun", "fri-mon", "wed"]),
    st.integers(0, 23),
    st.integers(0, 23),
    st.sampled_from(["de", "en,fr"]),
    st.sampled_from(["", "; otherwise en", "; 2026-03-29 closed", "; 2026-10-25 01:00-03:00 en", "; 24/7 fr"]),
)


@settings(max_examples=60, deadline=None)
@given(
    text=TEXTS,
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"]),
    minutes=st.integers(0, 525_599),
)
def test_nothing_changes_before_the_next_change(text: str, zone: str, minutes: int) -> None:
    """At every quarter of an hour before it the caller meets the same, and at it something else."""
    hours, now = hours_of(text, zone), at("2026-01-01") + timedelta(minutes=minutes)
    first = answering_at(hours, now)
    end = first.next_change_at or now + timedelta(days=9)
    if first.next_change_at is not None:
        then = answering_at(hours, first.next_change_at)
        assert (then.open, then.languages_now) != (first.open, first.languages_now)
    for step in range(1, min(200, int((end - now) / timedelta(minutes=15)))):
        later = answering_at(hours, now + step * timedelta(minutes=15))
        assert (later.open, later.languages_now) == (first.open, first.languages_now)
    assert hours_of(text_of(hours), zone) == hours


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("", BERLIN), ("mon-fri", BERLIN), ("mon-fri 8-20", BERLIN), ("mon-fri 08:00-25:00", BERLIN),
        ("mox 08:00-20:00", BERLIN), ("2026-02-30 closed", BERLIN), ("otherwise en", BERLIN), ("24/7 english", BERLIN),
        ("24/7", "Europe/Nowhere"), ("24/7", "CET; DROP"), ("mon-wed-fri 08:00-09:00", BERLIN),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_are_refused(text: str, zone: str) -> None:
    """Nothing is half read."""
    with pytest.raises(HoursInvalid):
        hours_of(text, zone)
