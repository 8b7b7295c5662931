"""Erasure: what is open refuses it, what tax law needs stays, and papers stay what they were."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.roaming.session import SessionStatus
from api.models.driver import Driver
from api.ports.payments import ProcessorRefused
from api.services.accounts import erase as sweeping
from api.services.accounts.erase import erase, keep_account
from api.services.accounts.export_file import zip_of
from api.services.accounts.forget import forget_pending
from api.services.accounts.open_matters import open_matters
from api.services.accounts.sweep import sweep_accounts
from api.services.deferral import Job
from api.services.drivers.cards_remove import CardInUse
from api.services.drivers.customer_forget import sweep_forgetting
from api.services.drivers.queries import DriverGone, driver_by_id
from api.services.drivers.refresh import issue_first_token
from api.services.drivers.standing import AccountClosing, AccountNotActivated
from api.services.roaming.passes import add_pass, list_passes
from tests.bench import Bench
from tests.builders import (
    a_cdr,
    a_driver,
    a_location,
    a_session,
    after,
    an_evse,
    connector_of,
    push_cdr,
    push_session,
)
from tests.charges import METERED, a_charge
from tests.fakes import FakeCards, FakeMail
from tests.wallets import top_up

S = ChargingStatus


async def asked_to_go(bench: Bench) -> None:
    """Set the day of the bench's driver to now."""
    await bench.rows("UPDATE driver SET closing_at = :now RETURNING id", now=bench.clock.now())


async def opened(bench: Bench) -> list[str]:
    """Return what is open for the bench's driver."""
    async with bench.work() as db:
        return await open_matters(db=db, driver_id="drv_1")


@pytest.mark.capability("L7")
async def test_receipts_stay_as_they_are(bench: Bench) -> None:
    """The paper of a settled charge keeps its document and number; the mail's address and the driver's row forget."""
    charge = await a_charge(bench, S.SETTLED)
    before = await bench.rows("SELECT number, sha256, document FROM receipt")
    books = await bench.value("SELECT sum(abs(amount_minor)) FROM ledger_entry")
    await asked_to_go(bench)
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    assert await bench.rows("SELECT number, sha256, document FROM receipt") == before
    assert await bench.value("SELECT sum(abs(amount_minor)) FROM ledger_entry") == books
    assert (await bench.charge(charge)).driver_id == "drv_1"
    (row,) = await bench.rows("SELECT email, name, password_hash, account_number, status FROM driver")
    assert row == ("drv_1@erased.invalid", "", None, None, "closed")
    assert await bench.rows("SELECT DISTINCT to_address FROM mail_outbox") == [("drv_1@erased.invalid",)]
    async with bench.work() as db:
        with pytest.raises(DriverGone):
            await driver_by_id(db, "drv_1")


async def test_a_paper_that_comes_late_is_written_and_not_mailed(bench: Bench, mail: FakeMail) -> None:
    """A bill that falls after the driver left: the credit note is there, and nothing is sent to nowhere."""
    charge = await a_charge(bench, S.SETTLED)
    await asked_to_go(bench)
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    await bench.drain()
    mail.tried.clear()
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    assert await bench.value("SELECT count(*) FROM receipt WHERE kind = 'credit_note'") == 1
    assert mail.tried == []
    assert ("not_sent", "account_erased") in await bench.rows("SELECT outcome, detail FROM mail_outbox")


@pytest.mark.capability("L7")
@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        (S.CHARGING, {"charge_live", "hold_open", "money_open"}),
        (S.ENDED, {"charge_live", "hold_open", "money_open"}),
        (S.SETTLED, set()),
        (S.START_FAILED, set()),
    ],
)
async def test_what_is_open_of_a_charge(bench: Bench, status: ChargingStatus, reasons: set[str]) -> None:
    """A charge that runs or waits for its bill, and its hold; nothing once it is settled or failed."""
    await a_charge(bench, status)
    await bench.drain()
    found = set(await opened(bench))
    assert found <= reasons
    assert bool(found) == bool(reasons)


@pytest.mark.capability("L7")
async def test_money_in_a_wallet_keeps_the_account(bench: Bench) -> None:
    """It is paid out first: nobody's money is erased."""
    await a_charge(bench, S.SETTLED)
    await top_up(bench, 2500)
    assert "money_open" in await opened(bench)
    await asked_to_go(bench)
    assert not await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    assert await bench.value("SELECT status FROM driver") == "active"


async def test_passes_are_blocked_and_nothing_brings_the_account_back(bench: Bench) -> None:
    """Partners are told of the pass; keeping an account that is gone keeps nothing, erasing it again does nothing."""
    await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        await add_pass(db=db, now=bench.clock.now(), driver_id="drv_1", uid="04AABBCC")
    await asked_to_go(bench)
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    assert not await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    async with bench.work() as db:
        assert [token and token.valid for _, token in await list_passes(db=db, driver_id="drv_1")] == [False]
        await keep_account(db=db, now=bench.clock.now(), driver_id="drv_1")
        assert (await db.get_one(Driver, "drv_1")).status == "closed"


async def customers(bench: Bench) -> dict[str, str | None]:
    """Return which customer of the processor each driver is."""
    return dict(await bench.rows("SELECT id, processor_customer_id FROM driver ORDER BY id"))


@pytest.mark.capability("L7")
async def test_the_processor_forgets_the_customer_and_what_was_paid_stays(bench: Bench) -> None:
    """The customer is deleted by a job, asked again until it is done; the books, and what can be refunded, stay."""
    await a_charge(bench, S.SETTLED)
    customer = (await customers(bench))["drv_1"]
    assert customer is not None
    books = await bench.value("SELECT sum(abs(amount_minor)) FROM ledger_entry")
    await asked_to_go(bench)
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    cards = bench.ports.cards
    assert isinstance(cards, FakeCards)
    assert bench.payments.cards.add_customer(customer) == customer
    assert await cards.cards_of_customer(customer) == ()
    cards.break_before("forget_customer")
    await bench.run(Job.FORGET_CUSTOMER)
    assert await bench.rows("SELECT kind, state FROM card_operation") == [("forget_customer", "unknown")]
    assert await sweep_forgetting(work=bench.work, ports=bench.ports) == 0, "it rests before it is asked again"
    bench.clock.advance(60)
    cards.lose_answer("forget_customer")
    for _ in range(2):
        assert await sweep_forgetting(work=bench.work, ports=bench.ports) == 1
        await bench.run(Job.FORGET_CUSTOMER)
        bench.clock.advance(60)
    assert await bench.rows("SELECT kind, state, outcome FROM card_operation") == [
        ("forget_customer", "done", "resource_missing")
    ]
    assert await customers(bench) == {"drv_1": None}
    with pytest.raises(ProcessorRefused):
        await cards.cards_of_customer(customer)
    assert await sweep_forgetting(work=bench.work, ports=bench.ports) == 0
    assert await bench.value("SELECT sum(abs(amount_minor)) FROM ledger_entry") == books


@pytest.mark.capability("L7")
async def test_a_refusal_is_told_and_keeps_the_customer_on_our_row(bench: Bench) -> None:
    """Where the processor says no, staff find in the log and on the row whom to delete by hand."""
    await a_driver(bench, closing_at=bench.clock.now())
    before = await customers(bench)
    assert await erase(work=bench.work, ports=bench.ports, driver_id="drv_1")
    assert isinstance(bench.ports.cards, FakeCards)
    bench.ports.cards.refuse("forget_customer", "not_allowed")
    await bench.run(Job.FORGET_CUSTOMER)
    assert await bench.rows("SELECT state, outcome FROM card_operation") == [("failed", "not_allowed")]
    assert await customers(bench) == before


@pytest.mark.capability("L7")
async def test_who_is_erased_is_forgotten_as_a_guest_too(bench: Bench, mail: FakeMail) -> None:
    """Guests with the account's address go by the same sweep, those who charge wait, and others are left alone."""
    mine, other = "ada@example.com", "bob@example.com"
    for driver_id, email in (("drv_2", mine), ("drv_3", other)):
        await a_driver(bench, driver_id=driver_id, kind="guest", email=email, name=email)
    await a_location(bench, evses=(an_evse("EVSE1"), an_evse("EVSE2")))
    await a_driver(bench, driver_id="drv_4", kind="guest", email=mine, name=mine)
    charge = await a_charge(bench, S.CHARGING, driver_id="drv_4", connector=connector_of(uid="EVSE2"))
    await a_driver(bench, email=mine, closing_at=bench.clock.now())
    mail.tried.clear()

    assert await sweeping.sweep_erasures(work=bench.work, ports=bench.ports) == 1
    assert await sweeping.sweep_erasures(work=bench.work, ports=bench.ports) == 1, "the guests' turn: one can go"

    names = dict(await bench.rows("SELECT id, email FROM driver"))
    assert names == {
        "drv_1": "drv_1@erased.invalid", "drv_2": "drv_2@erased.invalid", "drv_3": other, "drv_4": mine
    }  # fmt: skip
    await bench.drain()
    assert [each.to for each in mail.tried] == [mine], "one last letter, to the account"
    over = a_session(charge, kwh=METERED, status=SessionStatus.COMPLETED, ended_at=after(60), last_updated=after(60))
    await push_session(bench, over)
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert await sweeping.sweep_erasures(work=bench.work, ports=bench.ports) == 0, "it waits until tomorrow"
    bench.clock.advance(24 * 3600)
    assert await sweeping.sweep_erasures(work=bench.work, ports=bench.ports) == 1
    assert await bench.value("SELECT email FROM driver WHERE id = 'drv_4'") == "drv_4@erased.invalid"


async def test_a_spreadsheet_runs_nothing_from_a_copy(bench: Bench) -> None:
    """Text that begins like a formula, an operator's name perhaps, is text in the CSV; numbers stay numbers."""
    packed = await zip_of({"t": [{"name": '=HYPERLINK("x")', "minor": -5}]}, made_at=bench.clock.now())
    table = zipfile.ZipFile(io.BytesIO(packed)).read("csv/t.csv").decode()
    assert table.splitlines() == ["name,minor", '"\'=HYPERLINK(""x"")",-5']


async def test_no_money_goes_into_an_account_that_waits_or_leaves(bench: Bench) -> None:
    """What is never activated is forgotten after a while, whatever is in it; what is leaving never could."""
    with pytest.raises(AccountNotActivated):
        await top_up(bench, 2500, status="pending")
    with pytest.raises(AccountClosing):
        await top_up(bench, 2500, driver_id="drv_2", closing_at=bench.clock.now())
    assert await bench.value("SELECT count(*) FROM payin") == 0


async def test_an_account_that_waits_with_money_is_not_forgotten(bench: Bench) -> None:
    """Money that came in all the same is paid back first, and cards are removed at the processor."""
    await a_driver(bench)
    await top_up(bench, 2500)
    await bench.rows("UPDATE driver SET status = 'pending' RETURNING id")
    bench.clock.advance(31 * 24 * 3600)
    await sweep_accounts(work=bench.work, ports=bench.ports)
    assert await bench.value("SELECT status FROM driver") == "pending"


async def test_one_account_that_cannot_go_keeps_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong with one erasure is logged; the others whose day has come go, and the sweep goes on."""
    for driver_id in ("drv_1", "drv_2"):
        await a_driver(bench, driver_id=driver_id, closing_at=bench.clock.now())
    real = sweeping.erase

    async def erase_or_fail(*, driver_id: str, **rest: Any) -> bool:
        if driver_id == "drv_1":
            raise CardInUse("card_in_use", reason="owed")
        return await real(driver_id=driver_id, **rest)

    monkeypatch.setattr(sweeping, "erase", erase_or_fail)
    assert await sweeping.sweep_erasures(work=bench.work, ports=bench.ports) == 1
    assert await bench.value("SELECT status FROM driver WHERE id = 'drv_2'") == "closed"


async def test_a_stranger_who_waited_is_signed_out(bench: Bench) -> None:
    """Where waiting accounts may look around: the one that is forgotten has no device and no token any more."""
    driver = await a_driver(bench, status="pending")
    async with bench.work() as db:
        issue_first_token(
            db=db, ports=bench.ports, now=bench.clock.now(), driver_id="drv_1", lifetime=timedelta(days=30)
        )
    async with bench.work() as db:
        await forget_pending(db=db, now=bench.clock.now(), driver=await db.merge(driver))
    assert await bench.value("SELECT count(*) FROM refresh_token WHERE revoked_at IS NULL") == 0
    assert await bench.value("SELECT count(*) FROM device WHERE signed_out_at IS NULL") == 0
