"""``chargehand directory`` on a real database: import with its doubts, list, best."""

from pathlib import Path

import pytest

from api.db import UnitOfWork
from tests.api.cli.test_network import said
from tests.api.services.directory.lists import CONTACTS, PAGE


@pytest.fixture(autouse=True)
def _database(work: UnitOfWork, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


async def test_a_list_is_taken_in_and_asked(tmp_path: Path) -> None:
    """The form goes by the ending; the best line of a moment is printed with what a caller meets."""
    csv, page = tmp_path / "own.csv", tmp_path / "page.txt"
    csv.write_text(CONTACTS, "utf-8")
    page.write_text(PAGE, "utf-8")
    assert "own: 12 rows, 12 numbers; 16 added" in await said("directory", "import", str(csv))
    doubtful = await said("directory", "import", str(page), "--source", "web")
    assert "row 5: language_doubtful de | +31 (20) 555 0321 (tysk)" in doubtful
    assert "web: 7 rows, 6 numbers; 9 added" in doubtful
    assert "16 unchanged" in await said("directory", "import", str(csv))
    assert "+4315550199" in await said("directory", "list", "--country", "AUT")
    best = await said("directory", "best", "AT", "--lang", "de", "--at", "2026-01-05T19:00:00")
    assert best.splitlines()[0] == "+4315550199: open (de), until 2026-01-05 21:00 UTC, national"


async def test_a_mistake_is_one_line(tmp_path: Path) -> None:
    """Not text, not a list, no line."""
    odd = tmp_path / "odd.csv"
    odd.write_bytes(b"\xff\xfe")
    assert "UTF-8" in await said("directory", "import", str(odd), code=2)
    odd.write_text("a,b\n", "utf-8")
    assert "directory_list_unreadable" in await said("directory", "import", str(odd), code=2)
    assert "no_contact" in await said("directory", "best", "DE", code=2)
