"""``python -m sandbox.cpo``: run one virtual CPO. Prints one line with its versions URL and registration token."""

import argparse
import socket
import sys
import time
from pathlib import Path

import uvicorn

from sandbox.cpo.app import create_app
from sandbox.cpo.clock import FileClock
from sandbox.cpo.faults import FAULTS
from sandbox.cpo.feed import load_feed, own_feed
from sandbox.cpo.world import CpoConfig


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.cpo", description="A virtual charge point operator (OCPI 2.2.1)."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--public-url", help="URL under which others reach us")
    parser.add_argument("--clock-file", type=Path, help="JSON with real_anchor, virtual_anchor, factor")
    parser.add_argument("--feed", type=Path, help="an operator's locations instead of the invented ones")
    parser.add_argument("--token-a", help="registration token; random when not given")
    parser.add_argument("--fault", action="append", default=[], choices=sorted(FAULTS), metavar="NAME")
    parser.add_argument("--mischief", type=int, metavar="SEED", help="send twice, late, in another order, cut off")
    parser.add_argument("--list-faults", action="store_true")
    return parser.parse_args()


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
        feed=load_feed(wanted.feed) if wanted.feed else own_feed(),
        faults=wanted.fault,
        mischief_seed=wanted.mischief,
    )
    app = create_app(config)
    sys.stdout.write(f"virtual CPO versions_url={public_url}/ocpi/versions token={app.state.world.token_a}\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[sock])


if __name__ == "__main__":
    main()
