"""Mail in: each once, threads by number and headers, robots never, and nobody gets into somebody else's case."""

from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from api.domain.account_number import make_account_number
from api.domain.support.case import CaseEventKind, CaseStep
from api.models.support import SupportCase
from api.services.deferral import Job
from api.services.support.advance import Told, locked_case, step_case
from api.services.support.inbound import sweep_unread_mails, take_in_mails
from api.services.support.tell import tell_cases
from tests.bench import Bench
from tests.builders import a_driver
from tests.cases import a_case, staff_does
from tests.fakes import FakeMail, FakeMailbox, SimulatedCrash

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Return an installation with an address for customers."""
    bench.ports = replace(bench.ports, policy=replace(bench.ports.policy, support_address="help@us.example"))
    return bench


def a_mail(number: int = 1, *, text: str = "It does not start.", html: bool = False, **headers: Any) -> bytes:
    """Return a mail of Eve's as it comes over the wire."""
    message = EmailMessage(policy=SMTP)
    usual = {"From": "Eve Holm <eve@example.com>", "Subject": "Broken", "Message-ID": f"<{number}@example.com>"}
    for name, value in (usual | {each.replace("_", "-"): value for each, value in headers.items()}).items():
        if value is not None:
            message[name] = value
    message.set_content(text, subtype="html" if html else "plain")
    return message.as_bytes()


async def comes(bench: Bench, *mails: bytes) -> list[str]:
    """Let mails come in and be read; return what each came to."""
    box = bench.ports.mailbox
    assert isinstance(box, FakeMailbox)
    for mail in mails:
        box.put(mail)
    await take_in_mails(work=bench.work, ports=bench.ports, now=bench.clock.now())
    await bench.run(Job.READ_MAIL)
    return [row[0] for row in await bench.rows("SELECT outcome FROM inbound_mail ORDER BY id")]


async def texts(bench: Bench, case_id: str) -> list[str]:
    """Return what a customer wrote in a case."""
    query = "SELECT text FROM support_case_event WHERE case_id = :id AND by = 'customer' ORDER BY id"
    return [row[0] for row in await bench.rows(query, id=case_id)]


async def cases(bench: Bench) -> list[SupportCase]:
    """Return all cases, the oldest first."""
    ids = [row[0] for row in await bench.rows("SELECT id FROM support_case ORDER BY id")]
    async with bench.work() as db:
        return [await db.get_one(SupportCase, each) for each in ids]


@pytest.mark.capability("CN02", "CN06")
async def test_a_mail_opens_a_case_and_the_answer_to_ours_finds_it_again(bench: Bench) -> None:
    """Opened once, acknowledged in its thread; an answer threads by the number, or by our Message-ID alone."""
    assert await comes(bench, a_mail()) == ["opened"]
    (case,) = await cases(bench)
    assert (case.channel, case.customer_name, case.customer_email) == ("email", "Eve Holm", "eve@example.com")
    assert case.description == "Broken\n\nIt does not start."
    await tell_cases(work=bench.work, ports=bench.ports, now=bench.clock.now())
    await bench.run(Job.SEND_CASE_MAIL)
    mail = bench.ports.mail
    assert isinstance(mail, FakeMail)
    (sent,) = mail.sent
    assert (sent.subject[:14], sent.reply_to, sent.thread) == (
        f"[{case.number}]",
        "help@us.example",
        ("<1@example.com>",),
    )
    quoted = "Thank you.\n\nOn Monday Us wrote:\n> We have your case\n"
    by_number = a_mail(2, text=quoted, Subject=f"Re: {sent.subject}")
    by_thread = a_mail(3, text="And again.", Subject="Re", In_Reply_To=f"<{sent.id}@us.example>")
    assert await comes(bench, by_number, by_thread) == ["opened", "answered", "answered"]
    assert await texts(bench, case.id) == [case.description, "Thank you.", "And again."]


@pytest.mark.capability("CN02", "CN14")
async def test_a_stranger_who_names_a_case_gets_one_of_their_own(bench: Bench) -> None:
    """By number, by our Message-ID, or both: nothing gets into the case; staff see both, customers neither."""
    case = await a_case(bench.work, bench.ports)
    await tell_cases(work=bench.work, ports=bench.ports, now=bench.clock.now())
    ours = await bench.value("SELECT id FROM support_mail")
    by_number = a_mail(1, From="mallory@example.com", Subject=f"[{case.number}] give me the link")
    by_thread = a_mail(2, From="mallory@example.com", References=f"<{ours}@us.example>")
    two_senders = a_mail(3, From="eve@example.com, mallory@example.com", Subject=f"[{case.number}]")
    assert await comes(bench, by_number, by_thread, two_senders) == ["opened", "opened", "unreadable"]
    assert await texts(bench, case.id) == ["It stopped twice."]
    rows = await bench.rows("SELECT case_id, public, detail->>'because' FROM support_case_event WHERE kind = 'linked'")
    assert len(rows) == 4
    assert {(row[1], row[2]) for row in rows} == {(False, "not_its_customer")}
    await tell_cases(work=bench.work, ports=bench.ports, now=bench.clock.now())
    new = [each for each in await cases(bench) if each.id != case.id]
    assert {each.customer_email for each in new} == {"mallory@example.com"}
    assert await bench.value("SELECT count(*) FROM support_mail WHERE to_address = 'eve@example.com'") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (failure)"},
        {"Precedence": "bulk"},
        {"List_Id": "<x.example.com>"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "help@us.example"},
        {"From": "no-reply@example.com"},
        {"Message_ID": "<cml_1@us.example>"},
    ],
)
async def test_robots_open_and_answer_nothing(bench: Bench, headers: dict[str, Any]) -> None:
    """Auto-replies, bounces, lists and our own mails would go round and round; with a case's number or without."""
    case = await a_case(bench.work, bench.ports)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.ASKED, "Which?")
    mail = a_mail(1, **({"Subject": f"Re: [{case.number}]"} | headers))
    assert await comes(bench, mail) == ["automatic"]
    assert await bench.rows("SELECT id, state FROM support_case") == [(case.id, "waiting")]


@pytest.mark.capability("CN02")
async def test_a_crash_between_fetching_and_marking_doubles_and_loses_nothing(bench: Bench) -> None:
    """Dead before marking, and again; the same Message-ID twice in the mailbox; a lost job: each mail is one case."""
    box = bench.ports.mailbox
    assert isinstance(box, FakeMailbox)
    box.put(a_mail(1))
    for _ in range(2):
        box.answers.extend([None, SimulatedCrash("mark_read")])
        with pytest.raises(SimulatedCrash):
            await take_in_mails(work=bench.work, ports=bench.ports, now=bench.clock.now())
    async with bench.work() as db:
        await (await db.connection()).exec_driver_sql("DELETE FROM procrastinate_jobs")
    assert await sweep_unread_mails(work=bench.work) == 1
    nameless = a_mail(2, text="No id", Message_ID=None)
    assert await comes(bench, a_mail(1), nameless, nameless) == ["opened", "opened"]
    assert len(await cases(bench)) == 2
    assert await bench.value("SELECT count(*) FROM inbound_mail WHERE content IS NOT NULL") == 0


@pytest.mark.capability("EP11")
async def test_who_has_an_account_is_asked_for_its_number(bench: Bench) -> None:
    """Until it is told the case waits, and is not in anybody's account; then it is, and its clock runs."""
    number = make_account_number(42)
    await a_driver(bench, email="eve@example.com", account_number=number, language="nb")
    await comes(bench, a_mail())
    (case,) = await cases(bench)
    assert (case.state, case.driver_id, case.first_answered_at) == ("waiting", None, None)
    await tell_cases(work=bench.work, ports=bench.ports, now=bench.clock.now())
    assert await bench.rows("SELECT template, language FROM support_mail") == [("account_number", "nb")]
    bench.clock.advance(3600)
    await comes(bench, a_mail(2, Subject=f"Re: [{case.number}]", text=f"It is {number}."))
    (case,) = await cases(bench)
    assert (case.state, case.driver_id, case.account_number) == ("open", "drv_1", number)
    await comes(bench, a_mail(3, Subject="New", text=f"My number: {number.replace('-', ' ')}"))
    assert [(each.state, each.driver_id) for each in await cases(bench)] == [("open", "drv_1")] * 2
    await comes(bench, a_mail(4, From="other@example.com", text=f"I am {number}"))
    assert (await cases(bench))[-1].driver_id is None


@pytest.mark.capability("CN16")
async def test_writing_to_a_closed_case_opens_another_beside_it(bench: Bench) -> None:
    """A solved one is open again; a closed one stays closed."""
    case = await a_case(bench.work, bench.ports)
    await staff_does(bench.work, bench.ports, case.id, CaseEventKind.RESOLVED, "Done")
    await comes(bench, a_mail(1, Subject=f"Re: [{case.number}]"))
    assert (await cases(bench))[0].state == "open"
    async with bench.work() as db:
        row = await locked_case(db=db, case_id=case.id)
        step_case(db, bench.clock.now(), row, CaseStep.WITHDRAW, Told(CaseEventKind.CLOSED, "customer", public=True))
    await comes(bench, a_mail(2, Subject=f"Re: [{case.number}]"))
    assert sorted(each.state for each in await cases(bench)) == ["closed", "open"]


async def test_files_come_along_and_what_is_none_of_ours_is_noted(bench: Bench) -> None:
    """A picture is kept, a program is not, and staff read that there was one."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"], message["Message-ID"] = "eve@example.com", "Files", "<f@example.com>"
    message.set_content("See here")
    message.add_attachment(PNG, maintype="image", subtype="png", filename="display.png")
    message.add_attachment(b"MZ\x90", maintype="image", subtype="png", filename="run.png")
    await comes(bench, message.as_bytes())
    assert await bench.rows("SELECT name, media_type, content FROM support_attachment") == [
        ("display.png", "image/png", PNG)
    ]
    assert await bench.value("SELECT text FROM support_case_event WHERE kind = 'note'") == "run.png: file_kind_unknown"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe" * 100,
        b"From: eve@example.com\r\nMessage-ID: <x@y>\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 50,
        b"From: eve@example.com\r\nContent-Type: text/plain; charset=no-such\r\n\r\nWords\x00\x07\xff",
        b"From: =?x?q?=00?= <eve@example.com>\r\nSubject: =?utf-8?b?////?=\r\n\r\nWords",
        b"From: eve@example.com\r\nContent-Type: text/html\r\n\r\n<style>x</style><p>Words<br>more",
    ],
)
async def test_broken_mails_break_nothing(bench: Bench, content: bytes) -> None:
    """Whatever comes is read or laid aside, and what comes after it is read."""
    outcomes = await comes(bench, content, a_mail(9))
    assert outcomes[0] in ("opened", "unreadable", "empty")
    assert outcomes[1] == "opened"
    assert await bench.value("SELECT count(*) FROM inbound_mail WHERE outcome = 'waiting'") == 0
