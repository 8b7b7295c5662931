"""The stand-in as a process of its own, and its distance from the product."""

import ast
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.stripe.bench import Bench, HandClock

ROOT = Path(__file__).resolve().parents[3]
KEY = "sk_test_bench"
PATIENCE_SECONDS = 20.0


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """Return a clock file by which a virtual week passes each real second."""
    path = tmp_path / "clock.json"
    now = time.time()
    path.write_text(json.dumps({"real_anchor": now, "virtual_anchor": now, "factor": 604_800.0}))
    return path


@pytest.fixture
def process_url(clock_file: Path) -> Iterator[str]:
    """Run ``python -m sandbox.stripe`` and yield its base URL once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandbox.stripe", "--port", str(port), "--api-key", KEY]
    process = subprocess.Popen([*command, "--clock-file", str(clock_file)], cwd=ROOT)  # noqa: S603 -- our own module
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(url):
            assert process.poll() is None, "the process ended"
            assert time.monotonic() < deadline, "the process did not answer in time"
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_sandbox/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


async def test_process_runs_on_the_shared_clock(process_url: str) -> None:
    """A hold placed in the process expires after a week of its fast time, by itself."""
    async with Bench.open(process_url, HandClock()) as bench:
        intent = await bench.hold()
        async with asyncio.timeout(PATIENCE_SECONDS):
            # What is awaited happens in another process, which can only be asked.
            while (await bench.intents.retrieve_async(intent.id)).status == "requires_capture":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        assert (await bench.intents.retrieve_async(intent.id)).cancellation_reason == "expired"


async def test_many_holds_at_once(bench: Bench) -> None:
    """Two hundred drivers tap together: each gets their own hold, and the totals agree."""
    customer, method = await bench.customer()
    holds = await asyncio.gather(*(bench.hold(method, customer=customer, key=f"tap-{n}") for n in range(200)))
    assert len({hold.id for hold in holds}) == 200
    assert (await bench.totals())["open_holds"] == 200 * 5000


def test_the_stand_in_knows_nothing_of_the_product() -> None:
    """No file of the stand-in imports ``api``, ``clients`` or the other simulated peer."""
    files = sorted((ROOT / "sandbox" / "stripe").glob("**/*.py"))
    assert len(files) > 20
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] not in ("api", "clients"), f"{path.name} imports {name}"
                assert not name.startswith("sandbox.cpo"), f"{path.name} imports {name}"
