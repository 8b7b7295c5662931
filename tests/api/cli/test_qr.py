"""``chargehand qr``: a fresh code as a picture, the address of a display, the address for a sticker."""

import asyncio

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.db import UnitOfWork
from tests.bench import a_bench
from tests.builders import a_location


@pytest.mark.capability("L2")
async def test_codes_are_drawn_for_posts_that_there_are(
    work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id as printed, separators or not; an unknown one is one line."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    await a_location(a_bench(work))

    async def said(*arguments: str, code: int = 0) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["qr", *arguments])
        assert result.exit_code == code, result.output
        return result.output

    assert (await said("DE*CPO*EVSE1")).startswith("<svg ")
    assert "/pay/qr/gdp_" in await said("decpoevse1", "--display")
    assert "/pay/e/con_" in await said("DE*CPO*EVSE1", "--printed")
    assert "unknown_post" in await said("DE*CPO*EVSE9", code=2)
