"""The guide: one thing to do next in every status, led by what the post wants first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from api.domain.charging.facts import StopCause
from api.domain.charging.guide import (
    STEPS,
    StartSequence,
    StepState,
    guide_of,
    may_be_scheduled,
    stopped_by_itself,
)
from api.domain.charging.state import NO_CHARGE, ChargingStatus

S = ChargingStatus


@pytest.mark.capability("CM25")
@pytest.mark.parametrize("status", S)
def test_every_status_has_a_step_and_something_to_do(status: ChargingStatus) -> None:
    """Wherever a charge is, exactly one step is current, unless all are done or it came to nothing."""
    guide = guide_of(status, StartSequence.UNKNOWN, plugged=False)
    states = [state for _, state in guide.states()]
    assert guide.next_action
    assert len(states) == len(STEPS)
    assert (guide.step is None) == (status in NO_CHARGE)
    expected = 0 if status in NO_CHARGE or status is S.SETTLED else 1
    assert states.count(StepState.CURRENT) == expected
    assert states == sorted(states, key=[StepState.DONE, StepState.CURRENT, StepState.TO_COME].index)


@pytest.mark.capability("CM10", "CM11")
@pytest.mark.parametrize(
    ("status", "sequence", "plugged", "action"),
    [
        (S.STARTING, StartSequence.PLUG_FIRST, False, "plug_in"),
        (S.STARTING, StartSequence.START_FIRST, False, "wait_for_charger"),
        (S.START_ACCEPTED, StartSequence.START_FIRST, False, "plug_in"),
        (S.STARTING, StartSequence.EITHER, False, "plug_in"),
        (S.STARTING, StartSequence.UNKNOWN, True, "wait_for_charger"),
        (S.START_ACCEPTED, StartSequence.PLUG_FIRST, True, "wait_for_charger"),
        (S.START_UNKNOWN, StartSequence.PLUG_FIRST, False, "wait_for_charger"),
    ],
)
def test_cable_or_start_first_is_the_posts_own_rule(
    status: ChargingStatus, sequence: StartSequence, plugged: bool, action: str
) -> None:
    """A post that wants the start first asks for the cable later; a cable that is in is asked for no more."""
    assert guide_of(status, sequence, plugged=plugged).next_action == action


@pytest.mark.capability("EP05", "P15")
@pytest.mark.parametrize(
    ("status", "kwh", "minutes", "hinted"),
    [
        (S.CHARGING, "0", 10, True),
        (S.IDLE, "0", 30, True),
        (S.CHARGING, "0", 9, False),
        (S.CHARGING, "0.1", 30, False),
        (S.ENDED, "0", 30, False),
        (S.STARTING, "0", None, False),
    ],
)
def test_a_car_that_takes_nothing_may_have_a_timer(
    status: ChargingStatus, kwh: str, minutes: int | None, hinted: bool
) -> None:
    """Connected and started with no energy for ten minutes is a hint; a charge that took some, or is over, is none."""
    since = None if minutes is None else timedelta(minutes=minutes)
    assert may_be_scheduled(status, Decimal(kwh), since) is hinted


@pytest.mark.capability("CK15")
@pytest.mark.parametrize("cause", StopCause)
def test_only_what_nobody_asked_for_happened_by_itself(cause: StopCause) -> None:
    """A stop of the driver, with the app or a card, and one of ours are no accidents."""
    asked = {StopCause.DRIVER, StopCause.BADGE, StopCause.HOLD_LIMIT, StopCause.NO_SESSION_WANTED}
    assert stopped_by_itself(S.ENDED, cause) is (cause not in asked)
    assert not stopped_by_itself(S.CHARGING, cause)
