"""The log of staff: read by filter, sealed in a chain that shows whatever is changed, cut out or cut off."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from api.cli import app
from api.models.afterwards import StaffLogCheck
from api.services.charging.approvals import note_action, sign_with_request
from api.services.reconciliation.audit import AuditFilter, list_actions, names_in_log
from api.services.reconciliation.audit_check import check_log, last_check
from api.services.reconciliation.audit_seal import ChainProof, seal_actions, verify_chain
from tests.bench import Bench


async def noted(bench: Bench, count: int, by: str = "Ada") -> None:
    """Let somebody decide things."""
    for number in range(count):
        bench.clock.advance(1)
        async with bench.work() as db:
            sign_with_request(db, f"req_{number}")
            await note_action(
                db=db,
                now=bench.clock.now(),
                by=by,
                action="credit_approved",
                subject_id=f"crd_{number}",
                charging_session_id="chs_1",
                reason="goodwill",
                after={"amount_minor": number},
            )


async def proof(bench: Bench, expected: str | None = None) -> ChainProof:
    """Walk along the chain."""
    async with bench.work() as db:
        return await verify_chain(db=db, expected=expected)


async def seal(bench: Bench) -> int:
    """Let the sweep seal what is new."""
    return await seal_actions(work=bench.work, now=bench.clock.now())


async def test_the_log_is_read_by_filter(bench: Bench) -> None:
    """By person, subject or charge, and time; newest first, page by page."""
    await noted(bench, 3)
    await noted(bench, 1, by="Grace")
    async with bench.work() as db:
        first = await list_actions(db=db, wanted=AuditFilter(by="Ada"), limit=2)
        rest = await list_actions(db=db, wanted=AuditFilter(by="Ada"), below=first.next, limit=2)
        one = await list_actions(db=db, wanted=AuditFilter(subject="crd_1"))
        late = await list_actions(db=db, wanted=AuditFilter(subject="chs_1", since=one.rows[0].at, until=None))
        assert await names_in_log(db=db) == (["Ada", "Grace"], ["credit_approved"])
    assert [row.subject_id for row in (*first.rows, *rest.rows)] == ["crd_2", "crd_1", "crd_0"]
    assert (rest.next, len(one.rows), len(late.rows)) == (None, 1, 3)
    assert first.rows[0].request_id == "req_2"


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE staff_action SET by = 'Eve' WHERE subject_id = 'crd_1'",
        "UPDATE staff_action SET after = '{\"amount_minor\": 9}' WHERE subject_id = 'crd_1'",
        "DELETE FROM staff_action_seal WHERE number = 2",
        "DELETE FROM staff_action WHERE subject_id = 'crd_2'",
    ],
    ids=["who", "what", "a link", "the last row"],
)
async def test_whoever_overrules_the_database_is_found_out(bench: Bench, database_url: str, forged: str) -> None:
    """The owner of the tables may put triggers to sleep; the chain tells all the same."""
    await noted(bench, 3)
    assert (await seal(bench), await seal(bench)) == (3, 0)
    before = await proof(bench)
    assert (before.sealed, before.unsealed, before.broken, before.holds_true) == (3, 0, (), True)

    owner = await asyncpg.connect(database_url)
    await owner.execute(f"SET session_replication_role = replica; {forged}")
    await owner.close()

    assert not (await proof(bench)).holds_true


async def test_a_noted_link_shows_that_nothing_was_cut_off(bench: Bench, database_url: str) -> None:
    """Who cuts the end off, log and links, leaves a chain that holds; the link that was noted is missing."""
    await noted(bench, 2)
    await seal(bench)
    head = (await proof(bench)).head
    await noted(bench, 1)
    await asyncio.gather(seal(bench), seal(bench))
    assert (await proof(bench, head)).holds_true

    owner = await asyncpg.connect(database_url)
    await owner.execute("SET session_replication_role = replica; DELETE FROM staff_action_seal WHERE number > 1")
    await owner.execute("DELETE FROM staff_action WHERE subject_id = 'crd_1'")
    await owner.close()

    cut = await proof(bench, head)
    assert (cut.broken, cut.expected_seen, cut.holds_true) == ((), False, False)


async def test_the_log_is_proven_every_night_and_the_page_says_so(bench: Bench, database_url: str) -> None:
    """Whole, cut off at the end, changed: each walk is kept, and compared with where the last good one ended."""

    async def walk() -> StaffLogCheck:
        await check_log(work=bench.work, now=bench.clock.now())
        async with bench.work() as db:
            check = await last_check(db=db)
        assert check is not None
        return check

    async with bench.work() as db:
        assert await last_check(db=db) is None
    assert ((first := await walk()).sealed, first.broken, first.cut_off) == (0, [], False)
    await noted(bench, 3)
    assert ((whole := await walk()).sealed, whole.broken, whole.cut_off) == (3, [], False)
    owner = await asyncpg.connect(database_url)
    await owner.execute("SET session_replication_role = replica; DELETE FROM staff_action_seal WHERE number = 3")
    await owner.execute("DELETE FROM staff_action WHERE id = (SELECT max(id) FROM staff_action)")
    assert ((cut := await walk()).broken, cut.cut_off) == ([], True)
    await owner.execute("UPDATE staff_action SET by = 'Eve' WHERE id = (SELECT min(id) FROM staff_action)")
    await owner.close()
    assert ((changed := await walk()).broken, changed.cut_off) == ([1], True)
    with pytest.raises(IntegrityError):
        await bench.rows("DELETE FROM staff_log_check RETURNING id")


async def test_the_command_line_proves_the_log(
    bench: Bench, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It seals what is new, prints the newest link, and fails where one is broken or missing."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("api.cli.world.console.width", 200)
    await noted(bench, 2)

    async def verify(*arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", "verify", *arguments])
        return done.exit_code, done.output

    code, said = await verify()
    head = (await proof(bench)).head
    assert (code, said.strip()) == (0, f"2 entries sealed; newest link {head}")
    assert (await verify("--expect", head))[0] == 0
    assert (await verify("--expect", "0" * 64))[0] == 1
