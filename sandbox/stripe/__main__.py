"""Run the stand-in alone: ``python -m sandbox.stripe --port 12111``. Options only; the app is ``server.create_app``."""

import argparse
import time
from pathlib import Path

import uvicorn

from sandbox.stripe.clock import FileClock
from sandbox.stripe.config import StandInConfig
from sandbox.stripe.server import create_app


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description="A stand-in for Stripe.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--clock-file", type=Path, help="virtual time shared with the other sandbox processes")
    parser.add_argument("--webhook-url")
    parser.add_argument("--webhook-secret", default=StandInConfig.webhook_secret)
    parser.add_argument("--api-key", default=StandInConfig.api_key)
    return parser.parse_args()


def main() -> None:
    """Serve until told to stop."""
    options = _options()
    config = StandInConfig(
        api_key=options.api_key,
        clock=FileClock(options.clock_file) if options.clock_file else time.time,
        webhook_url=options.webhook_url,
        webhook_secret=options.webhook_secret,
    )
    uvicorn.run(create_app(config), host=options.host, port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
