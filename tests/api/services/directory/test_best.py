"""The best line at a moment: a table worked out by hand over a year, and who stands in where a country has no line."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.support.contact import ContactRole, Toll
from api.services.directory.best import always_open_contact, best_contact, best_contacts
from tests.api.services.directory.lists import take_in
from tests.bench import Bench, a_bench

AT_FREE, AT_LOCAL = "+43800201234", "+4315550199"
FR_LINE, BE_LINE, CH_LINE = "+33199001234", "+3225550123", "+41445551234"
US_LINE, GB_DESK = "+18005550199", "+442079460123"
NO_NIGHT, NO_DAY, PT_DESK = "+4722550123", "+4780055123", "+351800555012"

# In 2026 clocks in Europe change on Sunday 29 March and Sunday 25 October at 01:00 UTC, in the United States and Canada
# on Sunday 8 March at 07:00 UTC and on Sunday 1 November at 06:00 UTC. 1 January is a Thursday.
TABLE = [
    # 1. Sunday 10:00 in Vienna (CET = UTC+1). The free line is outside its window: English. It changes on Monday at
    #    08:00 CET. The local line speaks German only, so English makes the free one the best.
    ("2026-01-04 09:00", "AT", "driver", "en", AT_FREE, True, ["en"], "2026-01-05 07:00"),
    # 2. The same moment for somebody who speaks German: the local line, daily until 22:00 CET.
    ("2026-01-04 09:00", "AT", "driver", "de", AT_LOCAL, True, ["de"], "2026-01-04 21:00"),
    # 3. Monday 08:00 CET to the second: both speak German now, and the free one costs nothing. Until 20:00 CET.
    ("2026-01-05 07:00", "AT", "driver", "de", AT_FREE, True, ["de"], "2026-01-05 19:00"),
    # 4. Monday 20:00 CET to the second: the free one speaks English again; German counts more than the cost.
    ("2026-01-05 19:00", "AT", "driver", "de", AT_LOCAL, True, ["de"], "2026-01-05 21:00"),
    # 5. Friday 27 March, 23:30 CET: the local line is closed. The free one speaks German again on Monday at 08:00,
    #    which is summer time by then (CEST = UTC+2): 06:00 UTC.
    ("2026-03-27 22:30", "AT", "driver", "de", AT_FREE, True, ["en"], "2026-03-30 06:00"),
    # 6. Christmas Eve, a Thursday, 11:59 CET: a window of its own until 12:00 CET.
    ("2026-12-24 10:59", "AT", "driver", "de", AT_FREE, True, ["de"], "2026-12-24 11:00"),
    # 7. Half an hour later: English on the free line, for the rest of the day, on Christmas Day (no window) and over
    #    the weekend, until Monday 28 December, 08:00 CET.
    ("2026-12-24 11:30", "AT", "driver", "en", AT_FREE, True, ["en"], "2026-12-28 07:00"),
    # 8. Belgium, Sunday 29 March, half an hour before clocks change: the French line of France never closes or changes.
    ("2026-03-29 00:30", "BE", "driver", "fr", FR_LINE, True, ["fr"], None),
    # 9. Belgium, Wednesday 19:59 CEST: Dutch for one more minute.
    ("2026-07-01 17:59", "BE", "driver", "nl", BE_LINE, True, ["nl"], "2026-07-01 18:00"),
    # 10. 20:00 CEST: nobody speaks Dutch. The Belgian number is a national call, what one to France costs is unknown.
    ("2026-07-01 18:00", "BE", "driver", "nl", BE_LINE, True, ["en"], "2026-07-02 06:00"),
    # 11. Switzerland, Sunday 25 October, 02:30 for the first time (still CEST): French always, English outside the
    #     window, which begins on Monday at 08:00 CET.
    ("2026-10-25 00:30", "CH", "driver", "de", CH_LINE, True, ["fr", "en"], "2026-10-26 07:00"),
    # 12. Monday 06:59 UTC is 07:59 CET; a week earlier it was 08:59 CEST and Italian would have been spoken.
    ("2026-10-26 06:59", "CH", "driver", "it", CH_LINE, True, ["fr", "en"], "2026-10-26 07:00"),
    # 13. One minute later, until 20:00 CET.
    ("2026-10-26 07:00", "CH", "driver", "it", CH_LINE, True, ["fr", "de", "it"], "2026-10-26 19:00"),
    # 14. Canada, Friday 6 March, 07:00 EST (UTC-5): French from now until 21:00 EST, 02:00 UTC on Saturday.
    ("2026-03-06 12:00", "CA", "driver", "fr", US_LINE, True, ["en", "fr"], "2026-03-07 02:00"),
    # 15. Monday 9 March: clocks went forward, so 07:00 EDT (UTC-4) is 11:00 UTC and 21:00 EDT is 01:00 UTC.
    ("2026-03-09 11:00", "CA", "driver", "fr", US_LINE, True, ["en", "fr"], "2026-03-10 01:00"),
    # 16. United States, Monday 2 November, 06:30 EST: before the French window, open at this UTC time a week ago.
    ("2026-11-02 11:30", "US", "driver", "en", US_LINE, True, ["en"], "2026-11-02 12:00"),
    # 17. Great Britain, first Monday of summer time, 08:00 BST (UTC+1): opens this second, until 18:00 BST.
    ("2026-03-30 07:00", "GB", "owner", "en", GB_DESK, True, ["en"], "2026-03-30 17:00"),
    # 18. The same number for Ireland, Saturday: closed until Monday 08:00, which is GMT then.
    ("2026-10-24 12:00", "IE", "owner", "en", GB_DESK, False, [], "2026-10-26 08:00"),
    # 19. Norway, the short night: Saturday 22:00 CET to Sunday 06:00 CEST. 03:30 UTC is 05:30 CEST; until 04:00 UTC.
    ("2026-03-29 03:30", "NO", "driver", "nb", NO_NIGHT, True, ["nb"], "2026-03-29 04:00"),
    # 20. The long night: 04:30 UTC is 05:30 CET (in summer time it would be over); it ends at 06:00 CET = 05:00 UTC.
    ("2026-10-25 04:30", "NO", "driver", "nb", NO_NIGHT, True, ["nb"], "2026-10-25 05:00"),
    # 21. Whit Monday, 09:00 CEST: the day line has a holiday, the night line opens at 22:00 CEST. The day line is free
    #     but opens on Tuesday only, so the night line is better.
    ("2026-05-25 07:00", "NO", "driver", "nb", NO_NIGHT, False, [], "2026-05-25 20:00"),
    # 22. Tuesday 09:00 CEST: the day line is open until 16:00 CEST.
    ("2026-05-26 07:00", "NO", "driver", "nb", NO_DAY, True, ["nb", "en"], "2026-05-26 14:00"),
    # 23. Portugal, 07:30 UTC in July: 08:30 in Lisbon, but the desk keeps CET, where it is 09:30. Until 18:00 CEST.
    ("2026-07-06 07:30", "PT", "owner", "pt", PT_DESK, True, ["pt"], "2026-07-06 16:00"),
]


def at(text: str) -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
async def bench(work: UnitOfWork) -> Bench:
    """Return a bench with our list of contacts."""
    bench = a_bench(work)
    await take_in(bench)
    return bench


@pytest.mark.capability("CP04", "CP05", "CP06", "CP15")
async def test_the_best_line_over_a_year(bench: Bench) -> None:
    """Equals the table, row by row."""
    wrong = []
    async with bench.work() as db:
        for row in TABLE:
            when, country, role, language, number, is_open, spoken, change = row
            found = await best_contact(db, country=country, role=ContactRole(role), languages=[language], now=at(when))
            assert found is not None
            seen = (found.number, found.open, [*found.languages_now], found.next_change_at)
            if seen != (number, is_open, spoken, at(change) if change else None):
                wrong.append((row, seen))
    assert wrong == []


@pytest.mark.capability("CP03", "CP15")
async def test_a_line_for_a_product_is_found_by_its_product_only(bench: Bench) -> None:
    """For all countries of its region; nobody else is sent there."""
    now = at("2026-06-01 12:00")
    async with bench.work() as db:
        plain = await best_contacts(db, country="DE", role=ContactRole.OWNER, languages=["en"], now=now)
        found = await best_contacts(
            db, country="DE", role=ContactRole.OWNER, languages=["en"], now=now, product="wallbox_one"
        )
    assert plain == []
    assert [(each.number, each.toll) for each in found] == [("+31205550123", Toll.PAID)]


async def test_who_stands_in_where_nobody_answers(bench: Bench) -> None:
    """Our hotline where the country's lines are closed or none; without one a line that is always open, from abroad.

    A number that is free at home is no line from abroad.
    """
    closed = at("2026-05-23 10:00")
    ask: dict[str, Any] = {"role": ContactRole.DRIVER, "languages": ["nb"], "now": closed}
    async with bench.work() as db:
        in_norway = await best_contacts(db, country="NOR", hotline="+49 711 0000", **ask)
        in_sweden = await best_contacts(db, country="SE", **ask)
        french = await best_contact(db, country="MC", **(ask | {"languages": ["fr"]}))
    assert [(each.number, each.open) for each in in_norway] == [
        ("+49 711 0000", True), (NO_NIGHT, False), (NO_DAY, False),
    ]  # fmt: skip
    assert {each.number for each in in_sweden} == {FR_LINE, BE_LINE, CH_LINE}
    assert all(each.abroad and each.open and each.toll is Toll.UNKNOWN for each in in_sweden)
    assert french is not None
    assert french.number == FR_LINE


@pytest.mark.capability("CM24", "CN01")
async def test_a_line_that_is_always_open_wherever_somebody_charges(bench: Bench) -> None:
    """The country's own, in the driver's language where there is one; else the hotline; else one from abroad."""
    sunday_night = at("2026-03-29 00:30")
    seen = {}
    async with bench.work() as db:
        for country in ("AUT", "BEL", "FRA", "LUX", "CHE", "USA", "CAN", "AUS", "NOR", "SWE", "HUN", None):
            found = await always_open_contact(db, country=country, languages=["de"], now=sunday_night, hotline=None)
            assert found is not None
            assert (found.open, found.always_open) == (True, True), country
            seen[country] = (found.number, found.abroad)
        hotline = await always_open_contact(
            db, country="NOR", languages=["nb"], now=sunday_night, hotline="+49 711 0000"
        )
    assert seen["AUT"] == (AT_FREE, False)
    assert seen["NOR"][1]
    assert hotline is not None
    assert hotline.number == "+49 711 0000"
