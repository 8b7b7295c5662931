"""A mailbox for the sandbox: takes whatever our processes send by SMTP on loopback, and shows it to who asks.

Only what a client needs that sends plain mail (RFC 5321): no TLS, no sign-in, nothing is passed on. Each mail is kept
as a file, so that a mail reader can open it, and answered as text by address.
"""

import asyncio
import email
import email.policy
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

PATIENCE_S = 30
"""How long somebody who asks for a mail waits for it: a job sends it."""


@dataclass(frozen=True, slots=True)
class TakenMail:
    """One mail that arrived."""

    to: tuple[str, ...]
    subject: str
    text: str


@dataclass
class Mailbox:
    """Keeps what arrives, in memory and as files in ``folder``."""

    folder: Path
    taken: list[TakenMail] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def serve(self, port: int) -> asyncio.Server:
        """Listen on loopback until the returned server is closed; mails of an earlier run are thrown away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.eml"):
            old.unlink()
        return await asyncio.start_server(self._talk, "127.0.0.1", port)

    async def newest(self, address: str) -> TakenMail | None:
        """Return the newest mail to an address, waiting a while for the first; None when none comes."""

        def found() -> TakenMail | None:
            return next((mail for mail in reversed(self.taken) if address.lower() in mail.to), None)

        async with self.arrived:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.arrived.wait_for(lambda: found() is not None)
            except TimeoutError:
                return None
        return found()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak with one client until it leaves."""
        recipients: list[str] = []
        try:
            writer.write(b"220 sandbox mailbox\r\n")
            while line := await reader.readline():
                word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                answer = "250 fine"
                match word.upper():
                    case "RCPT":
                        recipients.append(rest.partition("<")[2].partition(">")[0].lower())
                    case "MAIL" | "RSET":
                        recipients.clear()
                    case "DATA":
                        writer.write(b"354 go on, and end with a dot\r\n")
                        await self._keep(tuple(recipients), await _content(reader))
                    case "QUIT":
                        writer.write(b"221 bye\r\n")
                        break
                    case "HELO" | "EHLO" | "NOOP":
                        pass
                    case _:
                        answer = "502 not here"
                writer.write(f"{answer}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _keep(self, to: tuple[str, ...], content: bytes) -> None:
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        text = str(body.get_content()) if body is not None else ""
        (self.folder / f"{len(self.taken) + 1:04d}.eml").write_bytes(content)
        async with self.arrived:
            self.taken.append(TakenMail(to, str(message["Subject"]), text))
            self.arrived.notify_all()


async def _content(reader: asyncio.StreamReader) -> bytes:
    """Read a message to its lone dot, dots doubled on the way made single again."""
    lines: list[bytes] = []
    while (line := await reader.readuntil(b"\n")) not in (b".\r\n", b".\n"):
        lines.append(line.removeprefix(b"."))
    return b"".join(lines)
