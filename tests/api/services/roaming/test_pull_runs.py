"""Pulls of long lists: page by page, taken up where they broke off, with no object that spoils the rest (4.12)."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.db import UnitOfWork
from api.domain.errors import AppError
from api.domain.pricing.tariff import Tariff
from api.domain.roaming.location import EvseStatus, Location
from api.models.location import EvseRow, LocationRow, TariffRow
from api.models.pulling import PullRun
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable, PulledObject, UnreadableObject
from api.services.roaming.evses import patch_evse
from api.services.roaming.locations import pull_locations, store_location
from api.services.roaming.pull_runs import PULL_OVERLAP, PullTakenOver, latest_runs
from api.services.roaming.pull_tariffs import pull_tariffs
from api.services.roaming.pulling import PullReport
from api.services.roaming.tariffs import store_tariff
from tests.api.services.roaming.builders import a_location, a_partner, a_tariff, an_evse, at, partner_of
from tests.fakes import FakePlaces, FakeRandomness, FakeRoaming, fake_ports


class Story:
    """A partner with a list of locations, pulled in pages of two."""

    def __init__(self, work: UnitOfWork) -> None:
        """Begin with an empty list."""
        self.work = work
        self.roaming = FakeRoaming()
        self.places = FakePlaces(self.roaming, page_size=2)
        self.randomness = FakeRandomness()
        self.told: list[str] = []
        self.shown: list[tuple[int, int | None]] = []

    def lists(self, *objects: Location | UnreadableObject) -> None:
        """Say what the partner's list is."""
        self.roaming.locations = [
            each if isinstance(each, UnreadableObject) else PulledObject(each, "{}") for each in objects
        ]

    async def pull(self, minutes: float = 60, *, whole: bool = True) -> PullReport:
        """Pull the list."""

        async def tell(evse_keys: Sequence[str]) -> None:
            self.told.extend(evse_keys)

        return await pull_locations(
            work=self.work,
            ports=fake_ports(roaming=self.roaming, places=self.places, randomness=self.randomness),
            now=at(minutes),
            partner_id="prt_1",
            whole=whole,
            tell=tell,
            watch=lambda report: self.shown.append((report.stored, report.total)),
        )

    async def stored(self) -> list[str]:
        """Return the ids of the stored locations."""
        async with self.work() as db:
            return sorted((await db.exec(select(LocationRow.id))).all())

    async def statuses(self) -> dict[str, str]:
        """Return the status of each location's EVSE."""
        async with self.work() as db:
            rows = (await db.exec(select(EvseRow.location_key, EvseRow.status))).all()
        return {key.rpartition("/")[2]: status for key, status in rows}

    def asked(self) -> list[tuple[object, ...]]:
        """Return where each reading of the list began."""
        return [call.arguments for call in self.roaming.calls_of("pull_locations")]


@pytest.fixture
async def story(work: UnitOfWork) -> Story:
    """Return a connected partner without any location."""
    async with work() as db:
        await a_partner(db)
    return Story(work)


def locations(*ids: str) -> list[Location]:
    """Return locations with these ids."""
    return [a_location(id=each) for each in ids]


async def test_a_list_is_written_and_told_page_by_page(story: Story) -> None:
    """After each page it is known how far the pull is, and charges hear of its EVSEs."""
    story.lists(*locations("A", "B", "C", "D", "E"))
    report = await story.pull()
    assert (report.stored, report.pages, report.total) == (5, 3, 5)
    assert story.shown == [(2, 5), (4, 5), (5, 5)]
    assert len(story.told) == 5
    async with story.work() as db:
        (run,) = await latest_runs(db, "prt_1")
        assert (run.pages, run.stored, run.total, run.finished_at is not None) == (3, 5, 5, True)
        assert (await (await db.connection()).execute(text("SELECT count(*) FROM pull_listed"))).scalar_one() == 0


async def test_what_broke_off_is_taken_up_from_its_page(story: Story) -> None:
    """The first page is not read twice, and what it listed still counts when the list is over."""
    async with story.work() as db:
        await store_location(db=db, now=at(0), partner=await partner_of(db), location=a_location(id="OLD"))
    story.lists(*locations("A", "B", "C", "D", "E"))
    story.roaming.pull_error = PartnerUnreachable("partner_unreachable")
    with pytest.raises(PartnerUnreachable):
        await story.pull()
    assert await story.stored() == ["A", "B", "OLD"]
    story.roaming.pull_error = None
    report = await story.pull(61)
    assert story.asked() == [(None,), (None, "2")]
    assert (report.resumed, report.stored, report.removed) == (True, 5, 1)
    assert await story.statuses() == {"OLD": "removed", **dict.fromkeys("ABCDE", "available")}


async def test_a_link_that_died_begins_the_list_anew(story: Story) -> None:
    """A partner that forgot where we were is asked from the start, at once."""
    story.lists(*locations("A", "B", "C"))
    story.roaming.pull_error = PartnerUnreachable("partner_unreachable")
    with pytest.raises(PartnerUnreachable):
        await story.pull()
    story.roaming.pull_error = None
    story.places.errors = [PartnerAnsweredBadly("partner_answered_badly", http_status=400)]
    report = await story.pull(61)
    assert story.asked() == [(None,), (None, "2"), (None,)]
    assert (report.resumed, report.stored) == (False, 3)


async def test_a_link_that_is_too_old_is_not_followed(story: Story) -> None:
    """After a day the list behind the link is another one."""
    story.lists(*locations("A", "B", "C"))
    story.roaming.pull_error = PartnerUnreachable("partner_unreachable")
    with pytest.raises(PartnerUnreachable):
        await story.pull()
    story.roaming.pull_error = None
    assert not (await story.pull(24 * 60)).resumed


async def test_who_was_taken_over_stops(story: Story) -> None:
    """Two processes never work on one run: the first notices at its next page."""
    story.lists(*locations("A", "B", "C", "D"))
    meanwhile: list[PullReport] = []

    async def overtake(evse_keys: Sequence[str]) -> None:
        assert len(evse_keys) == 2
        meanwhile.append(await story.pull(61))

    ports = fake_ports(roaming=story.roaming, places=story.places, randomness=story.randomness)
    with pytest.raises(PullTakenOver):
        await pull_locations(work=story.work, ports=ports, now=at(60), partner_id="prt_1", whole=True, tell=overtake)
    assert [(each.resumed, each.stored) for each in meanwhile] == [(True, 4)]
    assert await story.stored() == ["A", "B", "C", "D"]


async def test_an_object_that_slid_between_pages_is_not_removed(story: Story) -> None:
    """A location that the list skipped is asked for by its id; only what is not there either is gone."""
    async with story.work() as db:
        partner = await partner_of(db)
        for each in locations("SLID", "GONE"):
            await store_location(db=db, now=at(0), partner=partner, location=each)
    story.lists(*locations("A", "B", "SLID"))
    story.places.hidden = {"SLID"}
    report = await story.pull()
    assert report.removed == 1
    assert await story.statuses() == {"A": "available", "B": "available", "SLID": "available", "GONE": "removed"}
    story.lists(*locations("A", "B", "SLID", "GONE"))
    await story.pull(120)
    assert (await story.statuses())["GONE"] == "available", "a place that is listed again is back"


async def test_nothing_is_removed_when_asking_fails(story: Story) -> None:
    """Silence about one location is no proof that it is gone."""
    async with story.work() as db:
        await store_location(db=db, now=at(0), partner=await partner_of(db), location=a_location(id="OLD"))
    story.lists(*locations("A"))

    class Silent(FakePlaces):
        async def fetch_location(self, peer, location_id):  # type: ignore[no-untyped-def]
            raise PartnerUnreachable("partner_unreachable")

    story.places = Silent(story.roaming)
    report = await story.pull()
    assert (report.removed, report.problem_count) == (0, 1)
    assert (await story.statuses())["OLD"] == "available"


async def test_one_poisoned_row_loses_only_itself(story: Story) -> None:
    """A page that the database refuses is written object by object, and the run goes on behind it."""
    bad = a_location(id="B", name="nul \x00 inside")
    story.lists(a_location(id="A"), bad, *locations("C", "D"), UnreadableObject("id: missing", "{}"))
    report = await story.pull()
    assert (report.stored, report.problem_count, report.pages) == (3, 2, 3)
    assert await story.stored() == ["A", "C", "D"]


async def test_the_newest_of_an_object_that_comes_twice_in_a_page_counts(story: Story) -> None:
    """An object that moved while the page was made may be in it twice."""
    story.lists(a_location(id="A", name="new", last_updated=at(5)), a_location(id="a", name="old"))
    assert (await story.pull()).stored == 1
    async with story.work() as db:
        assert (await db.exec(select(LocationRow.name))).all() == ["new"]


async def test_changes_are_asked_for_by_the_partners_clock(story: Story) -> None:
    """A clock that is hours off loses nothing: its own time of the last pull counts, a quarter of an hour before."""
    story.lists(*locations("A"))
    story.places.partner_at = at(-120)
    await story.pull(60, whole=False)
    await story.pull(90, whole=False)
    assert story.asked()[1] == (at(-120) - PULL_OVERLAP,)


async def test_a_pushed_status_survives_an_older_page(story: Story) -> None:
    """A page that was made before a push came does not undo it (S12)."""
    story.lists(*locations("A", "B"))
    await story.pull()
    async with story.work() as db:
        await patch_evse(
            db=db,
            partner=await partner_of(db),
            country_code="DE",
            party_id="CPO",
            location_id="A",
            evse_uid="EVSE1",
            changes={"status": EvseStatus.CHARGING, "last_updated": at(30)},
        )
    story.lists(a_location(id="A", last_updated=at(40)), a_location(id="B", evses=(an_evse(last_updated=at(1)),)))
    await story.pull(61)
    assert await story.statuses() == {"A": "charging", "B": "available"}


async def test_pushes_and_pulls_do_not_wait_in_a_circle(story: Story) -> None:
    """Statuses pushed while pages with the same places are written are all kept, and nobody is a deadlock's victim."""
    ids = [f"L{number:02d}" for number in range(12)]
    story.places.page_size = 12
    story.lists(*locations(*ids))
    await story.pull()

    async def push(location_id: str, minute: int) -> None:
        async with story.work() as db:
            await patch_evse(
                db=db,
                partner=await partner_of(db),
                country_code="DE",
                party_id="CPO",
                location_id=location_id,
                evse_uid="EVSE1",
                changes={"status": EvseStatus.CHARGING, "last_updated": at(minute)},
            )

    story.lists(*(a_location(id=each, last_updated=at(20), evses=(an_evse(last_updated=at(20)),)) for each in ids))
    await asyncio.gather(story.pull(61), *(push(each, 30) for each in reversed(ids)))
    assert set((await story.statuses()).values()) == {"charging"}


async def test_a_tariff_of_a_long_list_is_removed_when_it_is_missed_twice(story: Story) -> None:
    """One page is the whole truth; several shift while they are read, and a tariff cannot be asked for."""
    async with story.work() as db:
        partner = await partner_of(db)
        await store_tariff(db=db, now=at(0), partner=partner, tariff=a_tariff(id="OLD"), raw="{}")

    async def pull(*found: Tariff, minutes: float) -> int:
        story.roaming.tariffs = [PulledObject(each, "{}") for each in found]
        ports = fake_ports(roaming=story.roaming, places=story.places, randomness=story.randomness)
        report = await pull_tariffs(work=story.work, ports=ports, now=at(minutes), partner_id="prt_1", whole=True)
        return report.removed

    three = [a_tariff(id=each) for each in ("T1", "T2", "T3")]
    assert await pull(*three, minutes=60) == 0
    assert await pull(*three, a_tariff(id="OLD"), minutes=70) == 0
    assert await pull(*three, minutes=80) == 0, "it was there in between"
    assert await pull(*three, minutes=90) == 1
    async with story.work() as db:
        assert sorted((await db.exec(select(TariffRow.id))).all()) == ["T1", "T2", "T3"]


def test_errors_of_pulls_say_what_happened() -> None:
    """A take-over is a conflict that names its run."""
    error: AppError = PullTakenOver("pull_taken_over", run_id="pul_1")
    assert error.facts == {"run_id": "pul_1"}
    assert PullRun.__tablename__ == "pull_run"
