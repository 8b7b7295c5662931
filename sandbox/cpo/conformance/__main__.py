"""``python -m sandbox.cpo.conformance``: play an operator against an eMSP, print a table, exit 1 when a case failed.

The eMSP calls us back during the handshake, so it must be able to reach ``--public-url``; on one machine the default
will do.
"""

import argparse
import asyncio
import socket
import sys
from collections import Counter

import uvicorn

from sandbox.cpo.app import create_app
from sandbox.cpo.conformance.kit import Kit
from sandbox.cpo.conformance.run import CASES, line, play
from sandbox.cpo.wires import VERSIONS
from sandbox.cpo.world import CpoConfig


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox conformance", description="Conformance cases for an eMSP (OCPI).")
    parser.add_argument("--versions-url", help="the eMSP's list of versions")
    parser.add_argument("--token", help="a registration token that the eMSP gave; the run uses it up")
    parser.add_argument("--version", default="2.2.1", choices=VERSIONS)
    parser.add_argument("--case", action="append", default=[], choices=[case.name for case in CASES], metavar="NAME")
    parser.add_argument("--host", default="127.0.0.1", help="where the eMSP's calls come in")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--public-url", help="URL under which the eMSP reaches us")
    parser.add_argument("--list-cases", action="store_true")
    wanted = parser.parse_args()
    if not wanted.list_cases and not (wanted.versions_url and wanted.token):
        parser.error("--versions-url and --token are needed")
    return wanted


async def _run(wanted: argparse.Namespace) -> int:
    sock = socket.socket()
    sock.bind((wanted.host, wanted.port))
    base = (wanted.public_url or f"http://{wanted.host}:{sock.getsockname()[1]}").rstrip("/")
    app = create_app(CpoConfig(public_url=base))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    kit = Kit(app.state.world, base, wanted.versions_url, wanted.token, wanted.version)
    counts: Counter[str] = Counter()
    async for outcome in play(kit, tuple(wanted.case)):
        counts[outcome.status] += 1
        sys.stdout.write(line(outcome) + "\n")
        sys.stdout.flush()
    sys.stdout.write(
        f"\nOCPI {wanted.version}: " + ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) + "\n"
    )
    server.should_exit = True
    await serving
    return 1 if counts["failed"] else 0


def main() -> None:
    """Play the cases and leave with what they say."""
    wanted = _arguments()
    if wanted.list_cases:
        sys.stdout.write("".join(f"{case.name:<20}{case.rule}\n" for case in CASES))
        return
    sys.exit(asyncio.run(_run(wanted)))


if __name__ == "__main__":
    main()
