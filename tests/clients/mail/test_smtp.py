"""Our SMTP against a real server (aiosmtpd) on loopback: TLS both ways, refusals, silence, and what arrives."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.ports.mail import Attachment, MailRefused, MailSecurity, MailUnavailable, OutgoingMail
from clients.mail.smtp import SmtpConfig, SmtpMail

NOW = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n" + bytes(range(256))
MAIL = OutgoingMail(
    id="mai_77cc",
    to="robin@driver.example",
    subject="Beleg CHH-2026-000123 über 11,42 €",
    text="Grüße\n.\n.. with dots\n",
    language="de",
    attachments=(Attachment("CHH-2026-000123.pdf", PDF),),
)


@dataclass
class Post:
    """What the server does, and what it took."""

    answers: dict[str, str] = field(default_factory=dict)
    """By command: what it says instead of yes."""
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    slow: float = 0.0

    async def handle_RCPT(  # noqa: N802 - the server's own name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or say what was told to."""
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a message."""
        await asyncio.sleep(self.slow)
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((str(envelope.mail_from), list(envelope.rcpt_tos), message))
        self.encrypted.append(session.ssl is not None)
        return "250 Taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh certificate of this machine with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    """Return the server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@asynccontextmanager
async def serving(post: Post, *, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[int]:
    """Run a server on a free port of loopback and yield the port."""
    loop = asyncio.get_running_loop()
    make: Callable[[], SMTP] = lambda: SMTP(post, loop=loop, **options)  # noqa: E731 - a factory for the loop
    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def ours(port: int, **fields: Any) -> SmtpMail:
    """Return our side."""
    config = SmtpConfig("127.0.0.1", port, "receipts@chargehand.test", "Chargehand", timeout_seconds=5)
    return SmtpMail(replace(config, **({"security": MailSecurity.NONE} | fields)), now=lambda: NOW)


async def test_what_arrives_is_what_was_sent() -> None:
    """Umlauts, a line that is a dot, the bytes of the PDF, and the headers of a mail that a machine wrote."""
    post = Post()
    async with serving(post) as port:
        await ours(port).send(MAIL)
    ((sender, recipients, message),) = post.taken
    assert (sender, recipients) == ("receipts@chargehand.test", ["robin@driver.example"])
    assert message["Subject"] == MAIL.subject
    assert message["From"] == "Chargehand <receipts@chargehand.test>"
    assert message["Message-ID"] == "<mai_77cc@chargehand.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert message["Date"].datetime == NOW
    body, (attached,) = message.get_body(), list(message.iter_attachments())
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == MAIL.text
    assert (attached.get_filename(), attached.get_content_type()) == ("CHH-2026-000123.pdf", "application/pdf")
    assert attached.get_content() == PDF


async def test_a_second_copy_has_the_same_id() -> None:
    """Sent again after a crash, mailboxes know it for the same message."""
    post = Post()
    async with serving(post) as port:
        await ours(port).send(MAIL)
        await ours(port).send(MAIL)
    assert {message["Message-ID"] for _, _, message in post.taken} == {"<mai_77cc@chargehand.test>"}


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
async def test_both_kinds_of_tls_encrypt(certificate: Path, security: MailSecurity) -> None:
    """From the first byte, or from STARTTLS on, with a password that only then is said."""
    post, context = Post(), server_context(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate))
    tells: list[LoginPassword] = []

    def login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        tells.append(data)
        return AuthResult(success=data.password == b"open sesame")

    options: dict[str, Any] = {"authenticator": login}
    implicit = security is MailSecurity.TLS
    starttls = {"tls_context": context, "require_starttls": True, "auth_required": True}
    options |= {"auth_require_tls": False} if implicit else starttls
    async with serving(post, tls=context if implicit else None, **options) as port:
        mail = ours(port, security=security, tls_context=trusted, username="us", password="open sesame")
        await mail.send(MAIL)
        with pytest.raises(MailUnavailable):
            await ours(port, security=security, tls_context=trusted, username="us", password="wrong").send(MAIL)
    assert len(post.taken) == 1
    assert [tell.login for tell in tells] == [b"us", b"us"]


async def test_a_server_without_tls_is_not_spoken_to_in_clear() -> None:
    """Told to encrypt, a message never goes in clear because the server cannot, or because somebody cut the offer."""
    post = Post()
    async with serving(post) as port:
        with pytest.raises(MailUnavailable):
            await ours(port, security=MailSecurity.STARTTLS).send(MAIL)
    assert post.taken == []


async def test_a_stranger_with_a_certificate_is_not_trusted(certificate: Path) -> None:
    """A certificate that nobody we trust signed ends the conversation."""
    post = Post()
    async with serving(post, tls_context=server_context(certificate)) as port:
        with pytest.raises(MailUnavailable):
            await ours(port, security=MailSecurity.STARTTLS).send(MAIL)
    assert post.taken == []


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "550 5.1.1 No such user", MailRefused),
        ("DATA", "554 5.7.1 Not wanted", MailRefused),
        ("RCPT", "451 4.7.1 Greylisted, come back", MailUnavailable),
        ("DATA", "452 4.3.1 Disk full", MailUnavailable),
    ],
)
async def test_refused_and_not_now_are_told_apart(command: str, answer: str, error: type[MailRefused]) -> None:
    """Five hundreds are for good, four hundreds for later; the server's own words are kept."""
    async with serving(Post(answers={command: answer})) as port:
        with pytest.raises(error) as found:
            await ours(port).send(MAIL)
    assert str(found.value.facts["answer"]).startswith(answer[:9])


async def test_a_silent_server_does_not_hold_us() -> None:
    """The wait is bounded, and the mail is for later."""
    async with serving(Post(slow=3.0)) as port:
        with pytest.raises(MailUnavailable):
            await asyncio.wait_for(ours(port, timeout_seconds=0.3).send(MAIL), 2)


async def test_nobody_there_is_for_later() -> None:
    """A port where nobody listens."""
    async with serving(Post()) as port:
        pass
    with pytest.raises(MailUnavailable):
        await ours(port).send(MAIL)


@pytest.mark.parametrize("bad", ["robin@driver.example\r\nBcc: all@driver.example", "", "nobody"])
async def test_an_address_never_begins_another_header(bad: str) -> None:
    """An address with a line break, or none, goes nowhere: no second recipient is reached."""
    post = Post()
    async with serving(post) as port:
        with pytest.raises(MailRefused):
            await ours(port).send(replace(MAIL, to=bad))
    assert [recipients for _, recipients, _ in post.taken] == []
