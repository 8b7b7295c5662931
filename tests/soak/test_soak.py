"""A bounded run of the machine; ``make soak MINUTES=10`` is the long one."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.machine import Soak
from tests.soak.theatre import theatre

CASES, STEPS = 7, 25


@pytest.mark.timeout(600)
def test_no_order_of_events_breaks_the_promise(database_url: str) -> None:
    """Whatever order of taps, bills, webhooks, crashes and outages: money is taken once and no hold is left behind."""
    bounded = settings(
        max_examples=CASES, stateful_step_count=STEPS, derandomize=True, deadline=None, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    with theatre(database_url) as house:
        Soak.house = house
        run_state_machine_as_test(Soak, settings=bounded)
