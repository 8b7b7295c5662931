"""A case by mail from end to end: a real mailbox over IMAP, a real server over SMTP, both on the loopback."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from api.domain.support.case import CaseEventKind
from api.ports.mail import MailSecurity
from api.services.deferral import Job
from api.services.support.inbound import take_in_mails
from api.services.support.tell import tell_cases
from clients.mail.imap import ImapConfig, ImapMailbox
from clients.mail.smtp import SmtpConfig, SmtpMail
from tests.bench import Bench
from tests.cases import staff_does
from tests.imap_server import Folder, serve_imap


@dataclass
class Post:
    """What the server took."""

    taken: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Take a message."""
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 Taken"


@asynccontextmanager
async def serving(post: Post) -> AsyncIterator[int]:
    """Run an SMTP server; yield its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, loop=loop), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def eve_writes(subject: str, text: str, message_id: str, answers: str | None = None) -> bytes:
    """Return a mail as Eve's program sends it."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = "Eve Hólm <eve@example.com>", "help@us.example"
    message["Subject"], message["Message-ID"] = subject, message_id
    if answers is not None:
        message["In-Reply-To"], message["References"] = answers, answers
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.capability("CN02", "CN06")
async def test_a_customer_writes_is_answered_and_answers(bench: Bench) -> None:
    """In over IMAP, out over SMTP with the number and in the thread, in again by the thread alone; then all is read."""
    post, folder = Post(), Folder()
    async with serving(post) as smtp_port, serve_imap(folder):
        imap = ImapConfig("127.0.0.1", folder.port, folder.user, folder.password, security=MailSecurity.NONE)
        smtp = SmtpConfig("127.0.0.1", smtp_port, "mail@us.example", "Us", MailSecurity.NONE)
        bench.ports = replace(
            bench.ports,
            mail=SmtpMail(smtp, now=bench.clock.now),
            mailbox=ImapMailbox(imap),
            policy=replace(bench.ports.policy, support_address="help@us.example"),
        )

        async def a_minute() -> None:
            now = bench.clock.now()
            await take_in_mails(work=bench.work, ports=bench.ports, now=now)
            await bench.run(Job.READ_MAIL)
            await tell_cases(work=bench.work, ports=bench.ports, now=now)
            await bench.run(Job.SEND_CASE_MAIL)

        folder.put(eve_writes("Køffert", "Es lädt nicht: ß", "<1@example.com>"))
        await a_minute()
        (opened,) = post.taken
        case_id, number = (await bench.rows("SELECT id, number FROM support_case"))[0]
        assert opened["Subject"] == f"[{number}] We have your case"
        assert (opened["To"], opened["Reply-To"], opened["In-Reply-To"]) == (
            "eve@example.com",
            "help@us.example",
            "<1@example.com>",
        )
        await staff_does(bench.work, bench.ports, case_id, CaseEventKind.ASKED, "Which cable?")
        await a_minute()
        folder.put(eve_writes("AW: your mail", "The long one", "<2@example.com>", str(post.taken[1]["Message-ID"])))
        await a_minute()
        await a_minute()
    assert await bench.rows("SELECT state, channel, customer_name FROM support_case") == [("open", "email", "Eve Hólm")]
    assert await bench.value("SELECT text FROM support_case_event WHERE kind = 'from_customer'") == "The long one"
    assert len(post.taken) == 2
    assert folder.seen == set(folder.mails)
