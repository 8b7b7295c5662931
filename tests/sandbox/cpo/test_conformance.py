"""The conformance kit against our own eMSP face, over real HTTP with callbacks, and against an eMSP that errs."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from api.db import UnitOfWork
from api.routes.ocpi import create_ocpi_app
from api.services.roaming.register import invite_partner
from api.settings import Settings
from api.wiring import build_transport
from clients.ocpi.dialect import SUPPORTED
from clients.ocpi.gateway import OcpiGateway
from clients.system import SystemClock, SystemRandomness
from sandbox.cpo.app import create_app
from sandbox.cpo.conformance.kit import Case, Failed, Kit, Skipped
from sandbox.cpo.conformance.run import CASES, Outcome, line, play
from sandbox.cpo.world import CpoConfig
from tests.fakes import fake_policy, fake_ports
from tests.sandbox.cpo.emsp import Emsp, emsp_app
from tests.serving import serve


@contextlib.asynccontextmanager
async def served(app: Any, sock: socket.socket) -> AsyncIterator[None]:
    """Serve an application in this test's own loop, where its database connections live."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def a_door() -> tuple[socket.socket, str]:
    """Return a bound socket and its base URL."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}"


@contextlib.asynccontextmanager
async def a_kit(work: UnitOfWork, version: str) -> AsyncIterator[Kit]:
    """Yield a kit with an invitation from our own eMSP, both sides listening."""
    sock, ours = a_door()
    settings = Settings(_env_file=None, allow_loopback_partners=True, public_url=ours)  # type: ignore[call-arg]  # pydantic-settings' own keyword
    transport = build_transport(settings)
    policy = replace(fake_policy(), public_url=ours)
    ports = replace(
        fake_ports(roaming=OcpiGateway(transport), policy=policy), clock=SystemClock(), randomness=SystemRandomness()
    )
    async with work() as db:
        _, token = await invite_partner(db=db, ports=ports, now=ports.clock.now(), name="kit")
    emsp = Starlette(routes=[Mount("/ocpi", create_ocpi_app(settings, ports, work))])
    cpo_sock, theirs = a_door()
    cpo = create_app(CpoConfig(public_url=theirs))
    async with contextlib.aclosing(transport), served(emsp, sock), served(cpo, cpo_sock):
        yield Kit(cpo.state.world, theirs, f"{ours}/ocpi/versions", token, version)


@pytest.mark.parametrize("version", SUPPORTED)
async def test_our_emsp_passes_every_case(work: UnitOfWork, version: str) -> None:
    """In each version that we support no case fails, and the few that are skipped say why."""
    async with a_kit(work, version) as kit:
        outcomes = [outcome async for outcome in play(kit)]
    assert [line(outcome) for outcome in outcomes if outcome.status == "failed"] == []
    assert len(outcomes) == len(CASES)
    assert len([outcome for outcome in outcomes if outcome.status == "passed"]) >= len(CASES) - 5


@pytest.fixture
def careless() -> Iterator[Emsp]:
    """Serve an eMSP that registers anybody and says yes to everything."""
    emsp = Emsp()
    with serve(emsp_app(emsp)) as url:
        emsp.base = url
        yield emsp


async def test_an_emsp_that_says_yes_to_everything_fails(careless: Emsp) -> None:
    """Cases can fail: nothing is refused and nothing is shown, and the table says what was expected."""
    names = ("token_a_confined", "post_twice", "session_put", "missing_fields", "cdr_again", "authorize_unknown")
    sock, base = a_door()
    app = create_app(CpoConfig(public_url=base))
    async with served(app, sock):
        kit = Kit(app.state.world, base, f"{careless.base}/versions", careless.token, "2.2.1")
        outcomes = {outcome.case.name: outcome async for outcome in play(kit, names)}
    failed = {name for name, outcome in outcomes.items() if outcome.status == "failed"}
    assert failed == {"token_a_confined", "post_twice", "session_put", "missing_fields"}
    assert outcomes["authorize_unknown"].why == "the eMSP does not serve tokens as SENDER"
    assert outcomes["post_twice"].why == "expected HTTP 405; found HTTP 200, OCPI 1000"


async def test_without_a_registration_what_follows_is_skipped() -> None:
    """When nobody answers, the handshake fails and no later case pretends to have been played."""
    app = create_app(CpoConfig(public_url="http://127.0.0.1:9"))
    kit = Kit(app.state.world, "http://127.0.0.1:9", "http://127.0.0.1:9/versions", "t", "2.2.1")
    outcomes = {outcome.case.name: outcome async for outcome in play(kit, ("session_put",))}
    await app.state.world.outbox.close()
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        "versions": "failed",
        "handshake": "failed",
        "session_put": "skipped",
    }


def test_a_line_of_the_table_tells_case_rule_and_reason() -> None:
    """What was expected stands beside what came."""

    async def never(_kit: Kit) -> None:
        raise AssertionError

    told = line(Outcome(Case("name", "a rule", never), "failed", "expected this; found that"))
    assert told.split() == ["failed", "name", "a", "rule", "expected", "this;", "found", "that"]
    assert (Failed("this", "that").expected, str(Skipped("no tokens"))) == ("this", "no tokens")


def test_names_are_unique_and_listed() -> None:
    """Every case can be asked for by a name of its own, and the command line lists them."""
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    command = [sys.executable, "-m", "sandbox.cpo.conformance", "--list-cases"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own program
    assert [text.split()[0] for text in shown.splitlines()] == names


def test_the_command_line_prints_a_table_and_leaves_with_1(careless: Emsp) -> None:
    """A run with failures says so by its exit status, for use in scripts."""
    command = [sys.executable, "-m", "sandbox.cpo.conformance", "--versions-url", f"{careless.base}/versions"]
    command += ["--token", careless.token, "--version", "2.1.1", "--case", "token_a_confined"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].split()[:2] == ["passed", "versions"]
    assert "OCPI 2.1.1: 1 failed, 2 passed" in done.stdout
