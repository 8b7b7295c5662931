"""Each named fault does what its line in the table says."""

import importlib
import json
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox.cpo.faults import FAULTS, Fault, FaultBook
from tests.sandbox.cpo.conftest import AC, TOKEN, Stage

PLAN = {"energy_kwh": "10.0", "charging_s": 3600, "parked_s": 600, "update_every_s": 600}
ALL_DAY = 20_000


def run(stage: Stage, fault: str, **more: Any) -> dict[str, Any]:
    """Switch a fault on, start a session and let everything happen that happens within hours."""
    stage.hand("faults", {"name": fault} | more)
    answer = stage.start(plan=PLAN)
    stage.pass_time(ALL_DAY)
    return answer


def results(stage: Stage) -> list[str]:
    """Return the command results that arrived for START_SESSION."""
    return [got.body["result"] for got in stage.emsp.of("/result/START")]


def test_rejects(stage: Stage) -> None:
    """The answer is REJECTED and nothing follows."""
    assert run(stage, "rejects")["result"] == "REJECTED"
    assert stage.emsp.got == []


def test_silent_after_start(stage: Stage) -> None:
    """The answer is ACCEPTED and nothing follows; the EVSE stays free."""
    assert run(stage, "silent_after_start", times=1)["result"] == "ACCEPTED"
    assert stage.emsp.got == []
    assert stage.start(plan=PLAN)["result"] == "ACCEPTED"


@pytest.mark.parametrize(("fault", "result"), [("result_timeout", "TIMEOUT"), ("result_rejected", "REJECTED")])
def test_a_result_that_says_no(stage: Stage, fault: str, result: str) -> None:
    """ACCEPTED is followed by a bad result, and by no session."""
    assert run(stage, fault)["result"] == "ACCEPTED"
    assert results(stage) == [result]
    assert stage.emsp.of("/sessions") == []


def test_late_session(stage: Stage) -> None:
    """TIMEOUT, and the session begins all the same, after the seconds of the fault."""
    run(stage, "late_session", seconds=900)
    assert results(stage) == ["TIMEOUT"]
    assert stage.emsp.of("/sessions", "PUT")[0].body["start_date_time"] == "2026-03-02T11:15:02Z"
    assert len(stage.cdrs()) == 1


def test_no_result(stage: Stage) -> None:
    """The session comes without any result."""
    run(stage, "no_result")
    assert results(stage) == []
    assert len(stage.cdrs()) == 1


def test_result_before_response(stage: Stage) -> None:
    """The result is there when START_SESSION is answered, although no virtual time has passed."""
    stage.hand("faults", {"name": "result_before_response"})
    stage.start(plan=PLAN)
    assert results(stage) == ["ACCEPTED"]
    stage.pass_time(ALL_DAY)
    assert results(stage) == ["ACCEPTED"]
    assert len(stage.cdrs()) == 1


def test_session_unknown_token(stage: Stage) -> None:
    """Session and CDR agree on a token that nobody issued."""
    run(stage, "session_unknown_token")
    uid = stage.emsp.of("/sessions", "PUT")[0].body["cdr_token"]["uid"]
    assert uid != TOKEN["uid"]
    assert stage.cdrs()[0]["cdr_token"]["uid"] == uid


def test_stop_rejected(stage: Stage) -> None:
    """STOP is REJECTED and the car charges on to its plan."""
    stage.hand("faults", {"name": "stop_rejected"})
    stage.start(plan=PLAN)
    stage.pass_time(100)
    assert stage.command("STOP_SESSION", {"session_id": stage.session_id()})["result"] == "REJECTED"
    stage.pass_time(ALL_DAY)
    assert stage.cdrs()[0]["total_energy"] == 10


def test_stop_accepted_but_continues(stage: Stage) -> None:
    """STOP is accepted twice over, and the car charges on to its plan."""
    stage.hand("faults", {"name": "stop_accepted_but_continues"})
    stage.start(plan=PLAN)
    stage.pass_time(100)
    assert stage.command("STOP_SESSION", {"session_id": stage.session_id()})["result"] == "ACCEPTED"
    stage.pass_time(ALL_DAY)
    assert [got.body["result"] for got in stage.emsp.of("/result/STOP")] == ["ACCEPTED"]
    assert stage.cdrs()[0]["total_energy"] == 10


def test_out_of_order_patch(stage: Stage) -> None:
    """PATCHes arrive in pairs with the newer one first."""
    run(stage, "out_of_order_patch")
    times = [got.body["last_updated"] for got in stage.patches()]
    assert times[0] > times[1]
    assert times[2] > times[3]
    assert times != sorted(times)


def test_wrong_currency(stage: Stage) -> None:
    """The session is in euro, its CDR in francs."""
    run(stage, "wrong_currency")
    assert stage.emsp.of("/sessions", "PUT")[-1].body["currency"] == "EUR"
    assert stage.cdrs()[0]["currency"] == "CHF"


def test_duplicate_cdr(stage: Stage) -> None:
    """Three times the same."""
    run(stage, "duplicate_cdr")
    cdrs = stage.cdrs()
    assert len(cdrs) == 3
    assert cdrs[0] == cdrs[1] == cdrs[2]


def test_mutated_cdr(stage: Stage) -> None:
    """Twice the same id, the second one unit dearer; the pull shows the first."""
    run(stage, "mutated_cdr")
    first, second = stage.cdrs()
    assert first["id"] == second["id"]
    assert second["total_cost"]["excl_vat"] - first["total_cost"]["excl_vat"] == 1
    assert stage.data("/ocpi/2.2.1/cdrs") == [first]


def test_dearer_tariff(stage: Stage) -> None:
    """The CDR carries a tariff of another id, half again as dear, and is billed by it; the session was not."""
    run(stage, "dearer_tariff")
    (cdr,) = stage.cdrs()
    running = stage.emsp.of("/sessions", "PUT")[-1].body["total_cost"]
    assert cdr["tariffs"][0]["id"].endswith("-new")
    assert {period["tariff_id"] for period in cdr["charging_periods"]} == {cdr["tariffs"][0]["id"]}
    assert cdr["total_cost"]["excl_vat"] > running["excl_vat"]


def test_inflated_energy(stage: Stage) -> None:
    """Eleven kWh are billed where the session's meter ended at ten."""
    run(stage, "inflated_energy")
    (cdr,) = stage.cdrs()
    energy = sum(
        d["volume"] for period in cdr["charging_periods"] for d in period["dimensions"] if d["type"] == "ENERGY"
    )
    assert (stage.emsp.of("/sessions")[-1].body["kwh"], cdr["total_energy"], energy) == (10, 11, 11)


def test_idle_as_charging(stage: Stage) -> None:
    """The CDR knows no parking time; the session told some."""
    run(stage, "idle_as_charging")
    (cdr,) = stage.cdrs()
    told = {d["type"] for period in cdr["charging_periods"] for d in period["dimensions"]}
    assert (told, cdr["total_parking_time"]) == ({"ENERGY", "TIME"}, 0)
    assert "PARKING_TIME" in str(stage.emsp.of("/sessions")[-1].body)


def test_garbled_periods(stage: Stage) -> None:
    """The last period comes first; totals and costs are those of an honest bill."""
    run(stage, "garbled_periods")
    (cdr,) = stage.cdrs()
    starts = [period["start_date_time"] for period in cdr["charging_periods"]]
    assert len(starts) > 1
    assert starts == sorted(starts, reverse=True)
    assert cdr["total_energy"] == 10


def test_late_cdr(stage: Stage) -> None:
    """The CDR keeps its content and comes days later."""
    run(stage, "late_cdr", seconds=3 * 86_400)
    assert stage.cdrs() == []
    stage.pass_time(3 * 86_400)
    (cdr,) = stage.cdrs()
    assert (cdr["end_date_time"], cdr["last_updated"]) == ("2026-03-02T12:10:07Z", "2026-03-05T12:11:07Z")


def test_no_cdr(stage: Stage) -> None:
    """The session completes and no CDR comes, neither pushed nor pulled."""
    run(stage, "no_cdr")
    assert stage.emsp.of("/sessions", "PUT")[-1].body["status"] == "COMPLETED"
    assert stage.cdrs() == []
    assert stage.data("/ocpi/2.2.1/cdrs") == []


def test_unsent_cdr(stage: Stage) -> None:
    """The CDR is never pushed, and whoever asks finds it in the list."""
    run(stage, "unsent_cdr")
    assert stage.cdrs() == []
    assert len(stage.data("/ocpi/2.2.1/cdrs")) == 1


def test_slow(stage: Stage) -> None:
    """An answer takes the seconds of the fault in real time."""
    stage.hand("faults", {"name": "slow", "seconds": 0.3, "times": 1})
    begun = time.monotonic()
    stage.data("/ocpi/2.2.1/tariffs")
    assert time.monotonic() - begun >= 0.3


def test_truncated_json(stage: Stage) -> None:
    """A list is cut short once, and whole afterwards."""
    stage.hand("faults", {"name": "truncated_json", "times": 1})
    broken = stage.call("GET", "/ocpi/2.2.1/tariffs").content
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)
    assert len(stage.data("/ocpi/2.2.1/tariffs")) == 3


def test_paging_one_by_one(stage: Stage) -> None:
    """Each page holds one object although more were asked for."""
    stage.hand("faults", {"name": "paging_one_by_one"})
    answer = stage.call("GET", "/ocpi/2.2.1/tariffs", limit="50")
    assert (len(answer.json()["data"]), answer.headers["x-limit"]) == (1, "1")
    assert "offset=1" in answer.links["next"]["url"]


def test_a_fault_can_be_kept_to_one_evse_and_a_few_times(stage: Stage) -> None:
    """A fault for another EVSE does not bite here; one with `times` wears off."""
    stage.hand("faults", {"name": "rejects", "evse_uid": "vcp-evse-0014"})
    stage.hand("faults", {"name": "rejects", "evse_uid": "vcp-evse-0013", "times": 2})
    answers = [stage.command("START_SESSION", {"token": TOKEN} | AC)["result"] for _ in range(3)]
    assert answers == ["REJECTED", "REJECTED", "ACCEPTED"]
    assert stage.hand("faults", method="DELETE") == {"on": []}


def test_every_fault_is_tested() -> None:
    """No name in the table goes without a test of its own, here or in a file beside this one."""
    files = [path.stem for path in Path(__file__).parent.glob("test_faults*.py")]
    modules = [importlib.import_module(f"tests.sandbox.cpo.{name}") for name in files]
    told = {name.removeprefix("test_") for module in modules for name in vars(module) if name.startswith("test_")}
    assert set(FAULTS) - told == {"result_timeout", "result_rejected"}  # both in test_a_result_that_says_no


def test_seconds_fall_back_to_a_default() -> None:
    """A fault without seconds takes the default; one that is off takes none."""
    book = FaultBook()
    book.add(Fault("late_cdr"))
    assert (book.seconds("late_cdr", None, 9.0), book.seconds("slow", None, 9.0)) == (9.0, 0.0)


def test_the_table_of_faults_is_printed() -> None:
    """The command line lists every fault with its meaning."""
    found = subprocess.run(
        [sys.executable, "-m", "sandbox.cpo", "--list-faults"], capture_output=True, text=True, check=True
    )
    assert all(f"{meaning}\n" in found.stdout for meaning in FAULTS.values())
    assert Decimal(found.stdout.count("\n")) == len(FAULTS)
