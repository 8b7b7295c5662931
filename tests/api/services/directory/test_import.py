"""Taking lists in: numbers made one, doubts reported and never guessed, the same list twice, what people changed."""

import pytest

from api.db import UnitOfWork
from api.domain.support.contact import ContactRole, Doubt
from api.domain.support.hours_text import HoursInvalid
from api.services.directory.change import EntryChanged, change_entry, withdraw_entry
from api.services.directory.phone import number_of
from api.services.directory.queries import Contact, list_contacts, list_for_staff
from api.services.directory.told import DirectoryListUnreadable
from tests.api.services.directory.lists import CONTACTS, PAGE, SHARED, doubts, take_in
from tests.bench import Bench, a_bench

SEED = next(iter(sorted((SHARED / "seeds").glob("003_*.txt"))), None)
EUROPE = ["AT", "BE", "CZ", "DK", "FR", "DE", "IT", "IE", "LU", "NL", "NO", "PL", "PT", "ES", "SE", "CH", "GB"]


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return an installation without a directory."""
    return a_bench(work)


async def everything(bench: Bench) -> list[Contact]:
    """Return all entries."""
    async with bench.work() as db:
        return await list_for_staff(db=db, now=bench.clock.now(), region=None, country=None)


@pytest.mark.capability("CP11")
@pytest.mark.parametrize(
    ("text", "countries", "number", "doubt"),
    [
        ("+47 (800) 55 321", "NO", "+4780055321", None),
        ("+47 (800) 55 321", "SE", "+4780055321", None),  # with its plus it is what it is, wherever it is listed
        ("47 22 55 03 21", "NO", "+4722550321", Doubt.PLUS_MISSING),
        ("22 55 03 21", "NO", "+4722550321", None),
        ("020 7946 0123", "GB", "+442079460123", None),
        ("1-800-555-0177", "US CA", "+18005550177", None),
        ("48 (22) 555 01 23", "PL", "+48225550123", Doubt.PLUS_MISSING),
        ("48 (22) 555 01 23", "NO", None, Doubt.NUMBER_DOUBTFUL),  # it would be a Polish number in Norway
        ("+47 800 55 9", "NO", None, Doubt.NUMBER_DOUBTFUL),
        ("800 555 012", "ES PT", None, Doubt.NUMBER_DOUBTFUL),
        ("", "NO", None, Doubt.NUMBER_DOUBTFUL),
    ],
)
def test_a_number_is_what_its_text_means_beyond_doubt(
    text: str, countries: str, number: str | None, doubt: Doubt | None
) -> None:
    """As dialed at home or with the country's code; read in two ways, or in none, it is no number."""
    read = number_of(text, countries.split())
    assert (read.e164, read.doubts) == (number, (doubt,) if doubt else ())


@pytest.mark.capability("CP01", "CP09", "CP10")
async def test_our_own_list(bench: Bench) -> None:
    """Countries share a number; what a call costs is told by the list or by the numbering plan of the country."""
    done = await take_in(bench)
    assert (done.rows, done.numbers, done.added, doubts(done)) == (12, 12, 16, [])
    shared = [each for each in await everything(bench) if each.e164 == "+33199001234"]
    assert [(each.entry.country, each.entry.toll) for each in shared] == [
        ("BE", "unknown"), ("FR", "national"), ("LU", "unknown"),
    ]  # fmt: skip
    assert len({each.entry.number_id for each in shared}) == 1
    tolls = {(each.e164, each.entry.country): each.entry.toll for each in await everything(bench)}
    assert (tolls["+43800201234", "AT"], tolls["+18005550199", "CA"], tolls["+31205550123", None]) == (
        "free", "free", "paid",
    )  # fmt: skip


async def test_the_same_list_twice_changes_nothing(bench: Bench) -> None:
    """A changed row makes a revision, one that is gone is withdrawn and comes back with the list."""
    await take_in(bench)
    again = await take_in(bench)
    assert (again.added, again.changed, again.unchanged, again.withdrawn) == (0, 0, 16, 0)
    assert {each.entry.revision for each in await everything(bench)} == {1}
    lines = CONTACTS.replace("mon-fri 08:00-20:00 nl", "mon-fri 08:00-19:00 nl").splitlines()
    less = await take_in(bench, "\n".join(line for line in lines if "+61" not in line))
    assert (less.changed, less.unchanged, less.withdrawn) == (1, 14, 1)
    async with bench.work() as db:
        assert await list_contacts(db=db, now=bench.clock.now(), country="AU") == []
    back = await take_in(bench)
    assert (back.added, back.changed, back.unchanged, back.withdrawn) == (0, 2, 14, 0)
    assert {each.entry.withdrawn_at for each in await everything(bench)} == {None}


async def test_what_people_changed_stays(bench: Bench) -> None:
    """Also when the list changes: it is reported then. An entry withdrawn by hand stays away."""
    await take_in(bench)
    found = {(each.e164, each.entry.country): each.entry.id for each in await everything(bench)}
    belgian, australian = found["+3225550123", "BE"], found["+611800975707", "AU"]
    fields = {"toll": "free", "zone": "Europe/Brussels", "hours": "24/7 nl", "product": ""}
    now = bench.clock.now()
    async with bench.work() as db:
        await change_entry(
            db=db, now=now, by="Ada", entry_id=belgian, revision=1, fields=fields, reason="They called us."
        )
        await withdraw_entry(db=db, now=now, by="Ada", entry_id=australian, revision=1, reason="Dead line.")
    with pytest.raises(EntryChanged):
        async with bench.work() as db:
            await change_entry(db=db, now=now, by="Bob", entry_id=belgian, revision=1, fields=fields, reason="Too late")
    nowhere = fields | {"zone": "Middle/Earth", "hours": ""}
    with pytest.raises(HoursInvalid):
        async with bench.work() as db:
            await change_entry(db=db, now=now, by="Bob", entry_id=belgian, revision=2, fields=nowhere, reason="x")
    assert (await take_in(bench)).unchanged == 16
    done = await take_in(bench, CONTACTS.replace("mon-fri 08:00-20:00 nl", "mon-fri 08:00-19:00 nl"))
    assert doubts(done) == [(4, "kept_by_hand", belgian)]
    kept = {each.entry.id: each for each in await everything(bench)}
    assert (kept[belgian].entry.hours, kept[belgian].entry.toll) == ("24/7 nl", "free")
    assert kept[australian].entry.withdrawn_at is not None
    said = await bench.rows("SELECT action, reason FROM staff_action ORDER BY id")
    assert [tuple(row) for row in said] == [
        ("directory_entry_changed", "They called us."), ("directory_entry_withdrawn", "Dead line."),
    ]  # fmt: skip


@pytest.mark.capability("CP08", "CP11")
async def test_a_page_is_read_as_it_is(bench: Bench) -> None:
    """Plus and bracket are mended and told; an odd language, shared hours, a missing zone and a bad number are told."""
    done = await take_in(bench, PAGE, "page", "page")
    assert (done.rows, done.numbers, done.added) == (7, 6, 9)
    assert doubts(done) == [
        (2, "bracket_stray", ""),
        (3, "bracket_stray", ""),
        (3, "plus_missing", ""),
        (4, "number_doubtful", ""),
        (5, "hours_shared", "(man-fre 08.00-18.00)"),
        (5, "language_doubtful", "de"),
        (5, "zone_missing", ""),
        (6, "zone_missing", ""),
        (7, "hours_unreadable", "og på månen"),
    ]
    entries = {(each.e164, each.entry.country, each.entry.product): each.entry for each in await everything(bench)}
    seen = {key: (each.role, each.toll, each.zone, each.hours) for key, each in entries.items()}
    american = ("driver", "free", "America/New_York", "24/7 en; mon-sat 07:00-21:00 fr")
    assert {seen.pop(("+18005550177", country, use)) for country in ("US", "CA") for use in (None, "home_flex")} == {
        american
    }
    assert seen == {
        ("+4315550188", None, "be_energised"): ("driver", "paid", "UTC", "24/7"),
        ("+4780055321", "NO", None): ("driver", "free", "Europe/Oslo", "mon-fri 08:00-20:00 nb; otherwise en"),
        ("+4722550321", "NO", None): ("owner", "national", "Europe/Oslo", "mon-fri 09:00-15:00 nb"),
        ("+31205550321", "NL", None): ("driver", "national", "Europe/Amsterdam", "mon-fri 08:00-18:00 de"),
        ("+31205550322", "NL", None): ("driver", "national", "Europe/Amsterdam", "mon-fri 08:00-18:00 nl"),
    }
    assert entries["+4722550321", "NO", None].original_text.startswith("47 22 55 03 21\n(man-fre) 09.00")


@pytest.mark.capability("CP11")
async def test_a_row_that_cannot_be_read_is_told_and_left_out(bench: Bench) -> None:
    """And a list of nothing else is refused whole, so that nothing is withdrawn by mistake."""
    head = "country,role,number,hours,toll\n"
    good = "NO,driver,+47 800 55 123,24/7 nb,\n"
    number = "+47 800 55 123"
    bad = f"XX,driver,{number},,\nNO,boss,{number},,\nNO,driver,{number},always,\nNO,owner,{number},24/7,no\n"
    done = await take_in(bench, head + good + good + bad)
    assert [each[:2] for each in doubts(done)] == [
        (2, "row_repeated"), (3, "row_unreadable"), (4, "row_unreadable"), (5, "row_unreadable"), (6, "row_unreadable"),
    ]  # fmt: skip
    for text, form in (
        (head + bad, "csv"), ("a,b\n1,2\n", "csv"), ("", "csv"), ("[]", "json"), ("{", "json"), ("Europa", "page"),
        (good, "xml"),
    ):  # fmt: skip
        with pytest.raises(DirectoryListUnreadable):
            await take_in(bench, text, form)
    assert [each.entry.withdrawn_at for each in await everything(bench)] == [None]


async def test_json_is_the_same_list(bench: Bench) -> None:
    """Countries and hours may be lists there."""
    text = (
        '{"contacts": [{"country": ["FR", "LU"], "role": "driver", "number": "+33 1 99 00 12 34",'
        ' "hours": ["24/7 fr", "mon-fri 08:00-18:00 en"], "product": null}, {"country": "FR"}]}'
    )
    done = await take_in(bench, text, "json")
    assert (done.added, [each[:2] for each in doubts(done)]) == (2, [(2, "row_unreadable")])


@pytest.mark.skipif(SEED is None, reason="the shared material is not here")
@pytest.mark.capability("CP01", "CP02", "CP03", "CP05", "CP07", "CP10", "CP11")
async def test_the_real_page(bench: Bench) -> None:
    """42 rows, 34 numbers, three regions; both roles in each European country; what is dirty is told, row by row."""
    assert SEED is not None
    done = await take_in(bench, SEED.read_text("utf-8"), "page", "page")
    assert (done.rows, done.numbers) == (42, 34)
    entries = await everything(bench)
    assert {each.entry.row for each in entries} == set(range(1, 43))
    assert {each.entry.region for each in entries} == {"europe", "north_america", "asia_pacific"}
    plain = {(each.entry.country, each.entry.role) for each in entries if each.entry.product is None}
    assert {(country, role) for country in EUROPE for role in ContactRole} <= plain
    assert {country for country, _ in plain} == {*EUROPE, "AU", "US", "CA"}
    by_kind: dict[str, list[int]] = {}
    for row, kind, _ in doubts(done):
        by_kind.setdefault(kind, []).append(row)
    assert by_kind == {
        "plus_missing": [27],  # Poland
        "bracket_stray": [14, 22, 29, 35],  # France, Luxembourg, Portugal, Switzerland
        "language_doubtful": [6, 8, 23, 24],  # German on Dutch numbers, for Belgium and the Netherlands
        "zone_missing": [4],
        "hours_shared": [7],
        "hours_differ": [38],  # one number, 18:00 CET for Ireland and 18:00 GMT for Great Britain
    }
    assert all(each.hours is not None for each in entries)
    repeated = await take_in(bench, SEED.read_text("utf-8"), "page", "page")
    assert (repeated.unchanged, repeated.added, repeated.changed) == (len(entries), 0, 0)
