"""``python -m sandbox.cpo``: run a virtual CPO or hub. Prints one line with its versions URL and registration token."""

import argparse
import socket
import sys
import time
from pathlib import Path

import uvicorn

from sandbox.cpo.app import create_app
from sandbox.cpo.clock import FileClock
from sandbox.cpo.faults import FAULTS
from sandbox.cpo.feed import Feed, load_feed, own_feed
from sandbox.cpo.hub import hub_feed
from sandbox.cpo.magic import with_magic
from sandbox.cpo.wires import VERSIONS
from sandbox.cpo.world import CpoConfig


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox cpo", description="A virtual charge point operator, or a hub with several behind it (OCPI)."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--public-url", help="URL under which others reach us")
    parser.add_argument("--clock-file", type=Path, help="JSON with real_anchor, virtual_anchor, factor")
    parser.add_argument("--feed", type=Path, help="an operator's locations instead of the invented ones")
    parser.add_argument("--version", action="append", choices=VERSIONS, help="speak only this; may be repeated")
    parser.add_argument("--hub", action="store_true", help="be a hub with three operators behind it")
    parser.add_argument("--token-a", help="registration token; random when not given")
    parser.add_argument("--register-at", metavar="URL", help="register at the eMSP with this versions URL")
    parser.add_argument("--token", help="the registration token that the eMSP gave for --register-at")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), metavar="NAME")
    parser.add_argument("--mischief", type=int, metavar="SEED", help="send twice, late, in another order, cut off")
    parser.add_argument("--magic", action="store_true", help="add posts 901 to 909, each with one misbehavior")
    parser.add_argument("--list-faults", action="store_true")
    wanted = parser.parse_args()
    if (wanted.register_at is None) != (wanted.token is None):
        parser.error("--register-at and --token go together")
    if wanted.magic and wanted.hub:
        parser.error("a hub has no magic posts")
    return wanted


def _feed(wanted: argparse.Namespace) -> Feed:
    if wanted.hub and not wanted.feed:
        return hub_feed()
    feed = load_feed(wanted.feed) if wanted.feed else own_feed()
    return with_magic(feed) if wanted.magic else feed


def main() -> None:
    """Run until interrupted."""
    wanted = _arguments()
    if wanted.list_faults:
        width = max(map(len, FAULTS))
        sys.stdout.write("".join(f"{name:<{width}}  {meaning}\n" for name, meaning in FAULTS.items()))
        return
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((wanted.host, wanted.port))
    sock.listen(2048)  # before the line is printed: who reads it may call at once
    public_url = wanted.public_url or f"http://{wanted.host}:{sock.getsockname()[1]}"
    config = CpoConfig(
        clock=FileClock(wanted.clock_file) if wanted.clock_file else time.time,
        public_url=public_url,
        token_a=wanted.token_a,
        feed=_feed(wanted),
        faults=wanted.fault,
        versions=tuple(wanted.version or VERSIONS),
        hub=wanted.hub,
        register_at=(wanted.register_at, wanted.token) if wanted.register_at else None,
        mischief_seed=wanted.mischief,
    )
    app = create_app(config)
    kind = "hub" if wanted.hub else "CPO"
    sys.stdout.write(f"virtual {kind} versions_url={public_url}/ocpi/versions token={app.state.world.token_a}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[sock])


if __name__ == "__main__":
    main()
