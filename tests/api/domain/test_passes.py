"""A pass takes its steps in order, repeats none, and networks ask for as much of it as they say."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.passes import (
    TRANSITIONS,
    NextStep,
    PassPolicy,
    PassStatus,
    PassStep,
    PassStepRefused,
    advance,
    missing_step,
    next_step,
)

S, T = PassStatus, PassStep


@pytest.mark.capability("CM02")
def test_the_straight_way_goes_from_order_to_expiry() -> None:
    """Ordered, shipped, received, active, and in the end expired."""
    way = [S.ORDERED]
    for step in (T.SHIP, T.RECEIVE, T.ACTIVATE, T.EXPIRE):
        way.append(advance(way[-1], step))
    assert way == [S.ORDERED, S.SHIPPED, S.RECEIVED, S.ACTIVE, S.EXPIRED]


@given(st.sampled_from(S), st.sampled_from(T))
def test_a_step_that_was_taken_leads_nowhere_else(status: PassStatus, step: PassStep) -> None:
    """Whatever a step led to, taking it again stays there."""
    try:
        after = advance(status, step, blocked_from=S.RECEIVED)
    except PassStepRefused:
        return
    assert advance(after, step, blocked_from=S.RECEIVED) is after


@pytest.mark.parametrize(("status", "step"), list(product(S, T)))
def test_nothing_but_the_table_is_possible(status: PassStatus, step: PassStep) -> None:
    """A step that neither begins here nor was taken is refused with what comes next, and nothing leaves expiry."""
    begins = TRANSITIONS.get((status, step)) or (S.SHIPPED if (status, step) == (S.BLOCKED, T.UNBLOCK) else None)
    taken = begins is None and any(after is status for (_, each), after in TRANSITIONS.items() if each is step)
    if begins is not None:
        assert advance(status, step, blocked_from=S.SHIPPED) is begins
        return
    try:
        after = advance(status, step, blocked_from=S.SHIPPED)
    except PassStepRefused:
        assert not taken
    else:
        assert after is status
        assert status is not S.EXPIRED or step is T.EXPIRE


def test_a_refusal_says_what_comes_next() -> None:
    """The app can tell its driver without knowing the table."""
    with pytest.raises(PassStepRefused) as refused:
        advance(S.ORDERED, T.ACTIVATE)
    assert refused.value.facts == {"status": "ordered", "step": "activate", "next_step": next_step(S.ORDERED)}


def test_a_pass_is_never_active_without_having_been_shipped() -> None:
    """No step but activation leads to active, and only from a pass that its driver may hold."""
    ways = {pair for pair, after in TRANSITIONS.items() if after is S.ACTIVE}
    assert ways == {(S.SHIPPED, T.ACTIVATE), (S.RECEIVED, T.ACTIVATE)}


@pytest.mark.capability("CM02")
@pytest.mark.parametrize(
    ("policy", "passes", "missing"),
    [
        (PassPolicy.NONE, [], None),
        (PassPolicy.ACTIVE, [], NextStep.ORDER),
        (PassPolicy.ACTIVE, [S.BLOCKED, S.EXPIRED], NextStep.ORDER),
        (PassPolicy.ACTIVE, [S.ORDERED], NextStep.WAIT),
        (PassPolicy.ACTIVE, [S.ORDERED, S.SHIPPED], NextStep.RECEIVE),
        (PassPolicy.ACTIVE, [S.RECEIVED, S.SHIPPED], NextStep.ACTIVATE),
        (PassPolicy.ACTIVE, [S.BLOCKED, S.ACTIVE], None),
        (PassPolicy.RECEIVED, [S.RECEIVED], None),
        (PassPolicy.RECEIVED, [S.SHIPPED], NextStep.RECEIVE),
    ],
)
def test_a_policy_names_the_one_step_that_is_missing(
    policy: PassPolicy, passes: list[PassStatus], missing: NextStep | None
) -> None:
    """By the pass that has come furthest; a good one is enough, however many others are blocked."""
    assert missing_step(policy, passes) is missing
