"""How much time we add to a start, beside the processor and the partner (B9): ``make bench-starts``.

Drivers tap at a fixed rate, whether earlier ones were answered or not. A web process takes each tap in, a worker asks
the processor for the hold and sends the start: counted is from the tap to the start's arrival at the partner, without
the time that the processor took. Processor and partner are stand-ins that answer at once, over HTTP. The baseline, at
the same rates, is a bare application that makes the same two calls and keeps nothing (``start_standins.py``). Rates
grow until one is not sustained. Figures go to ``var/bench-starts.json``.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import NamedTuple

from api.db import create_database, embedded_url
from bench.load import ROOT, Serving, ask, more_files, process_serving, request, serving, working
from bench.polls_world import call, connector, prepare_starts
from bench.start_standins import MOMENTS, STANDINS
from sandbox.fresh_database import ensure_template, named

RATES = (5.0, 10.0, 20.0, 40.0, 70.0, 100.0)
SUSTAINED = 0.9
"""Of the offered rate; what comes through more slowly is a queue that grows."""
WARM = 10
"""Starts before anything is measured."""
PATIENCE_S = 30.0


class Tap(NamedTuple):
    """One start: its charge, when it was due, and when the app was answered."""

    charge: str
    due: float
    answered: float


class Step(NamedTuple):
    """What one rate showed, in milliseconds."""

    rate: float
    through: float
    answer_p50: float
    answer_p99: float
    added_p50: float
    added_p99: float
    web_ms: float = 0
    """Processor time of the web process for one start."""
    worker_ms: float = 0


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="how long each rate is kept up")
    parser.add_argument("--most", type=float, default=100, help="the highest rate that is tried, in starts a second")
    options = parser.parse_args()
    more_files()
    rates = [rate for rate in RATES if rate <= options.most]
    data_dir = ROOT / "var" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    server = embedded_url(data_dir, "postgres")
    url = named(server, "bench_starts")
    template = ensure_template(server, data_dir / "template.lock")
    asyncio.run(create_database(url, template=template, replace=True))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEHAND_")}
    load = os.getloadavg()[0]
    with ExitStack() as stack:
        standins = stack.enter_context(serving("bench.start_standins:standins", environment))
        address = f"http://127.0.0.1:{standins}"
        bare = stack.enter_context(serving("bench.start_standins:floor", environment | {STANDINS: address}))
        asyncio.run(prepare_starts(url, int(options.seconds * sum(rates)) + WARM, address))
        environment |= {"DATABASE_URL": url, "CHARGEHAND_PUBLIC_URL": "http://bench"}
        environment |= {"CHARGEHAND_STRIPE_API_BASE": address, "CHARGEHAND_ALLOW_LOOPBACK_PARTNERS": "true"}
        ours = stack.enter_context(process_serving("api.main:app", environment))
        worker = stack.enter_context(working(environment))
        steps = asyncio.run(_climb(bare, ours, worker, standins, rates, options.seconds))
    _show(steps, load)
    kept = {name: [each._asdict() for each in those] for name, those in steps.items()}
    (ROOT / "var" / "bench-starts.json").write_text(json.dumps({"load": load} | kept, indent=2))


async def _climb(
    bare: int, web: Serving, worker: Serving, standins: int, rates: list[float], seconds: float
) -> dict[str, list[Step]]:
    """Return what each rate showed, up to the first one that was not sustained."""
    steps: dict[str, list[Step]] = {"floor": [], "ours": []}
    ours = web.port
    await _step(bare, standins, [_plain(f"first_{each}") for each in range(WARM)], 2)
    await _step(ours, standins, [await _quoted(ours, each) for each in range(WARM)], 2)  # the worker is up now
    driver = WARM
    for rate in rates:
        count = int(rate * seconds)
        steps["floor"].append(await _step(bare, standins, [_plain(f"{rate}_{each}") for each in range(count)], rate))
        starts = [await _quoted(ours, each) for each in range(driver, driver + count)]
        driver += count
        before = web.processor_s(), worker.processor_s()
        step = await _step(ours, standins, starts, rate)
        web_s, worker_s = web.processor_s() - before[0], worker.processor_s() - before[1]
        steps["ours"].append(step._replace(web_ms=web_s / count * 1000, worker_ms=worker_s / count * 1000))
        if steps["ours"][-1].through < rate * SUSTAINED:
            break
    return steps


def _plain(charge: str) -> bytes:
    """Return a tap as the floor takes it."""
    return request("POST", "/", body=json.dumps({"id": charge}).encode())


async def _quoted(port: int, number: int) -> bytes:
    """Let a driver ask for a quote; return the tap that accepts it."""
    who = f"drv_s{number}"
    body = json.dumps({"connector_id": connector(number)}).encode()
    quote = json.loads(await ask(port, call("POST", "/v1/quotes", who, body)))
    body = json.dumps({"quote_id": quote["id"], "consent": quote["hold"]}).encode()
    return call("POST", "/v1/charging-sessions", who, body, headers={"Idempotency-Key": f"key-{number}"})


async def _step(port: int, standins: int, messages: list[bytes], rate: float) -> Step:
    """Tap at a rate and wait until every start arrived."""
    began = time.monotonic() + 0.1

    async def tap(number: int, message: bytes) -> Tap:
        due = began + number / rate
        await asyncio.sleep(due - time.monotonic())
        charge = json.loads(await ask(port, message))["id"]
        return Tap(charge, due, time.monotonic())

    taps = await asyncio.gather(*(tap(number, message) for number, message in enumerate(messages)))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        moments = json.loads(await ask(standins, request("GET", MOMENTS)))
        if all("started" in moments.get(each.charge, {}) for each in taps):
            break
        if time.monotonic() > deadline:
            raise RuntimeError("some starts never arrived")
        await asyncio.sleep(0.2)
    seen = [(each, moments[each.charge]) for each in taps]
    answer = statistics.quantiles([(each.answered - each.due) * 1000 for each in taps], n=100)
    added = [(at["started"] - each.due - (at["held"] - at["asked"])) * 1000 for each, at in seen]
    marks = statistics.quantiles(added, n=100)
    took = max(at["started"] for _, at in seen) - began
    return Step(rate, len(taps) / max(took, len(taps) / rate), answer[49], answer[98], marks[49], marks[98])


def _show(steps: Mapping[str, list[Step]], load: float) -> None:
    """Print the table."""
    print(f"load of the machine {load:.1f} before, {os.getloadavg()[0]:.1f} after; milliseconds")
    head = (
        f"{'':8}{'offered/s':>10}{'through/s':>10}{'answer p50':>12}{'p99':>8}"
        f"{'added p50':>11}{'p99':>8}{'cpu web':>9}{'worker':>8}"
    )
    print(head)
    for name, those in steps.items():
        for each in those:
            print(
                f"{name:8}{each.rate:10.0f}{each.through:10.1f}{each.answer_p50:12.1f}{each.answer_p99:8.1f}"
                f"{each.added_p50:11.1f}{each.added_p99:8.1f}{each.web_ms:9.1f}{each.worker_ms:8.1f}"
            )
    kept_up = [each.rate for each in steps["ours"] if each.through >= each.rate * SUSTAINED]
    print(f"highest rate that was sustained: {max(kept_up, default=0):.0f} starts a second")


if __name__ == "__main__":
    main()
