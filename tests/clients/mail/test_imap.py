"""Our IMAP against a real server on loopback: what is fetched stays unread until marked; waits are bounded."""

import time

import pytest

from api.ports.mail import MailSecurity
from api.ports.mailbox import MailboxUnavailable
from clients.mail import imap
from clients.mail.imap import ImapConfig, ImapMailbox, NoMailbox
from tests.imap_server import Folder, serve_imap

MAIL = b"From: a@b.example\r\nSubject: x\r\n\r\nHello {3}\r\n)\r\n"


def a_mailbox(folder: Folder, **fields: object) -> ImapMailbox:
    """Return our side of a mailbox."""
    config = {"username": folder.user, "password": folder.password, "security": MailSecurity.NONE} | fields
    return ImapMailbox(ImapConfig(host="127.0.0.1", port=folder.port, **config))  # type: ignore[arg-type]


@pytest.mark.capability("CN02")
async def test_unread_mails_come_oldest_first_and_are_marked_when_we_have_them() -> None:
    """Bytes come as they lie there; fetching marks nothing; what was marked does not come again."""
    async with serve_imap(Folder()) as folder:
        uids = [folder.put(MAIL + bytes([65 + number])) for number in range(3)]
        box = a_mailbox(folder)
        first = await box.unread(most=2)
        assert [(each.uid, each.content) for each in first] == [(str(u), folder.mails[u]) for u in uids[:2]]
        assert folder.seen == set()
        await box.mark_read([each.uid for each in first])
        assert [each.uid for each in await box.unread(most=9)] == [str(uids[2])]
        await box.mark_read([])


async def test_a_huge_mail_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills our memory with one mail: of a large one its beginning is fetched, and that is told."""
    monkeypatch.setattr(imap, "LARGEST", 1000)
    monkeypatch.setattr(imap, "CUT_TO", 100)
    async with serve_imap(Folder()) as folder:
        folder.put(MAIL + bytes(2000))
        (mail,) = await a_mailbox(folder).unread(most=1)
        assert (len(mail.content), mail.cut) == (100, True)


async def test_a_mailbox_that_is_away_says_so_in_time() -> None:
    """A wrong password, a server that says nothing, hangs up or is not there: each is for later, and in time."""
    folder = Folder()
    async with serve_imap(folder):
        folder.put(MAIL)
        with pytest.raises(MailboxUnavailable, match="wrong"):
            await a_mailbox(folder, password="other").unread(most=1)
        folder.dies_at = b"FETCH"
        with pytest.raises(MailboxUnavailable):
            await a_mailbox(folder).unread(most=1)
        folder.silent = True
        began = time.monotonic()
        with pytest.raises(MailboxUnavailable):
            await a_mailbox(folder, timeout_seconds=0.3).unread(most=1)
        assert time.monotonic() - began < 5
    with pytest.raises(MailboxUnavailable):
        await a_mailbox(folder, timeout_seconds=0.3).unread(most=1)


async def test_without_a_mailbox_nothing_is_read() -> None:
    """It says why."""
    box = NoMailbox()
    assert (box.why_off(), list(await box.unread(most=5))) == ("no_mailbox_set", [])
