"""The status page: there for everybody, in five languages, from a file, and there when the database is not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.db import UnitOfWork, make_engine
from api.domain.ids import PartyId
from api.domain.language import LANGUAGES
from api.domain.support.availability import Level, StatusRules
from api.factory import create_app
from api.ports import Ports
from api.ports.reach import NotReached
from api.routes.status import create_status_app
from api.routes.status.page_words import PAGE
from api.routes.status.texts import COMPONENTS, LEVELS, OVERALL, STAGES
from api.services.status.board import LIVE_ID, Ping, StatusBoard
from api.services.status.keeper import keep_up, keeping
from api.services.status.snapshot import read_signed
from api.services.status.staff import open_by_staff
from api.services.status.words import Component, Stage
from api.settings import Settings
from clients.watching.status_file import AtomicStatusFile
from tests.api.services.status.looking import heard, look
from tests.bench import Bench, a_bench
from tests.builders import a_location, a_partner
from tests.fakes import FakeStatusFile

BASE = "http://app.test"
NOBODY = "postgresql://nobody@127.0.0.1:9/none"
"""Nothing listens on the port of discard."""


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return an installation that promises something, with one partner whose name needs escaping."""
    bench = a_bench(work)
    rules = StatusRules(slo_percent=Decimal("99.7"), hosting_region="Frankfurt <am> Main")
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, public_url=BASE, status=rules))
    await a_location(bench)
    await heard(bench)
    await bench.rows("UPDATE partner SET name = 'Volt <& Co>' RETURNING 1")
    return bench


def client(ports: Ports, engine: AsyncEngine | None) -> httpx.AsyncClient:
    """Return a client that is nobody; without an engine of the page alone."""
    app = create_status_app(ports) if engine is None else create_app(Settings(public_url=BASE), ports, engine)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


@pytest.fixture
async def gone() -> AsyncIterator[AsyncEngine]:
    """Yield an engine of a database that is not there."""
    engine = make_engine(NOBODY)
    yield engine
    await engine.dispose()


def standing(document: dict[str, object], component: str) -> str:
    """Return how a component does, as the document says."""
    parts: list[dict[str, str]] = document["components"]  # type: ignore[assignment]  # JSON
    return next(each["status"] for each in parts if each["id"] == component)


@pytest.mark.capability("EP06", "EP12", "CN22", "A35")
async def test_the_document_tells_components_uptime_and_what_is_promised(bench: Bench, engine: AsyncEngine) -> None:
    """Open to every site, cached by a tag; uptime says how much of it nobody measured; the promise stands with it."""
    await look(bench, 3)
    async with client(bench.ports, engine) as http:
        answer = await http.get("/status.json")
        told = answer.json()
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert (told["schema"], told["status"], told["stale"]) == ("chargehand.status/1", "operational", False)
        assert (told["slo_percent"], told["hosting_region"]) == ("99.7", "Frankfurt <am> Main")
        assert told["seen_here"] == {"database": "answers"}
        assert {each["id"] for each in told["components"]} == {*Component, "partner:prt_1"}
        (month,) = told["components"][0]["uptime"]
        elapsed = (bench.clock.now() - timedelta(minutes=1)).day * 1440 - 1440 + 9 * 60 + 2
        assert (month["month"], month["percent"]) == ("2026-03", "100.000")
        assert (month["minutes"], month["unknown_minutes"]) == (elapsed, elapsed - 3)
        again = await http.get("/status.json", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        bench.clock.advance(20)
        assert (await http.get("/status.json", headers={"If-None-Match": answer.headers["etag"]})).status_code == 304


@pytest.mark.capability("EP06", "A35")
async def test_the_page_is_there_when_the_database_is_not(bench: Bench, gone: AsyncEngine) -> None:
    """No connection can be made: 200 from the last snapshot, how old it is, and the database down as seen here."""
    await look(bench, 2)
    bench.clock.advance(60)
    async with client(bench.ports, gone) as http:
        answer = await http.get("/status.json")
        told = answer.json()
        assert (answer.status_code, told["status"], told["seen_here"]["database"]) == (200, "down", "gone")
        assert (standing(told, "database"), standing(told, "payments")) == ("down", "operational")
        assert told["age_s"] == 120
        assert [(each["id"], each["component"]) for each in told["incidents"]] == [(LIVE_ID, "database")]
        page = await http.get("/status", headers={"Accept-Language": "de-CH"})
        assert page.status_code == 200
        assert PAGE["de"].database_gone in page.text
        assert "vor 2 min" in page.text
        problem = (await http.get("/v1/locations/loc_x")).json()
        assert problem["status"] != 503, "a stranger is refused before anything is read"
        failed = await http.post("/v1/sign-in", json={"email": "a@example.com", "password": "correct horse"})
        assert (failed.status_code, failed.json()["incident"]) == (503, LIVE_ID)
        assert failed.json()["status_url"] == f"{BASE}/status"
        bench.clock.advance(600)
        told = (await http.get("/status.json")).json()
        assert (told["stale"], standing(told, "payments")) == (True, "unknown"), "nobody looks any more"


@pytest.mark.capability("EP06")
async def test_one_partner_of_two_that_is_down_does_not_take_all_down(bench: Bench) -> None:
    """The whole is degraded then; a refused start there names the partner's incident, from memory."""
    await a_partner(bench, partner_id="prt_2", party=PartyId("DE", "TWO"))
    await bench.rows("UPDATE partner SET their_token_sealed = NULL WHERE id = 'prt_1' RETURNING 1")
    await look(bench, 3, probes=())
    board = StatusBoard(bench.ports)
    board.read_file()
    told = board.document(bench.clock.now())
    assert (standing(told, "partner:prt_1"), standing(told, "starting"), told["status"]) == (
        "down",
        "degraded",
        "degraded",
    )
    assert board.touching(components=(), location_key="prt_1/DE/CPO/LOC1") == told["incidents"][0]["id"]
    assert board.touching(components=(), location_key="prt_2/DE/TWO/LOC1") is None


async def test_an_outage_of_the_database_counts_once_it_is_over(bench: Bench) -> None:
    """Slow twice in a row is gone; the minutes until it answers again are stored as down, though nobody could then."""
    await look(bench)
    seen = [Ping.ANSWERS]

    async def ping() -> Ping:
        return seen[0]

    board = StatusBoard(bench.ports, ping)
    await keep_up(board, work=bench.work, now=bench.clock.now())
    seen[0] = Ping.SLOW
    bench.clock.advance(15)
    await keep_up(board, work=bench.work, now=bench.clock.now())
    assert standing(board.document(bench.clock.now()), "database") == "operational", "slow once is no outage"
    for _ in range(16):
        bench.clock.advance(15)
        await keep_up(board, work=bench.work, now=bench.clock.now())
    assert standing(board.document(bench.clock.now()), "database") == "down"
    seen[0] = Ping.ANSWERS
    bench.clock.advance(15)
    await keep_up(board, work=bench.work, now=bench.clock.now())
    assert board.missed == {}
    assert await bench.rows("SELECT up, down FROM status_day WHERE component = 'database'") == [(1, 5)]
    assert standing(board.document(bench.clock.now()), "database") == "operational"


async def test_a_process_without_the_file_reads_the_database(bench: Bench, engine: AsyncEngine) -> None:
    """On another machine than the worker's the snapshot comes from the database, as long as that answers."""
    await look(bench)
    elsewhere = replace(bench.ports, status_file=FakeStatusFile())

    async def ping() -> Ping:
        return Ping.ANSWERS

    board = StatusBoard(elsewhere, ping)
    assert standing(board.document(bench.clock.now()), "payments") == "unknown"
    await keep_up(board, work=bench.work, now=bench.clock.now())
    assert standing(board.document(bench.clock.now()), "payments") == "operational"
    bench.clock.advance(900)
    await keep_up(board, work=bench.work, now=bench.clock.now())
    assert standing(board.document(bench.clock.now()), "payments") == "unknown", "what nobody probed is not well"


async def test_a_snapshot_of_a_clock_that_ran_ahead_is_not_believed(bench: Bench) -> None:
    """Made tomorrow it says nothing of now, and the next one takes its place, though it is older."""
    bench.clock.advance(86_400)
    await look(bench)
    bench.clock.advance(-86_400)
    board = StatusBoard(bench.ports)
    board.read_file()
    told = board.document(bench.clock.now())
    assert (told["stale"], standing(told, "payments")) == (True, "unknown")
    await look(bench)
    board.read_file()
    told = board.document(bench.clock.now())
    assert (told["stale"], standing(told, "payments")) == (False, "operational")


async def test_whoever_keeps_the_page_goes_on_after_a_surprise(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw costs one look, not all looks of the process."""
    asked = asyncio.Event()
    looks: list[Ping] = []

    async def ping() -> Ping:
        bench.clock.advance(60)
        looks.append(Ping.ANSWERS)
        if len(looks) == 1:
            raise ValueError("nobody foresaw this")
        asked.set()
        return Ping.GONE

    monkeypatch.setattr("api.services.status.keeper.FIRST", 0.01)
    monkeypatch.setattr("api.services.status.keeper.SECONDS", 0.01)
    async with keeping(StatusBoard(bench.ports, ping), work=bench.work):
        await asyncio.wait_for(asked.wait(), 5)


async def test_a_process_of_its_own_needs_no_database(bench: Bench, tmp_path: Path) -> None:
    """``chargehand status serve`` reads the file and nothing else; without one it says that nothing is known."""
    bench.ports = replace(bench.ports, status_file=AtomicStatusFile(tmp_path / "status.json"))
    reader = replace(bench.ports, status_file=AtomicStatusFile(tmp_path / "status.json"))
    async with client(reader, None) as http:
        told = (await http.get("/status.json")).json()
        assert (told["generated_at"], told["status"], told["stale"]) == (None, "unknown", True)
        assert PAGE["en"].never in (await http.get("/status")).text
        await look(bench)
        told = (await http.get("/status.json")).json()
        assert (told["status"], told["seen_here"]["database"]) == ("operational", "not_asked")


async def test_a_file_that_we_did_not_sign_is_not_shown(bench: Bench) -> None:
    """A changed figure, another key, half a file: none of it is believed."""
    await look(bench)
    text = bench.ports.status_file.published()
    assert text is not None
    policy = bench.ports.policy
    assert read_signed(text, policy) is not None
    assert read_signed(text.replace(b"operational", b"outstanding", 1), policy) is None
    assert read_signed(text[: len(text) // 2], policy) is None
    assert read_signed(text, replace(policy, sealing_key=bytes(32))) is None
    rotated = replace(policy, sealing_key=bytes(32), old_sealing_keys=(policy.sealing_key,))
    assert read_signed(text, rotated) is not None


@pytest.mark.capability("EP06")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_and_escapes(bench: Bench, engine: AsyncEngine, language: str) -> None:
    """Each language by its own words, what staff wrote where they wrote it, names escaped, no script, one main part."""
    bench.ports.reach.answer = NotReached("not_reached")  # type: ignore[attr-defined]  # a fake
    await look(bench, 3)
    async with bench.work() as db:
        await open_by_staff(
            db=db,
            now=bench.clock.now(),
            by="Ada",
            kind="partner",
            subject_id="prt_1",
            severity="degraded",
            texts={"en": "Their cables <melt>.", "sv": "Kablarna smälter."},
        )
    await look(bench)
    async with client(bench.ports, engine) as http:
        page = await http.get("/status", params={"lang": language})
    index, text = LANGUAGES.index(language), page.text
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in text
    assert OVERALL[Level.DOWN][index] in text.replace("&#39;", "'")
    assert COMPONENTS[Component.PAYMENTS][index] in text
    assert LEVELS[Level.DOWN][index] in text
    written = {"en": "Their cables &lt;melt&gt;.", "sv": "Kablarna smälter."}
    assert written.get(language, STAGES[Stage.INVESTIGATING][index]) in text
    assert "Volt &lt;&amp; Co&gt;" in text
    assert "<script" not in text
    assert (text.count("<h1"), text.count("<main")) == (1, 1)
    assert "99.7 %" in text
    assert "script-src" not in page.headers["content-security-policy"].replace("default-src 'none'", "")


def test_every_language_has_every_word() -> None:
    """No language lacks a sentence of the page, and each sentence has the same gaps in all."""
    assert set(PAGE) == set(LANGUAGES)
    gaps = [
        {name: sorted(part.split("}")[0] for part in getattr(words, name).split("{")[1:]) for name in words.__slots__}
        for words in PAGE.values()
    ]
    assert all(each == gaps[0] for each in gaps)
