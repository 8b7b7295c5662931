"""``make soak MINUTES=10 [SEED=...]``: the machine for as long as wanted, a seed a round, each replayable alone.

Prints the seed of every round before it is played. A failing round prints its story and how to play it again, made as
short as can be; the exit code is 1 then.
"""

import argparse
import asyncio
import random
import sys
import time
import traceback
import uuid
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import get_state_machine_test

from api.db import create_database, embedded_url
from sandbox.fresh_database import ensure_template, named
from tests.soak.machine import Soak
from tests.soak.theatre import theatre

ROOT = Path(__file__).resolve().parent.parent.parent


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="of the first round; the next ones count on")
    parser.add_argument("--rounds", type=int, help="stop after so many")
    parser.add_argument("--cases", type=int, default=25, help="examples a round")
    parser.add_argument("--steps", type=int, default=30, help="steps an example, at most")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest failing story, up to five minutes")
    return parser.parse_args()


def play_round(seed: int, *, cases: int, steps: int, shrink: bool) -> BaseException | None:
    """Play one round; return how it failed, if it did."""
    bounds = settings(
        max_examples=cases, stateful_step_count=steps, deadline=None, database=None, print_blob=False,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])], suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    test = get_state_machine_test(Soak, settings=bounds)
    test._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # what @seed sets
    try:
        test()
    except Exception as failed:  # whatever it is, the seed is what matters
        return failed
    return None


def soak(options: argparse.Namespace, url: str) -> int:
    """Play rounds until the time is over; return the exit code."""
    began, failures, rounds = time.monotonic(), 0, 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    again = f"--cases {options.cases} --steps {options.steps} --rounds 1 --shrink"
    with theatre(url) as house:
        Soak.house = house
        while time.monotonic() - began < options.minutes * 60 and rounds != options.rounds:
            print(f"round {rounds + 1}: seed {seed + rounds}", flush=True)
            failed = play_round(seed + rounds, cases=options.cases, steps=options.steps, shrink=options.shrink)
            if failed is not None:
                failures += 1
                traceback.print_exception(failed)
                print(f"again: python -m tests.soak --seed {seed + rounds} {again}", flush=True)
            rounds += 1
    tally = Soak.tally
    print(
        f"{rounds} rounds from seed {seed}: {tally.cases} cases, {tally.steps} steps, {tally.checks} checks after"
        f" steps, {tally.quiet} rests, {failures} rounds with a violation, {time.monotonic() - began:.0f} s"
    )
    print("how charges ended: " + ", ".join(f"{end} {count}" for end, count in tally.ends.most_common()))
    print("beside holds: " + ", ".join(f"{what} {count}" for what, count in sorted(tally.beside.items())))
    return 1 if failures else 0


def main() -> int:
    """Make a database for the run on the embedded server."""
    options = arguments()
    data_dir = ROOT / "var" / "test"
    server = embedded_url(data_dir, "postgres")
    template = ensure_template(server, data_dir / "template.lock")
    url = named(server, f"soak_{uuid.uuid4().hex[:8]}")
    asyncio.run(create_database(url, template=template))
    return soak(options, url)


if __name__ == "__main__":
    sys.exit(main())
