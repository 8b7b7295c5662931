"""What is promised: more for who has a contract and what presses, frozen to the second."""

import itertools
from datetime import UTC, datetime, timedelta

from api.domain.support.case import Priority
from api.domain.support.sla import SlaLevel, deadlines_from, promise_for, promise_from


def test_what_presses_more_is_never_due_later() -> None:
    """Within a level each span shrinks with the priority, and the spans of a promise follow each other."""
    for level in SlaLevel:
        promises = [promise_for(level, priority) for priority in Priority]
        for slower, faster in itertools.pairwise(promises):
            assert faster.first_answer < slower.first_answer
            assert faster.solved < slower.solved
        for promise in promises:
            assert promise.first_answer < promise.first_level < promise.solved
            assert promise_from(promise.as_json()) == promise


def test_deadlines_count_elapsed_time() -> None:
    """Over the night in which clocks change in Europe a promise of four hours is four hours."""
    opened = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    due = deadlines_from(promise_for(SlaLevel.STANDARD, Priority.NORMAL), opened)
    assert due.level - opened == timedelta(hours=4)
    assert due.later_by(timedelta(minutes=7)).solved == due.solved + timedelta(minutes=7)
