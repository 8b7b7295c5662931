"""A small real IMAP server on the loopback (RFC 3501, as far as one mailbox needs), with faults to switch on."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_TAGGED = re.compile(rb"(\S+) (UID )?(\S+) ?(.*)\r\n", re.I)


@dataclass
class Folder:
    """One mailbox: what lies in it by uid, and what was seen."""

    user: str = "support"
    password: str = "secret"
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    port: int = 0
    silent: bool = False
    """Takes connections and says nothing."""
    dies_at: bytes | None = None
    """Closes the connection instead of carrying this command out, once."""
    said: list[bytes] = field(default_factory=list)

    def put(self, content: bytes) -> int:
        """Lay a mail into it; return its uid."""
        uid = max(self.mails, default=100) + 1
        self.mails[uid] = content
        return uid


@asynccontextmanager
async def serve_imap(folder: Folder) -> AsyncIterator[Folder]:
    """Serve a mailbox as long as the block runs."""
    server = await asyncio.start_server(lambda reader, writer: _talk(folder, reader, writer), "127.0.0.1", 0)
    folder.port = server.sockets[0].getsockname()[1]
    try:
        yield folder
    finally:
        server.close()


async def _talk(folder: Folder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        if folder.silent:
            await reader.read()
            return
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            match = _TAGGED.fullmatch(line)
            assert match is not None, line
            tag, command, rest = match[1], match[3].upper(), match[4]
            folder.said.append(command)
            if folder.dies_at == command:
                folder.dies_at = None
                return
            for part in _answer(folder, command, rest):
                writer.write(part)
            right = command != b"LOGIN" or rest == f'{folder.user} "{folder.password}"'.encode()
            writer.write(tag + (b" OK done\r\n" if right else b" NO [AUTHENTICATIONFAILED] wrong\r\n"))
            await writer.drain()
            if command == b"LOGOUT":
                return
    finally:
        writer.close()


def _answer(folder: Folder, command: bytes, rest: bytes) -> list[bytes]:
    if command == b"CAPABILITY":
        return [b"* CAPABILITY IMAP4rev1\r\n"]
    if command == b"SELECT":
        return [f"* {len(folder.mails)} EXISTS\r\n".encode()]
    if command == b"SEARCH":
        return [b"* SEARCH " + b" ".join(str(uid).encode() for uid in folder.mails if uid not in folder.seen) + b"\r\n"]
    if command == b"STORE":
        uids, _, flags = rest.partition(b" ")
        assert rb"\Seen" in flags
        folder.seen |= {int(uid) for uid in uids.split(b",")}
        return []
    if command == b"FETCH":
        return [_fetched(folder, rest)]
    return [b"* BYE\r\n"] if command == b"LOGOUT" else []


def _fetched(folder: Folder, rest: bytes) -> bytes:
    uid, _, what = rest.partition(b" ")
    content = folder.mails[int(uid)]
    if b"RFC822.SIZE" in what:
        return b"* 1 FETCH (UID %s RFC822.SIZE %d)\r\n" % (uid, len(content))
    part = re.search(rb"<0\.(\d+)>", what)
    content = content[: int(part[1])] if part else content
    return b"* 1 FETCH (UID %s BODY[] {%d}\r\n%s)\r\n" % (uid, len(content), content)
