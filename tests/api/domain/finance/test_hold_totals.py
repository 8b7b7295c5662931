"""The fold over a hold's events: every order of arrival, with repetitions, gives the same totals.

A new story is a new file in ``tests/golden/payments``: its rule, its events and the totals worked out by hand.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.charging.state import HoldStatus
from api.domain.finance.hold_totals import HoldEventKind, HoldTotals, fold

STORIES = Path(__file__).resolve().parents[3] / "golden" / "payments"
NAMES = sorted(path.stem for path in STORIES.glob("*.json"))
ENDED = {HoldStatus.CAPTURED, HoldStatus.RELEASED, HoldStatus.EXPIRED}

events = st.lists(
    st.tuples(st.sampled_from([kind.value for kind in HoldEventKind]), st.none() | st.integers(1, 5000)), max_size=12
)


def _story(name: str) -> dict[str, Any]:
    story: dict[str, Any] = json.loads((STORIES / f"{name}.json").read_text())
    return story


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30)
@given(data=st.data())
def test_every_order_of_a_story_ends_the_same(name: str, data: st.DataObject) -> None:
    """The totals of a hold depend on what happened, never on the order or the number of times it was told."""
    story = _story(name)
    told = [(each["kind"], each["amount_minor"]) for each in story["events"]]
    order = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=3))))

    totals = fold(order)

    expected = story["expected"]
    assert totals == HoldTotals(
        expected["authorized"], expected["captured"], expected["released"], HoldStatus(expected["status"])
    ), story["rule"]


@given(told=events, data=st.data())
def test_any_events_fold_the_same_in_any_order(told: list[tuple[str, int | None]], data: st.DataObject) -> None:
    """No set of events, however contradictory, makes the fold depend on their order."""
    assert fold(data.draw(st.permutations(told))) == fold(told)


@pytest.mark.capability("CK11")
@given(told=events)
def test_an_ended_hold_adds_up(told: list[tuple[str, int | None]]) -> None:
    """Authorized is captured plus released once a hold ended, and nothing is released before."""
    totals = fold(told)

    assert totals.released == (totals.authorized - totals.captured if totals.status in ENDED else 0)


@given(told=events)
def test_money_that_is_held_is_never_called_declined(told: list[tuple[str, int | None]]) -> None:
    """A decline outranks nothing that stood: a hold with money in it is open or ended, never declined."""
    held = (HoldEventKind.PLACE_SUCCEEDED.value, 5000)
    declined = (HoldEventKind.PLACE_FAILED.value, None)

    assert fold([*told, held, declined]).status is not HoldStatus.DECLINED


def test_a_hold_without_events_is_pending() -> None:
    """Before anything is known, nothing is held."""
    assert fold([]) == HoldTotals(0, 0, 0, HoldStatus.PENDING)
