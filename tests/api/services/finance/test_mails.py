"""Mails about papers: once each, under one Message-ID, tried again when nobody took them, never pretended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.db import UnitOfWork
from api.domain.charging.state import ChargingStatus
from api.models.finance import MailRow
from api.ports.mail import MailRefused, MailUnavailable
from api.services.deferral import Job
from api.services.finance.mails import TooManyResends, resend_paper, send_mail, sweep_mails
from api.services.finance.receipts import issue_receipt, receipt_of_charge
from api.services.notices.outbox import MOST_ATTEMPTS
from tests.bench import Bench, a_bench
from tests.builders import a_cdr, push_cdr
from tests.charges import a_charge
from tests.fakes import FakeMail

S = ChargingStatus
DOWN = MailUnavailable("mail_unavailable", answer="nobody there")


@pytest.fixture
def mail() -> FakeMail:
    """Return a mail server to steer."""
    return FakeMail()


@pytest.fixture
def bench(work: UnitOfWork, mail: FakeMail) -> Bench:
    """Return a fresh installation with that mail server."""
    bench = a_bench(work)
    bench.ports = replace(bench.ports, mail=mail)
    return bench


async def mails(bench: Bench) -> list[MailRow]:
    """Return all mails."""
    return [MailRow(**row._mapping) for row in await bench.rows("SELECT * FROM mail_outbox ORDER BY created_at, id")]


@pytest.mark.capability("CK27", "L9")
async def test_a_receipt_is_mailed_once_when_the_price_is_final(bench: Bench, mail: FakeMail) -> None:
    """To the driver, with the PDF under its number; what orders the receipt again sends nothing."""
    charge = await a_charge(bench, S.SETTLED)
    async with bench.work() as db:
        await issue_receipt(db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge.id)
    await bench.drain()

    (sent,) = mail.sent
    assert sent.to == "drv_1@example.test"
    assert sent.subject == "receipt CHH-2026-000001 en"
    assert [(each.name, each.content[:4]) for each in sent.attachments] == [("CHH-2026-000001.pdf", b"%PDF")]
    (row,) = await mails(bench)
    assert (row.outcome, row.attempts, row.next_attempt_at) == ("sent", 1, None)


@pytest.mark.capability("CK27")
async def test_a_settled_charge_has_its_mail_in_the_same_transaction(bench: Bench, mail: FakeMail) -> None:
    """The mail and its job are there as soon as the receipt is, and only then."""
    await a_charge(bench, S.ENDED)
    assert await mails(bench) == []
    charge = await bench.value("SELECT id FROM charging_session")
    async with bench.work() as db:
        await issue_receipt(db=db, ports=bench.ports, now=bench.clock.now(), charging_session_id=charge)
        await db.rollback()
    assert await mails(bench) == []
    assert await bench.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_mail'") == 0


async def test_a_second_run_of_the_job_sends_nothing(bench: Bench, mail: FakeMail) -> None:
    """A job that is run twice finds the outcome."""
    await a_charge(bench, S.SETTLED)
    (row,) = await mails(bench)
    await send_mail(work=bench.work, ports=bench.ports, mail_id=row.id)
    assert len(mail.sent) == 1


async def test_nobody_there_is_tried_again_under_the_same_id(bench: Bench, mail: FakeMail) -> None:
    """The sweep brings it back after a break that doubles, not before; both attempts carry the same id."""
    mail.answers.extend([DOWN, DOWN])
    await a_charge(bench, S.SETTLED)
    assert await sweep_mails(work=bench.work, ports=bench.ports) == 0
    for seconds, tried in ((61, 2), (61, 2), (61, 3)):
        bench.clock.advance(seconds)
        await sweep_mails(work=bench.work, ports=bench.ports)
        await bench.drain()
        assert len(mail.tried) == tried
    assert len({each.id for each in mail.tried}) == 1
    (row,) = await mails(bench)
    assert (row.outcome, row.attempts) == ("sent", 3)


async def test_a_lost_job_is_found_by_the_sweep(bench: Bench, mail: FakeMail) -> None:
    """The row is the truth, the job only makes it fast."""
    charge = await a_charge(bench, S.ENDED)
    await push_cdr(bench, a_cdr(charge))
    await bench.run(Job.SETTLE, Job.CAPTURE_HOLD, Job.ISSUE_RECEIPT)
    await bench.rows("DELETE FROM procrastinate_jobs WHERE task_name = 'send_mail' RETURNING id")
    assert mail.sent == []
    bench.clock.advance(61)
    assert await sweep_mails(work=bench.work, ports=bench.ports) == 1
    await bench.drain()
    assert len(mail.sent) == 1


async def test_it_is_given_up_in_the_end(bench: Bench, mail: FakeMail) -> None:
    """After twelve attempts over days it is kept as given up, with the last answer."""
    mail.answers.extend([DOWN] * 20)
    await a_charge(bench, S.SETTLED)
    for _ in range(20):
        bench.clock.advance(timedelta(hours=13).total_seconds())
        await sweep_mails(work=bench.work, ports=bench.ports)
        await bench.run(Job.SEND_MAIL)
    (row,) = await mails(bench)
    assert (row.outcome, row.detail) == ("given_up", "nobody there")
    assert len(mail.tried) == MOST_ATTEMPTS


async def test_a_refused_address_is_noted_and_left_alone(bench: Bench, mail: FakeMail) -> None:
    """The server's words are kept; nothing is tried again."""
    mail.answers.append(MailRefused("mail_refused", answer="550 no such user"))
    await a_charge(bench, S.SETTLED)
    bench.clock.advance(timedelta(days=1).total_seconds())
    assert await sweep_mails(work=bench.work, ports=bench.ports) == 0
    (row,) = await mails(bench)
    assert (row.outcome, row.detail, len(mail.tried)) == ("refused", "550 no such user", 1)


async def test_without_a_server_nothing_is_pretended(bench: Bench, mail: FakeMail) -> None:
    """The mail is kept as not sent with the reason, and no page is made for nobody."""
    mail.off = "no_mail_server_set"
    await a_charge(bench, S.SETTLED)
    (row,) = await mails(bench)
    assert (row.outcome, row.detail, mail.tried) == ("not_sent", "no_mail_server_set", [])
    assert await bench.value("SELECT count(*) FROM receipt_file") == 0


async def test_a_credit_note_is_mailed_too(bench: Bench, mail: FakeMail) -> None:
    """The driver gets the note of a bill that fell."""
    charge = await a_charge(bench, S.SETTLED)
    await push_cdr(bench, a_cdr(charge, id="CREDIT", cost="-7.80", credit=True, credit_reference_id="CDR1"))
    await bench.drain()
    assert [each.subject.split()[0] for each in mail.sent] == ["receipt", "credit_note"]


@pytest.mark.capability("CK29", "CK32")
async def test_what_a_fleet_pays_is_not_mailed_to_the_driver(bench: Bench, mail: FakeMail) -> None:
    """The record is written and listed, the invoice goes to the fleet (CK29)."""
    charge = await a_charge(bench, S.ENDED)
    await bench.rows("UPDATE charging_session SET payer_type = 'fleet' RETURNING id")
    await push_cdr(bench, a_cdr(charge))
    await bench.drain()
    assert (mail.sent, await mails(bench)) == ([], [])
    assert await bench.value("SELECT document->>'payer_type' FROM receipt") == "fleet"


async def test_asking_again_sends_again_within_bounds(bench: Bench, mail: FakeMail) -> None:
    """Each key once, three an hour, then the wait is told; an hour later it works again."""
    charge = await a_charge(bench, S.SETTLED)

    async def ask(key: str) -> None:
        async with bench.work() as db:
            receipt = await receipt_of_charge(db=db, driver_id="drv_1", charging_session_id=charge.id)
            await resend_paper(
                db=db, ports=bench.ports, now=bench.clock.now(), receipt=receipt, to_address="new@example.test", key=key
            )

    for key in ("a", "a", "b", "c"):
        await ask(key)
    with pytest.raises(TooManyResends) as refused:
        await ask("d")
    assert refused.value.facts == {"retry_after_s": 3600, "most": 3, "within_s": 3600}
    bench.clock.advance(3601)
    await ask("d")
    await bench.drain()
    assert [each.to for each in mail.sent] == ["drv_1@example.test", *["new@example.test"] * 4]
    assert len({each.id for each in mail.sent}) == 5
    assert len({each.attachments[0].content for each in mail.sent}) == 1
