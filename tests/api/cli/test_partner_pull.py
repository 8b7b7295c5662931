"""`chargehand partner pull`: what it shows while and after."""

import io
from typing import Any

import pytest
from rich.console import Console

from api.cli import partner_pull
from api.db import UnitOfWork
from api.ports.roaming import PulledObject, UnreadableObject
from tests.api.services.roaming.builders import a_location, a_partner, a_tariff
from tests.fakes import FakePlaces, FakeRoaming, fake_ports


async def test_a_pull_says_what_came(work: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of both lists, how far it is while it runs, and each problem in its own words."""
    async with work() as db:
        await a_partner(db)
    roaming = FakeRoaming()
    roaming.tariffs = [PulledObject(a_tariff(), "{}")]
    listed: list[Any] = [PulledObject(a_location(id=each), "{}") for each in "ABC"]
    roaming.locations = [*listed, UnreadableObject("[id]: missing", "{}")]
    shown = Console(file=io.StringIO(), width=100, force_terminal=True)
    monkeypatch.setattr(partner_pull, "console", shown)
    ports = fake_ports(roaming=roaming, places=FakePlaces(roaming, page_size=2))
    await partner_pull.pull_partner(work, ports, "prt_1")
    assert isinstance(shown.file, io.StringIO)
    said = shown.file.getvalue()
    for words in ("4/4", "1/1", "1 stored", "3 stored", "1 problems", "[id]: missing"):
        assert words in _plain(said), words


def _plain(said: str) -> str:
    """Return what was shown without its colors."""
    return "".join(part.partition("m")[2] if number else part for number, part in enumerate(said.split("\x1b[")))
