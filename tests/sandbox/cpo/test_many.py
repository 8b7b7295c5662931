"""Many sessions at once: none loses a message, none mixes with another."""

from decimal import Decimal

import pytest

from sandbox.cpo.clock import ManualClock
from sandbox.cpo.feed import Feed, own_feed
from sandbox.cpo.world import CpoConfig
from tests.sandbox.cpo.conftest import NOON, TOKEN, Stage

SESSIONS = 100


def wide_feed() -> Feed:
    """Return the invented feed with its first EVSE repeated at one site."""
    feed = own_feed()
    site = feed.locations["VCP-AC-MARKET"]
    site["evses"] = [site["evses"][0] | {"uid": f"wide-{number}"} for number in range(SESSIONS)]
    return Feed(("DE", "VCP", "Virtual CPO"), [site], list(feed.tariffs.values()))


@pytest.fixture
def config() -> CpoConfig:
    """Configure a CPO with as many EVSEs as sessions."""
    return CpoConfig(clock=ManualClock(NOON), feed=wide_feed())


@pytest.mark.timeout(300)
def test_a_hundred_sessions_run_side_by_side(stage: Stage) -> None:
    """Each session gets its own energy billed, and its messages come in order."""
    for number in range(SESSIONS):
        where = {"location_id": "VCP-AC-MARKET", "evse_uid": f"wide-{number}"}
        stage.hand("plans", {"evse_uid": where["evse_uid"], "plan": {"energy_kwh": str(number + 1)}})
        token = TOKEN | {"uid": f"token-{number}"}
        assert stage.command("START_SESSION", {"token": token} | where)["result"] == "ACCEPTED"
    stage.clock.advance(10_000)
    stage.emsp.wait(lambda: len(stage.cdrs()) == SESSIONS, seconds=240)
    stage.settle()
    energies = {cdr["cdr_token"]["uid"]: cdr["total_energy"] for cdr in stage.cdrs()}
    assert energies == {f"token-{number}": Decimal(number + 1) for number in range(SESSIONS)}
    for path in {got.path for got in stage.emsp.of("/sessions")}:
        times = [got.body["last_updated"] for got in stage.emsp.of(path)]
        assert times == sorted(times)
