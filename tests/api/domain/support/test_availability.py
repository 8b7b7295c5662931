"""How a component does, from its probes, and uptime that never claims more than was seen."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby

import pytest

from api.domain.support.availability import Counted, Level, Seen, Uptime, level_after, minutes_of_month, worst_of

_LETTERS = {"u": Seen.UP, "g": Seen.DEGRADED, "d": Seen.DOWN}
OK, BAD, DOWN, UNKNOWN = Level.OPERATIONAL, Level.DEGRADED, Level.DOWN, Level.UNKNOWN


@pytest.mark.capability("CN22")
@pytest.mark.parametrize(
    ("before", "seen", "after"),
    [
        (OK, "uuuud", OK),
        (OK, "uuudd", OK),
        (OK, "uuddd", DOWN),
        (OK, "dudud", DOWN),
        (OK, "gugug", BAD),
        (OK, "ugudd", BAD),
        (DOWN, "ddddu", DOWN),
        (DOWN, "ddduu", DOWN),
        (DOWN, "dduuu", OK),
        (DOWN, "ddugu", BAD),
        (DOWN, "u", DOWN),
        (BAD, "guuuu", OK),
        (BAD, "uuuug", BAD),
        (UNKNOWN, "u", OK),
        (UNKNOWN, "d", OK),
        (OK, "", UNKNOWN),
        (DOWN, "", UNKNOWN),
    ],
)
def test_one_probe_decides_nothing(before: Level, seen: str, after: Level) -> None:
    """Three bad ones of five take a component down, three good ones in a row bring it back; silence is unknown."""
    assert level_after(before, [_LETTERS[each] for each in seen]) is after


def test_no_short_flicker_ever_shows() -> None:
    """Whatever the rhythm, a level that was reached from up stays for three probes at least."""
    for pattern in ("uuud", "uudu", "dduuuuu", "udududud"):
        level, levels = OK, []
        told = (pattern * 40)[:120]
        for end in range(5, len(told)):
            level = level_after(level, [_LETTERS[each] for each in told[end - 5 : end]])
            levels.append(level)
        runs = [len(list(run)) for _, run in groupby(levels)]
        assert min(runs[1:-1], default=3) >= 3, pattern


@pytest.mark.capability("CN22")
def test_a_gap_is_unknown_and_never_up() -> None:
    """Uptime is of the minutes that were looked at, rounded down, with the others told beside it."""
    july = Uptime("2026-07", 44_640, Counted(up=30_000, degraded=500, down=100))
    assert (july.unknown, july.percent) == (14_040, Decimal("99.673"))
    assert Uptime("2026-07", 44_640, Counted()).percent is None
    almost = Uptime("2026-07", 44_640, Counted(up=44_639, down=1))
    assert almost.percent == Decimal("99.997"), "rounded down: a promise of 99.998 was not kept"


def test_the_present_month_has_only_its_past() -> None:
    """Minutes to come are neither known nor unknown; a year ends well."""
    now = datetime(2026, 12, 31, 12, 0, 30, tzinfo=UTC)
    assert minutes_of_month(date(2026, 12, 1), now) == 30 * 1440 + 720
    assert minutes_of_month(date(2026, 2, 1), now) == 28 * 1440
    assert minutes_of_month(date(2027, 1, 1), now) == 0


def test_the_worst_component_names_the_whole() -> None:
    """Down beats degraded beats planned work beats unknown beats well."""
    assert worst_of([OK, UNKNOWN, BAD, Level.MAINTENANCE]) is BAD
    assert worst_of([OK, UNKNOWN]) is UNKNOWN
    assert worst_of([]) is UNKNOWN
