"""Virtual time: the clock file, the schedule, and the process that uses them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox.cpo.clock import FileClock, from_iso, to_iso
from sandbox.cpo.schedule import Schedule

ROOT = Path(__file__).parents[3]


def write(path: Path, virtual: float, factor: float) -> None:
    """Write a clock file anchored now, whole at once."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"real_anchor": time.time(), "virtual_anchor": virtual, "factor": factor}))
    fresh.replace(path)


def test_without_a_file_time_is_real(tmp_path: Path) -> None:
    """A missing file means the time of the machine."""
    assert FileClock(tmp_path / "none.json")() == pytest.approx(time.time(), abs=1)


def test_the_file_sets_and_speeds_time(tmp_path: Path) -> None:
    """Virtual time runs from its anchor with the factor, and follows a rewritten file at once."""
    path = tmp_path / "clock.json"
    write(path, 1_000_000, 1000)
    clock = FileClock(path)
    first = clock()
    time.sleep(0.05)
    assert 40 < clock() - first < 5000
    write(path, 9_000_000, 0)
    assert clock() == 9_000_000


def test_a_broken_file_keeps_the_last_time(tmp_path: Path) -> None:
    """Half a file does not throw time back."""
    path = tmp_path / "clock.json"
    write(path, 5000, 0)
    clock = FileClock(path)
    assert clock() == 5000
    path.write_text('{"real_anch')
    assert clock() == 5000


@pytest.mark.parametrize(
    ("moment", "text"), [(1_772_449_200, "2026-03-02T11:00:00Z"), (1_772_449_200.25, "2026-03-02T11:00:00.250Z")]
)
def test_moments_are_written_and_read(moment: float, text: str) -> None:
    """Whole seconds have no fraction; what was written is read back."""
    assert (to_iso(moment), from_iso(text)) == (text, moment)
    assert from_iso("2026-03-02T11:00:00") == 1_772_449_200  # no zone means UTC


def test_steps_fire_in_virtual_order_also_those_added_on_the_way() -> None:
    """A jump fires steps by due time; a step may add another that is due as well; a canceled one stays silent."""
    schedule, told = Schedule(), list[tuple[str, float]]()
    schedule.at(30, lambda at: told.append(("third", at)))

    def first(at: float) -> None:
        told.append(("first", at))
        schedule.at(at + 10, lambda due: told.append(("second", due)))

    schedule.at(10, first)
    schedule.at(15, lambda at: told.append(("never", at))).cancel()
    assert schedule.next_due() == 10
    assert schedule.count_due(30) == 2
    assert schedule.fire(100) == 3
    assert told == [("first", 10), ("second", 20), ("third", 30)]
    assert schedule.next_due() is None


def test_the_process_prints_where_to_register(tmp_path: Path) -> None:
    """`python -m sandbox.cpo` prints one line with URL and token, serves there, and lives in the file's time."""
    clock = tmp_path / "clock.json"
    write(clock, 1_772_449_200, 0)
    command = [
        sys.executable,
        "-m",
        "sandbox.cpo",
        "--clock-file",
        str(clock),
        "--token-a",
        "first",
        "--fault",
        "no_cdr",
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split("versions_url=")[1].split()[0]
        assert line.rstrip().endswith("token=first")
        answer = httpx.get(url, headers={"Authorization": "Token Zmlyc3Q="}, trust_env=False).json()
        assert answer["timestamp"] == "2026-03-02T11:00:00Z"
        faults = httpx.get(url.replace("/ocpi/versions", "/_sandbox/faults"), trust_env=False).json()
        assert [fault["name"] for fault in faults["on"]] == ["no_cdr"]
    finally:
        process.terminate()
        process.communicate(timeout=10)
