"""What is kept of partners for a time only: messages and runs of pulls, and repetitions that are counted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.models.partner import Partner
from api.services.roaming import forgetting
from api.services.roaming.forgetting import forget_what_is_old
from api.services.roaming.messages import How, Refusal, Said, note_message
from tests.api.services.roaming.builders import a_partner
from tests.bench import Bench, a_bench
from tests.builders import a_session, push_session
from tests.charges import a_charge

NOW = datetime.now(UTC)
"""The database bounds by its own clock what may be deleted at all."""
OLD, YOUNG = NOW - timedelta(days=401), NOW - timedelta(days=399)
REFUSED = Refusal.AFTER_END


@pytest.fixture
def bench(work: UnitOfWork) -> Bench:
    """Return a fresh installation."""
    return a_bench(work)


async def partner_of(bench: Bench) -> Partner:
    """Return a stored partner."""
    async with bench.work() as db:
        return await a_partner(db, partner_id="prt_old", token="another-token-of-a-partner-0123456789")


async def say(
    bench: Bench, partner: Partner, key: str, at: datetime, raw: str = "{}", refusal: Refusal | None = None
) -> None:
    """Record a message of that moment."""
    async with bench.work() as db:
        said = Said(raw, How.PUT, "2.2.1")
        await note_message(db=db, now=at, partner=partner, module="sessions", key=key, said=said, refusal=refusal)


async def forget(bench: Bench) -> tuple[int, int]:
    """Forget what is old by now."""
    return await forget_what_is_old(work=bench.work, ports=bench.ports, now=NOW)


async def kept(bench: Bench) -> list[str]:
    """Return the keys of the messages that are there, in order."""
    return [row[0] for row in await bench.rows("SELECT key FROM partner_message ORDER BY key, id")]


async def test_old_messages_go_in_small_batches(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """All above the age are deleted however many they are, with what was counted of them; younger ones stay."""
    monkeypatch.setattr(forgetting, "BATCH", 2)
    partner = await partner_of(bench)
    for number in range(5):
        await say(bench, partner, f"old{number}", OLD, refusal=REFUSED)
        await say(bench, partner, f"old{number}", OLD, refusal=REFUSED)
    await say(bench, partner, "young", YOUNG)
    assert await forget(bench) == (5, 0)
    assert await kept(bench) == ["young"]
    assert await bench.rows("SELECT 1 FROM message_repetition") == []
    assert await forget(bench) == (0, 0)


async def test_messages_behind_an_open_charge_stay(bench: Bench) -> None:
    """As long as a charge is not final, everything said of its session is kept; afterwards it goes by age."""
    charge = await a_charge(bench, status=ChargingStatus.CHARGING)
    partner = await partner_of(bench)
    key = (await bench.charge(charge)).partner_session_key
    assert key is not None
    await say(bench, partner, key, OLD, raw="[1]")
    before = await kept(bench)
    assert await forget(bench) == (0, 0)
    assert await kept(bench) == before
    await bench.rows("UPDATE charging_session SET final_at = now() RETURNING id")
    assert (await forget(bench))[0] >= 1
    assert await bench.rows("SELECT 1 FROM partner_message WHERE raw = '[1]'") == []


@pytest.mark.parametrize(("status", "stays"), [("under_review", True), ("needs_response", True), ("won", False)])
async def test_messages_behind_a_disputed_charge_stay(bench: Bench, status: str, stays: bool) -> None:
    """What disputes are settled by is kept until they are settled."""
    charge = await a_charge(bench, status=ChargingStatus.CHARGING)
    partner = await partner_of(bench)
    key = (await bench.charge(charge)).partner_session_key
    assert key is not None
    await say(bench, partner, key, OLD, raw="[1]")
    await bench.rows("UPDATE charging_session SET final_at = now() RETURNING id")
    await bench.rows(
        "INSERT INTO dispute (id, processor_dispute_id, charging_session_id, payment_intent_id, currency, amount_minor,"
        " withdrawn_minor, fee_minor, status, reason, evidence_submitted, opened_at, looked_at)"
        " VALUES ('dsp_1', 'dp_1', :charge, 'pi_1', 'EUR', 100, 100, 0, :status, 'fraudulent', false, now(), now())"
        " RETURNING id",
        charge=charge.id,
        status=status,
    )
    await forget(bench)
    assert bool(await bench.rows("SELECT 1 FROM partner_message WHERE raw = '[1]'")) is stays


async def test_the_database_deletes_no_young_message_whatever_is_asked_for(bench: Bench) -> None:
    """A slip in the settings cannot empty the record: 90 days stay, and there is no other way to delete."""
    partner = await partner_of(bench)
    await say(bench, partner, "fresh", NOW - timedelta(days=80))
    await say(bench, partner, "old", OLD)
    future = NOW + timedelta(days=9999)
    assert (await bench.rows("SELECT forget_partner_messages(:before, 10)", before=future))[0][0] == 1
    assert await kept(bench) == ["fresh"]
    for statement in ("DELETE FROM partner_message", "UPDATE partner_message SET raw = ''"):
        with pytest.raises(DBAPIError, match="never changed or deleted"):
            async with bench.work() as db:
                await (await db.connection()).execute(text(statement))


async def test_a_refused_message_that_comes_over_and_over_is_kept_once(bench: Bench) -> None:
    """The same text refused for the same reason is counted; another text, or one taken in between, is kept."""
    partner = await partner_of(bench)
    for raw, refusal, times in (("{}", None, 2), ("{}", REFUSED, 500), ('{"a":1}', REFUSED, 3), ("{}", REFUSED, 1)):
        for _ in range(times):
            await say(bench, partner, "key", NOW, raw, refusal)
    found = await bench.rows(
        "SELECT raw, refusal, times FROM partner_message LEFT JOIN message_repetition ON message_id = id ORDER BY id"
    )
    assert [tuple(row) for row in found] == [
        ("{}", None, None),
        ("{}", None, None),
        ("{}", "after_end", 499),
        ('{"a":1}', "after_end", 2),
        ("{}", "after_end", None),
    ]


async def test_old_runs_of_pulls_go_but_for_what_the_next_one_begins_at(bench: Bench) -> None:
    """The latest run of each kind that reached its end stays; others go 30 days after they last moved."""
    await partner_of(bench)
    for run_id, module, days, link, finished in (
        ("latest", "locations", 40, None, True),
        ("before", "locations", 41, None, True),
        ("young", "tariffs", 29, None, True),
        ("old", "tariffs", 31, None, True),
        ("ended", "locations", 35, "", True),
        ("broken", "locations", 33, "https://x.test", False),
    ):
        at = NOW - timedelta(days=days)
        await bench.rows(
            "INSERT INTO pull_run (id, partner_id, module, claim, next_link, pages, stored, removed, problems,"
            " doubtful, started_at, updated_at, finished_at) VALUES (:id, 'prt_old', :module, 'c', :link, 1, 1, 0, 0,"
            " 0, :at, :at, :finished) RETURNING id",
            id=run_id,
            module=module,
            link=link,
            at=at,
            finished=at if finished else None,
        )
    await bench.rows("INSERT INTO pull_listed (run_id, key) VALUES ('broken', 'k') RETURNING key")
    assert await forget(bench) == (0, 4)
    assert {row[0] for row in await bench.rows("SELECT id FROM pull_run")} == {"latest", "young"}
    assert await bench.rows("SELECT 1 FROM pull_listed") == []


async def test_messages_about_every_session_of_an_open_charge_stay(bench: Bench) -> None:
    """A charger that began anew: what was said of the session before is kept as long as the charge is open."""
    charge = await a_charge(bench, status=ChargingStatus.CHARGING)
    partner = await partner_of(bench)
    first = (await bench.charge(charge)).partner_session_key
    assert first is not None
    await push_session(bench, a_session(charge, id="SECOND"))
    assert (await bench.charge(charge)).partner_session_key != first
    await say(bench, partner, first, OLD, raw="[1]")
    await forget(bench)
    assert await bench.rows("SELECT 1 FROM partner_message WHERE raw = '[1]'") != []
