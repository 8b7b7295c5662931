"""A server that speaks HTTP/2 and nothing else, over TLS, as Apple's does; made of the ``h2`` state machine."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.clients.push.standing_in import Asked, Recorder, pem


def make_certificate(path: Path) -> Path:
    """Write a fresh certificate of this machine with its key into one file, and return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(pem(key).encode() + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextlib.asynccontextmanager
async def serving_http2(recorder: Recorder, certificate: Path) -> AsyncIterator[str]:
    """Serve on a free port of loopback and yield the base URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await _talk(recorder, reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _talk(recorder: Recorder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    open_streams: dict[int, Asked] = {}
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                headers = {str(name): str(value) for name, value in event.headers or []}
                asked = Asked(headers[":method"], headers[":path"], headers, b"")
                open_streams[event.stream_id or 0] = asked
            elif isinstance(event, h2.events.DataReceived):
                open_streams[event.stream_id or 0].body += event.data or b""
                connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            elif isinstance(event, h2.events.StreamEnded):
                stream = event.stream_id or 0
                status, body, more = recorder.take(open_streams.pop(stream))
                connection.send_headers(stream, [(":status", str(status)), *more.items()])
                connection.send_data(stream, body, end_stream=True)
        writer.write(connection.data_to_send())
        await writer.drain()
