"""The whole sandbox as processes on this machine: virtual CPO, Stripe stand-in, our web process and our worker.

Everything listens on loopback. Processes are started and ended by id; their output goes to log files under ``var``.
"""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from api.db import UnitOfWork, create_database, database_url, make_engine
from api.services.knowledge.load import load_articles, own_articles
from api.settings import Settings
from sandbox.clock_file import ClockFile
from sandbox.fresh_database import ensure_template

ROOT = Path(__file__).resolve().parent.parent
WEBHOOK_SECRET = "whsec_sandbox"
READY_SECONDS = 90
"""A busy machine takes its time; one that does not come up at all is noticed by its exit."""


def free_port() -> int:
    """Return a loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """The running sandbox: where things answer, and how to end it."""

    settings: Settings
    database: str
    clock: ClockFile
    web_url: str
    cpo_url: str
    stripe_url: str
    cpo_token: str
    logs: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    more_cpos: list[str] = field(default_factory=list)
    """The URLs of further virtual CPOs."""

    def cpo_urls(self) -> list[str]:
        """Return the URLs of all virtual CPOs."""
        return [self.cpo_url, *self.more_cpos]

    def spawn(self, name: str, *command_line: str, **extra: str) -> subprocess.Popen[bytes]:
        """Start one process of the stack with its own log file."""
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own modules, on this machine
                [sys.executable, *command_line],
                cwd=ROOT,
                env=self.environment | extra,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        self.processes[name] = process
        return process

    def spawn_worker(self, name: str = "worker", **extra: str) -> subprocess.Popen[bytes]:
        """Start one background process."""
        return self.spawn(name, "-m", "api.worker", **extra)

    def stop(self) -> None:
        """End the processes that this stack started, politely first."""
        running = [process for process in self.processes.values() if process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + 8
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    async def connect(self) -> asyncpg.Connection:
        """Return a connection to the sandbox's database."""
        return await asyncpg.connect(self.database)

    def log_tail(self, name: str, lines: int = 15) -> str:
        """Return the last lines of a process's log."""
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""


class StackFailed(RuntimeError):
    """A process of the sandbox did not come up; the message ends with its log."""


def make_stack(name: str, *, start_at: datetime, data_dir: Path | None = None, **settings: Any) -> Stack:
    """Prepare ports, settings and a fresh log folder for a stack called ``name``; nothing runs yet."""
    home = (data_dir or ROOT / "var").resolve()
    logs = home / name
    logs.mkdir(parents=True, exist_ok=True)
    for old in logs.glob("*.log"):
        old.unlink()
    clock = ClockFile(logs / "clock.json")
    clock.set(start_at)
    web, cpo, stripe = (f"http://127.0.0.1:{free_port()}" for _ in range(3))
    values: dict[str, Any] = {
        "environment": "sandbox",
        "public_url": web,
        "database_name": f"chargehand_{name}",
        "data_dir": str(home),
        "stripe_api_base": stripe,
        "allow_loopback_partners": True,
        "clock_file": str(clock.path),
        "sweep_seconds": 2,
        # Virtual time runs faster than the processes do: seconds of a waiting driver would be over at once.
        "hold_answer_seconds": 15 * 60,
        **settings,
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHARGEHAND_")}
    environment |= {f"CHARGEHAND_{key.upper()}": str(value) for key, value in values.items()}
    environment |= {"STRIPE_API_KEY": "sk_test_sandbox", "PYTHONUNBUFFERED": "1"}
    ready = Settings(_env_file=None, **values)  # type: ignore[call-arg]  # pydantic-settings' own keyword
    return Stack(ready, "", clock, web, cpo, stripe, "", logs, environment)


async def prepare_database(stack: Stack) -> None:
    """Create the stack's database anew, migrated, with the articles that an installation begins with."""
    stack.database = await asyncio.to_thread(database_url, stack.settings)
    lock = stack.settings.data_dir / "template.lock"
    template = await asyncio.to_thread(ensure_template, stack.database, lock)
    await create_database(stack.database, template=template, replace=True)
    engine = make_engine(stack.database, pool_size=1)
    async with UnitOfWork(engine)() as db:
        await load_articles(db=db, now=stack.clock.now(), articles=own_articles())
    await engine.dispose()


def _port(url: str) -> str:
    """Return the port of one of our URLs."""
    return url.rsplit(":", 1)[1]


async def start_stack(
    stack: Stack,
    *,
    feed: str | None = None,
    workers: int = 1,
    faults: tuple[str, ...] = (),
    cpo_options: tuple[str, ...] = (),
) -> None:
    """Start every process while the database is made, and wait until all answer; raises StackFailed."""
    webhooks = f"{stack.web_url}/webhooks/stripe"
    stack.spawn(
        "stripe", "-m", "sandbox.stripe", "--port", _port(stack.stripe_url), "--clock-file", str(stack.clock.path),
        "--webhook-url", webhooks, "--webhook-secret", WEBHOOK_SECRET, "--api-key", "sk_test_sandbox",
    )  # fmt: skip
    extra = ["--feed", feed] if feed else []
    for fault in faults:
        extra += ["--fault", fault]
    spawn_cpo(stack, "cpo", stack.cpo_url, *extra, *cpo_options)
    await prepare_database(stack)
    stack.spawn(
        "web", "-m", "uvicorn", "api.main:app", "--host", "127.0.0.1", "--port", _port(stack.web_url),
        "--log-level", "warning", "--timeout-graceful-shutdown", "2",
    )  # fmt: skip
    for number in range(workers):
        stack.spawn_worker(f"worker-{number}" if number else "worker")
    async with httpx.AsyncClient(timeout=2) as client:
        await _answers(stack, client, "stripe", f"{stack.stripe_url}/_sandbox/totals")
        await _answers(stack, client, "cpo", f"{stack.cpo_url}/_sandbox")
        await _answers(stack, client, "web", f"{stack.web_url}/readyz")
        stack.cpo_token = str((await client.get(f"{stack.cpo_url}/_sandbox")).json()["token"])


def spawn_cpo(stack: Stack, name: str, url: str, *options: str) -> None:
    """Start a virtual CPO that answers at ``url`` and lives by the stack's clock."""
    stack.spawn(
        name, "-m", "sandbox.cpo", "--port", _port(url), "--clock-file", str(stack.clock.path), *options
    )  # fmt: skip


async def add_cpo(stack: Stack, name: str, *options: str) -> str:
    """Start one more virtual CPO and return its URL once it answers; raises StackFailed."""
    url = f"http://127.0.0.1:{free_port()}"
    spawn_cpo(stack, name, url, *options)
    async with httpx.AsyncClient(timeout=2) as client:
        await _answers(stack, client, name, f"{url}/_sandbox")
    stack.more_cpos.append(url)
    return url


async def _answers(stack: Stack, client: httpx.AsyncClient, name: str, url: str) -> None:
    """Wait until a process answers; raises StackFailed with its log."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if (await client.get(url)).status_code < 500:
                return
        if stack.processes[name].poll() is not None:
            break
        await asyncio.sleep(0.05)
    raise StackFailed(f"{name} did not come up:\n{stack.log_tail(name)}")


@contextlib.asynccontextmanager
async def running_stack(stack: Stack, **start: Any) -> AsyncIterator[Stack]:
    """Run a stack for the length of a block."""
    try:
        await start_stack(stack, **start)
        yield stack
    finally:
        await asyncio.to_thread(stack.stop)


def versions_url(stack: Stack) -> str:
    """Return where the virtual CPO lists its OCPI versions."""
    return re.sub(r"/$", "", stack.cpo_url) + "/ocpi/versions"
