"""The bad weather of a storm: our processes killed outright, the processor's faults, the partner's faults.

Everything is drawn from one seed. What the weather does is counted, so that the storm can say what it survived.
"""

import asyncio
import contextlib
import random
import subprocess
import time
from collections import Counter

import httpx

from sandbox.stack import Stack

PARTNER_FAULTS = (
    "rejects", "result_rejected", "result_timeout", "silent_after_start", "no_result", "result_before_response",
    "late_session", "stop_rejected", "stop_accepted_but_continues", "out_of_order_patch", "duplicate_cdr",
    "mutated_cdr", "late_cdr", "unsent_cdr", "inflated_energy",
)  # fmt: skip
PROCESSOR_FAULTS = ("drop_request", "drop_answer", "error_500", "rate_limited", "in_flight", "slow")
PROCESSOR_PATHS = (
    "/v1/payment_intents", "/v1/payment_intents/[^/]+/capture", "/v1/payment_intents/[^/]+/cancel",
)  # fmt: skip
WEBHOOK_WEATHER: tuple[dict[str, object], ...] = (
    {"duplicate": 1}, {"reorder": True}, {"omit": ["payment_intent.succeeded", "charge.captured"]},
    {"omit": ["payment_intent.amount_capturable_updated"]}, {"delay_seconds": 1.0}, {"omit": True},
)  # fmt: skip
FAIR: dict[str, object] = {"duplicate": 0, "reorder": False, "delay_seconds": 0.0, "omit": False}
COME_BACK_SECONDS = 300.0


class Weather:
    """Makes trouble for one running stack."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, seed: int) -> None:
        """Draw everything from ``seed``; nothing happens yet."""
        self.stack, self.client, self.chance = stack, client, random.Random(seed)
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.log: list[str] = []

    # --- partner ------------------------------------------------------------------------------------------------------

    async def cloud_over(self, evse_uid: str) -> None:
        """Let the partner misbehave at one charger, once, in a third of all cases."""
        if self.chance.random() > 1 / 3:
            return
        name = self.chance.choice(PARTNER_FAULTS)
        url = f"{self.stack.cpo_url}/_sandbox/faults"
        wanted: dict[str, object] = {"name": name, "evse_uid": evse_uid, "times": 1}
        if name == "late_cdr":
            wanted["seconds"] = 6 * 3600
        (await self.client.post(url, json=wanted)).raise_for_status()
        self.faults[f"partner {name}"] += 1

    # --- processor ----------------------------------------------------------------------------------------------------

    async def lightning(self) -> None:
        """Order one fault of the processor for some request that comes soon."""
        kind = self.chance.choice(PROCESSOR_FAULTS)
        wanted: dict[str, object] = {
            "kind": kind,
            "path": self.chance.choice(PROCESSOR_PATHS),
            "times": self.chance.choice((1, 3)),
            "skip": self.chance.randrange(3),
            "perform": self.chance.random() < 0.5,
            "seconds": 0.5 if kind == "slow" else 0.0,
        }
        await self._steer("faults", wanted)
        self.faults[f"processor {kind}"] += 1

    async def wind(self) -> None:
        """Let webhooks come twice, in another order, late or not at all for a while."""
        change = self.chance.choice(WEBHOOK_WEATHER)
        await self._steer("webhooks", FAIR | change)
        self.faults[f"webhooks {'/'.join(change)}"] += 1

    async def clear_up(self) -> None:
        """Let webhooks come as they should from now on; ordered faults that met no request stay."""
        await self._steer("webhooks", FAIR)

    async def _steer(self, path: str, body: dict[str, object]) -> None:
        answer = await self.client.post(f"{self.stack.stripe_url}/_sandbox/{path}", json=body)
        answer.raise_for_status()

    # --- our processes ------------------------------------------------------------------------------------------------

    async def strike(self) -> None:
        """Kill the web process or a worker outright, leave it dead for a moment, and start it again."""
        workers = [name for name in self.stack.processes if name.startswith("worker")]
        victim = self.chance.choice(["web", *workers])
        process = self.stack.processes[victim]
        process.kill()
        await asyncio.to_thread(process.wait, 10)
        self.kills["web" if victim == "web" else "worker"] += 1
        await asyncio.sleep(self.chance.uniform(0.0, 0.5))
        await self.revive(victim)

    async def revive(self, name: str) -> None:
        """Start a process again with the command line that it had; its port is the same."""
        command_line = self.stack.processes[name].args
        assert isinstance(command_line, list)
        self.stack.spawn(name, *[str(part) for part in command_line[1:]])
        if name == "web":
            await self._web_is_up()

    async def _web_is_up(self) -> None:
        """Wait until the web process answers; one that died on the way up is started once more."""
        deadline = time.monotonic() + COME_BACK_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if (await self.client.get(f"{self.stack.web_url}/readyz")).is_success:
                    return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"the web process did not come back:\n{self.stack.log_tail('web')}")

    async def nobody_is_dead(self) -> list[str]:
        """Start what died without being struck, and return its name: there should be none."""
        dead = [name for name, process in self.stack.processes.items() if _is_dead(process)]
        for name in dead:
            await self.revive(name)
        return dead


def _is_dead(process: "subprocess.Popen[bytes]") -> bool:
    return process.poll() is not None
