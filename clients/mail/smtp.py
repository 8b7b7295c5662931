"""Mail over SMTP (RFC 5321, 3207, 8314): one connection a message, a bound on every wait, and what answers mean.

5xx to the address or the message is for good, anything else is for later: a wrong password, a greylisting and a
connection that breaks are our side's or the server's to mend, and the message stays good. Does not live here: trying
again.
"""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from api.ports.mail import MailRefused, MailSecurity, MailUnavailable, OutgoingMail

PERMANENT = 500
_LONGEST_ANSWER = 300
_ADDRESS = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")
"""One mailbox, and nothing that could begin another header or recipient."""
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """Where and how to hand over mail. ``sender`` is the address in From and the envelope."""

    host: str
    port: int
    sender: str
    sender_name: str
    security: MailSecurity = MailSecurity.STARTTLS
    username: str | None = None
    password: str | None = None
    timeout_seconds: float = 10.0
    tls_context: ssl.SSLContext | None = None
    """Who is trusted, where that is not the machine's usual store."""


class SmtpMail:
    """Implements ``ports.mail.Mail`` with a mail server."""

    def __init__(self, config: SmtpConfig, *, now: Callable[[], datetime]) -> None:
        """Keep the configuration; connections are made per message. ``now`` dates messages."""
        self._config, self._now = config, now

    def why_off(self) -> str | None:
        """Return None: there is a server."""
        return None

    async def send(self, mail: OutgoingMail) -> None:
        """Hand a message over."""
        if not _ADDRESS.fullmatch(mail.to):
            raise MailRefused("mail_refused", answer="this is no address")
        config = self._config
        client = aiosmtplib.SMTP(
            hostname=config.host,
            port=config.port,
            timeout=config.timeout_seconds,
            use_tls=config.security is MailSecurity.TLS,
            start_tls=config.security is MailSecurity.STARTTLS,
            tls_context=config.tls_context,
        )
        try:
            async with client:
                if config.username is not None:
                    await client.login(config.username, config.password or "")
                await client.send_message(self.message(mail), sender=config.sender, recipients=[mail.to])
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _meaning(error.recipients[0].code, error.recipients[0].message) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise _meaning(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailUnavailable("mail_unavailable", answer=str(error)[:_LONGEST_ANSWER]) from error

    def message(self, mail: OutgoingMail) -> EmailMessage:
        """Return a message as it goes over the wire; its Message-ID depends on nothing but its id and our domain."""
        config = self._config
        user, _, domain = config.sender.rpartition("@")
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = Address(config.sender_name, user, domain)
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{mail.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        if mail.reply_to is not None:
            message["Reply-To"] = mail.reply_to
        if thread := [each for each in mail.thread if _MESSAGE_ID.fullmatch(each)]:
            message["In-Reply-To"], message["References"] = thread[-1], " ".join(thread)
        message.set_content(mail.text)
        for each in mail.attachments:
            kind, _, subtype = each.media_type.partition("/")
            message.add_attachment(each.content, maintype=kind, subtype=subtype, filename=each.name)
        message["Content-Language"] = mail.language  # last: what is added as content takes such headers along
        return message


def _meaning(code: int, words: str) -> MailRefused | MailUnavailable:
    """Return what a server's answer to an address or a message means."""
    answer = f"{code} {words}"[:_LONGEST_ANSWER]
    if code >= PERMANENT:
        return MailRefused("mail_refused", answer=answer)
    return MailUnavailable("mail_unavailable", answer=answer)


class NoMail:
    """Implements ``ports.mail.Mail`` where no server is set: says so, and never pretends to have sent anything."""

    def why_off(self) -> str | None:
        """Return the reason."""
        return "no_mail_server_set"

    async def send(self, mail: OutgoingMail) -> None:
        """Refuse."""
        raise MailUnavailable("mail_unavailable", answer=f"no mail server is set; {mail.id} is not sent")
