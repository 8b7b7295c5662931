"""The forecast of open holds: expected captures, how likely a bill is missed, what to do and what it costs not to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.finance.forecast import Delays, OpenHold, Phase, Suggestion, outlook_of

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOLD = OpenHold(
    charge_id="chs_1",
    partner_id="prt_1",
    currency="EUR",
    held_minor=5000,
    cost_minor=2000,
    phase=Phase.AWAITING_CDR,
    placed_at=NOW - 100 * HOUR,
    ended_at=NOW - 2 * HOUR,
    capture_before=NOW + 30 * HOUR,
)
PROMPT = Delays(tuple([600] * 98))
TARDY = Delays(tuple(sorted([3600] * 9 + [200_000] * 9)))


def test_a_prompt_partner_is_waited_for_until_it_is_late() -> None:
    """Before its usual time nothing is in danger; one that is late although it never was is as likely to be missing."""
    running = outlook_of(replace(HOLD, phase=Phase.RUNNING, ended_at=None), PROMPT, NOW)
    assert (running.risk, running.suggestion, running.in_danger) == (Fraction(1, 99), Suggestion.WAIT, False)
    assert (running.expected_minor, running.loss_minor) == (2000, 20)
    late = outlook_of(HOLD, PROMPT, NOW)
    assert (late.risk, late.suggestion) == (Fraction(1), Suggestion.ASK_PARTNER)


def test_what_was_waited_already_counts() -> None:
    """Nine of eighteen took 55 hours: after two hours only those are left, and 32 hours are too few for them."""
    fresh = outlook_of(replace(HOLD, ended_at=NOW), TARDY, NOW)
    waited = outlook_of(HOLD, TARDY, NOW)
    assert fresh.risk == Fraction(10, 20) / Fraction(19, 20)
    assert waited.risk == 1
    assert (fresh.loss_minor, waited.loss_minor) == (1053, 2000)


def test_nobody_knows_a_new_partner() -> None:
    """Without any history a bill is as likely to miss the end as not to have come by now."""
    assert Delays().later_than(HOUR) == Fraction(1, 2)
    assert Delays().median() is None
    assert Delays((60, 120, 180, 240)).median() == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("change", "suggestion", "loss"),
    [
        ({"capture_before": NOW + 5 * HOUR}, Suggestion.CAPTURE_ESTIMATE, 2000),
        ({"capture_before": NOW + 5 * HOUR, "cost_minor": None}, Suggestion.ASK_PRICE, 5000),
        ({"capture_before": NOW}, Suggestion.BILL_OTHERWISE, 2000),
        ({"phase": Phase.BILLED}, Suggestion.CAPTURE, 0),
        ({"phase": Phase.NOTHING}, Suggestion.RELEASE, 0),
        ({"phase": Phase.STARTING}, Suggestion.WAIT, 0),
        ({"capture_before": None, "placed_at": NOW - timedelta(days=6, hours=20)}, Suggestion.CAPTURE_ESTIMATE, 2000),
    ],
)
def test_each_situation_has_its_step(change: dict[str, object], suggestion: Suggestion, loss: int) -> None:
    """An estimate near the end, the price where none is known, another way once it lapsed, off with one for nothing."""
    found = outlook_of(replace(HOLD, **change), TARDY, NOW)  # type: ignore[arg-type]  # fields by name
    assert (found.suggestion, found.loss_minor) == (suggestion, loss)


def test_what_is_above_the_hold_is_owed_by_the_driver() -> None:
    """A hold brings what it holds at most."""
    found = outlook_of(replace(HOLD, cost_minor=7140), PROMPT, NOW)
    assert (found.expected_minor, found.beyond_minor) == (5000, 2140)


@given(
    st.lists(st.integers(0, 10**6), max_size=30),
    st.integers(0, 20),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
)
def test_more_time_is_never_more_danger(seconds: list[int], never: int, waited: int, left: int, more: int) -> None:
    """A risk is a share, and falls with the time that is left; what never came makes it larger."""
    delays, waited_for = Delays(tuple(sorted(seconds)), never), timedelta(seconds=waited)
    short = delays.missing_after(waited_for, timedelta(seconds=left))
    long = delays.missing_after(waited_for, timedelta(seconds=left + more))
    assert 0 < long <= short <= 1
    worse = Delays(delays.seconds, never + 1)
    assert worse.missing_after(waited_for, timedelta(seconds=left)) >= short
