"""What arrived in a test's mailbox: letters that were sent, and the links and codes in them."""

import re
from urllib.parse import urlsplit

from api.db import UnitOfWork
from api.ports import Ports
from api.ports.mail import OutgoingMail
from api.services.deferral import Job
from tests.bench import run_jobs
from tests.fakes import FakeMail

_ACCOUNTS = (Job.ANSWER_REQUEST, Job.SEND_LETTER, Job.MAKE_EXPORT)
_LINK = re.compile(r"https?://\S+/account/\S+")
_CODE = re.compile(r"\b\d{4} \d{4}\b")


async def new_mails(work: UnitOfWork, ports: Ports) -> list[OutgoingMail]:
    """Run what accounts have due and return the mails that went out since the last look, oldest first."""
    mail = ports.mail
    assert isinstance(mail, FakeMail)
    await run_jobs(work, ports, only=_ACCOUNTS)
    sent = list(mail.sent)
    mail.sent.clear()
    return sent


def path_in(mail: OutgoingMail) -> str:
    """Return the path of the one link in a mail, as a browser would ask for it."""
    (link,) = _LINK.findall(mail.text)
    return str(urlsplit(link).path)


def token_in(mail: OutgoingMail) -> str:
    """Return the token of the link in a mail."""
    return path_in(mail).rpartition("/")[2]


def code_in(mail: OutgoingMail) -> str:
    """Return the code in a mail."""
    (code,) = _CODE.findall(mail.text)
    return str(code)
