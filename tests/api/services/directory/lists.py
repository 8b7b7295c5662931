"""Lists of contacts for tests: the one in ``tests/golden/directory``, a small page, and the seed where it is here."""

import os
from pathlib import Path

from api.models.directory import DirectoryImport
from api.services.directory.take_in import import_directory
from tests.bench import Bench

ROOT = Path(__file__).resolve().parents[4]
CONTACTS = (ROOT / "tests" / "golden" / "directory" / "contacts.csv").read_text("utf-8")
SHARED = Path(os.environ.get("CHARGEHAND_SHARED", ROOT.parent / "shared"))

PAGE = """
Hjelp for alle

Europa

Bistand til elbilsjåfør

Kunder av be.ENERGISED
+43 (1) 5550188 (gebyr kreves)
døgnåpent

Norge

Støtte for elbilsjåfør
+47 (800) 55 321
(man–fre 08.00–20.00 CET: norsk
(utenfor dette tidsrommet – bare engelsk)

Støtte for stasjonseier
47 22 55 03 21
(man-fre) 09.00-15.00 CET: norsk)
+47 800 55 9
(24/7)

Nederland

Støtte for elbilsjåfør
+31 (20) 555 0321 (tysk)
+31 (20) 555 0322 (nederlandsk)
(man-fre 08.00-18.00)

Nord-Amerika

Bistand til elbilsjåfør og Home Flex

USA og tollfritt nummer til Canada: 1-800-555-0177
24/7 på engelsk
man-lør 07.00-21.00 ET på fransk
og på månen
"""


async def take_in(bench: Bench, text: str = CONTACTS, form: str = "csv", source: str = "own") -> DirectoryImport:
    """Take a list in."""
    async with bench.work() as db:
        return await import_directory(
            db=db, ports=bench.ports, now=bench.clock.now(), by="Ada", source=source, form=form, text=text
        )


def doubts(row: DirectoryImport) -> list[tuple[int, str, str]]:
    """Return the doubts of an import: row, kind, detail."""
    return [(each["row"], each["kind"], each["detail"]) for each in row.doubts]
