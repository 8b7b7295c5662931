"""``chargehand partner`` with what nobody meant: a calm sentence and exit code 2, never a traceback, nothing stored."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.db import UnitOfWork
from api.services.roaming.queries import all_partners
from tests.api.services.roaming.builders import a_partner

ODD_IDS = [
    "prt_none",
    "",
    " ",
    "prt_\x00",
    "\x1b[31mred",
    "prt_1/../prt_2",
    "\udcff",
    "P" * 5000,
    "'; DROP TABLE partner",
]
BY_ID = [
    ["rotate"], ["suspend"], ["resume"], ["resume", "--allow-shared-party"], ["remove"], ["pull"], ["status"],
    ["quirks"], ["parking-reading", "version"],
]  # fmt: skip
URLS = [
    "", "nonsense", "ftp://cpo.test/versions", "http://", "http://[::1", "https://127.0.0.1/versions",
    "https://user:pw@cpo.test/", "https://cpo.test:99999/", "https://\x00/", "javascript:alert(1)", "\udcff",
]  # fmt: skip
NAMES = ["", "  ", "\x00", "two\nlines", "\x1b]0;title\x07", "\udcff"]


@pytest.fixture(autouse=True)
def installation(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the test's database."""
    monkeypatch.setenv("DATABASE_URL", database_url)


async def calm(*arguments: str) -> Result:
    """Run a command that cannot be carried out, and check how it says so."""
    result = await asyncio.to_thread(CliRunner().invoke, app, ["partner", *arguments])
    assert result.exit_code in (1, 2), (arguments, result.output, result.exception)
    assert isinstance(result.exception, SystemExit), (arguments, repr(result.exception))
    assert "Traceback" not in result.output
    assert result.output.strip(), arguments
    assert all(each.isprintable() or each == "\n" for each in result.output), arguments
    return result


@pytest.mark.parametrize("command", BY_ID, ids=" ".join)
async def test_an_id_of_nobody(work: UnitOfWork, command: list[str]) -> None:
    """Whatever stands where an id should."""
    async with work() as db:
        await a_partner(db)
    for odd in ODD_IDS:
        await calm(command[0], odd, *command[1:])
    async with work() as db:
        assert [each.status for each in await all_partners(db)] == ["connected"]


async def test_an_address_that_is_none(work: UnitOfWork) -> None:
    """It is refused before anything is called, and leaves no half a partner."""
    for url in URLS:
        await calm("register", url, "token-a")
    await calm("register", "https://cpo.test/versions", "")
    await calm("register", "https://cpo.test/versions", "two words\n")
    async with work() as db:
        assert await all_partners(db) == []


async def test_a_name_that_is_none(work: UnitOfWork) -> None:
    """Names are one printable line."""
    for name in NAMES:
        await calm("invite", name)
        if name:
            await calm("register", "https://cpo.test/versions", "token-a", "--name", name)
    async with work() as db:
        assert await all_partners(db) == []


async def test_settings_and_invoices_that_do_not_exist(work: UnitOfWork) -> None:
    """What there is to choose from is told."""
    async with work() as db:
        await a_partner(db)
    for odd in ("", "\x00", "\x1b[2J", "colour"):
        await calm("quirks", "prt_1", odd, "yes")
        await calm("quirks", "prt_1", "raw-token", odd)
        await calm("parking-reading", "prt_1", odd)
    await calm("quirks", "prt_1", "raw-token")
    await calm("invoices", "REC1", "--stated", "much", "--by", "Kim")
