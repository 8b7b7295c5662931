"""``make demo``: one whole charge over real HTTP, told as a timeline, with the proof at the end.

Exit code 0 only if the proof holds: authorized = captured + released, the CDR matched, the ledger balanced, no job
left, no hold open, and the Stripe stand-in counted the same.
"""

import argparse
import asyncio
import time
from pathlib import Path

from sandbox.car import OWN_CAR, Car, cars_from
from sandbox.charge_story import ChargeStory
from sandbox.scene import Scene, agrees
from sandbox.stack import make_stack, running_stack
from sandbox.tell import Teller, cents

TIME_ZONE = "Europe/Berlin"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", help="an operator's locations file instead of the small own feed")
    parser.add_argument("--sessions", help="a file of real charging sessions instead of the own car")
    parser.add_argument("--session", type=int, default=0, help="which usable session of the file to play")
    options = parser.parse_args()
    if options.feed:
        options.feed = str(Path(options.feed).resolve())
    return options


def car_of(options: argparse.Namespace) -> Car:
    """Return the car to play."""
    return cars_from(Path(options.sessions))[options.session] if options.sessions else OWN_CAR


async def play(options: argparse.Namespace) -> bool:
    """Play the charge and say whether the promise held."""
    began = time.monotonic()
    car = car_of(options)
    stack = make_stack("demo", start_at=car.start_at(TIME_ZONE), unplug_reminder_seconds=900)
    teller = Teller(TIME_ZONE)
    teller.title(
        "Chargehand · one charge, from the post to the receipt",
        f"{car.name}: {car.energy_kwh} kWh, charging {car.charging_seconds // 60} min, then plugged in"
        f" {car.parked_seconds // 60} min more · times are the sandbox's, at the charger",
    )
    async with running_stack(stack, feed=options.feed):
        scene = await Scene.open(stack)
        try:
            teller.say(stack.clock.now(), "sandbox", f"PostgreSQL, web, worker, CPO and Stripe are up"
                       f" ({time.monotonic() - began:.1f} s)")  # fmt: skip
            await ChargeStory(scene, teller, car).play()
            held = await show_proof(scene, teller)
        finally:
            await scene.close()
    teller.console.print(f"[dim]Played in {time.monotonic() - began:.1f} s.[/dim]")
    return held


async def show_proof(scene: Scene, teller: Teller) -> bool:
    """Print the proof lines; return whether all hold."""
    await scene.quiet.wait()
    proofs, totals = await scene.prove()
    held = bool(proofs)
    for proof in proofs:
        same = agrees(proof, totals)
        good = proof.holds_true and same
        held = held and good
        unit = proof.currency
        teller.table(
            f"Proof in {unit}",
            [
                ("authorized on the card", cents(proof.authorized, unit)),
                ("captured", cents(proof.captured, unit)),
                ("released", cents(proof.released, unit)),
                ("owed by the net CDRs", cents(proof.owed, unit)),
                ("left as receivable", cents(proof.receivable, unit)),
                ("waived, below the smallest charge", cents(proof.waived, unit)),
                ("CDRs not settled", str(proof.unsettled_cdrs)),
                ("journals out of balance", str(proof.unbalanced_journals)),
                ("holds open · operations unfinished", f"{proof.open_holds} · {proof.unfinished_operations}"),
                ("jobs left", str(proof.jobs_left)),
                ("Stripe counts the same", "yes" if same else f"NO {totals}"),
            ],
        )
        teller.verdict(
            good=good,
            text=f"{cents(proof.authorized, unit)} authorized = {cents(proof.captured, unit)} captured"
            f" + {cents(proof.released, unit)} released; CDR matched, ledger balanced, no job left, no hold open.",
        )
    return held


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(play(arguments())) else 1)
