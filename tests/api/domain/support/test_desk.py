"""Who works on which level, what a history says was done, and which slots can be proposed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.domain.support.case import CaseEventKind
from api.domain.support.desk import (
    LevelNotYours,
    Slot,
    SlotsUnreadable,
    check_slots,
    check_works_at,
    done_of,
    highest_level,
    roles_at,
)

Happened = tuple[str, dict[str, Any]]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_each_line_works_up_to_its_level() -> None:
    """The highest of several roles counts; who is of no line works on none."""
    assert [highest_level(each) for each in ({"auditor"}, {"support_1"}, {"support_1", "support_3"})] == [0, 1, 3]
    assert roles_at(2) == {"support_2", "support_3"}
    check_works_at({"support_2"}, 2)
    with pytest.raises(LevelNotYours) as told:
        check_works_at({"support_2", "finance_lead"}, 3)
    assert told.value.facts == {"level": 3, "yours": 2}


@pytest.mark.capability("CN15")
def test_a_verification_holds_until_more_is_done_or_the_case_opens_again() -> None:
    """The last word counts: work after it, a failed one, or "not solved" undo it."""
    work: Happened = ("work", {})
    verified: Happened = ("verified", {"works": True})
    failed: Happened = ("verified", {"works": False})
    again: Happened = ("reopened", {"was": "resolved", "state": "open"})
    assert done_of([work, verified]).verified
    for undone in ([work, verified, work], [verified, failed], [work, verified, again]):
        assert not done_of(undone).verified
    assert done_of([work, verified, again, verified]).verified
    assert {"work", "verified", "reopened"} <= set(CaseEventKind)


def test_slots_lie_in_the_future_and_are_short() -> None:
    """None, too many, twice the same, backwards, in the past or for a whole day are no slots to choose from."""
    slot = Slot(NOW + HOUR, NOW + 2 * HOUR)
    check_slots([slot, Slot(NOW + 3 * HOUR, NOW + 4 * HOUR)], NOW)
    for slots in (
        [],
        [slot, slot],
        [Slot(NOW + each * HOUR, NOW + (each + 1) * HOUR) for each in range(1, 7)],
        [Slot(NOW + 2 * HOUR, NOW + HOUR)],
        [Slot(NOW, NOW + HOUR)],
        [Slot(NOW + HOUR, NOW + 14 * HOUR)],
        [Slot(datetime(9999, 12, 31, 22, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC))],
    ):
        with pytest.raises(SlotsUnreadable):
            check_slots(slots, NOW)
