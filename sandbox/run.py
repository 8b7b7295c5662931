"""``make run``: the whole sandbox stays up, with a partner, a driver and a walk through the flow by ``curl``.

Time runs as on the wall until ``POST /jump`` on the clock endpoint moves it. Ctrl-C ends everything that was started.
"""

import argparse
import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.services.guests.displays import code_for_evse
from api.services.guests.posts import UnknownPost
from sandbox.mailbox import Mailbox
from sandbox.scene import PASSWORD, Scene
from sandbox.stack import ROOT, Stack, free_port, make_stack, running_stack

WALK = """
[bold]A walk through one charge[/bold] (paste it line by line; needs curl and python3)

  API={web}/v1
  json() {{ python3 -c "import json,sys; d=json.load(sys.stdin); print(eval('d'+sys.argv[1]))" "$1"; }}
  TOKEN=$(curl -s $API/sign-in -H 'Content-Type: application/json' \\
    -d '{{"email":"ada.example@example.com","password":"{password}"}}' | json "['access_token']")
  CONNECTOR=$(curl -sG $API/connectors/resolve -H "Authorization: Bearer $TOKEN" \\
    --data-urlencode 'visual_id=DE*VCP*E0014*1' | json "['connector']['id']")
  QUOTE=$(curl -s $API/quotes -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d "{{\\"connector_id\\":\\"$CONNECTOR\\",\\"visual_id\\":\\"14\\"}}" | json "['id']")
  CHARGE=$(curl -s $API/charging-sessions -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -H "Idempotency-Key: walk-$RANDOM" \\
    -d "{{\\"quote_id\\":\\"$QUOTE\\",\\"consent\\":{{\\"amount_minor\\":5000,\\"currency\\":\\"EUR\\"}}}}" \\
    | json "['id']")
  curl -s $API/charging-sessions/$CHARGE -H "Authorization: Bearer $TOKEN" | python3 -m json.tool
  curl -s -X POST '{clock}/jump?minutes=30'      # half an hour of charging passes
  curl -s $API/charging-sessions/$CHARGE -H "Authorization: Bearer $TOKEN" | json "['energy_wh']"
  curl -s $API/charging-sessions/$CHARGE/stop -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"confirm":true}}' | json "['status']"
  curl -s -X POST '{clock}/jump?minutes=30'      # unplugged ten minutes after the stop; the bill comes
  curl -s -X POST '{clock}/jump?minutes=30'
  curl -s $API/charging-sessions/$CHARGE/receipt -H "Authorization: Bearer $TOKEN" | python3 -m json.tool
"""


async def stay_up(feed: str | None) -> None:
    """Run the stack until interrupted, on the sandbox's own feed or an operator's."""
    console, began = Console(highlight=False), time.monotonic()
    mailbox, smtp_port = Mailbox(ROOT / "var" / "run" / "mail"), free_port()
    stack = make_stack(
        "run",
        start_at=datetime.now(UTC).replace(microsecond=0),
        access_token_seconds=30 * 24 * 3600,
        **mailing(smtp_port),
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with await mailbox.serve(smtp_port), running_stack(stack, feed=feed, cpo_options=("--magic",)):
        scene = await Scene.open(stack)
        clock = await serve_clock(scene, mailbox)
        try:
            await scene.register()
            await scene.driver("Ada Example")
            joining = await scene.staff("Grace Example", "finance_lead", "admin")
            console.print(f"[green]Everything is up[/green] ({time.monotonic() - began:.1f} s). Ctrl-C ends it.\n")
            _tell(console, stack, clock, joining)
            await ended.wait()
        finally:
            await scene.close()


def _tell(console: Console, stack: Stack, clock: str, joining: str) -> None:
    """Print where everything is, and two walks."""
    for name, url in (
        ("app API, documentation", f"{stack.web_url}/v1/docs"),
        ("app API, OpenAPI 3.1", f"{stack.web_url}/v1/openapi.json"),
        ("partners' OCPI", f"{stack.web_url}/ocpi/versions"),
        ("virtual CPO, behind the curtain", f"{stack.cpo_url}/_sandbox"),
        ("Stripe stand-in, its totals", f"{stack.stripe_url}/_sandbox/totals"),
        ("staff console, an invitation", joining),
        ("a guest scans a display", f"{clock}/scan/DE*VCP*E0014*1"),
        ("mail to an address, the newest", f"{clock}/mails/ADDRESS"),
        ("sandbox clock", f"{clock}/now"),
        ("database", stack.database),
    ):
        console.print(f"  {name:<32} {url}", soft_wrap=True)
    newcomer = {"API": f"{stack.web_url}/v1", "CLOCK": clock, "STRIPE": stack.stripe_url}
    told = " ".join(f"{name}={url}" for name, url in newcomer.items())
    console.print(f"\nFor the walk of docs/app-developers.md:\n  export {told}", soft_wrap=True)
    console.print(WALK.format(web=stack.web_url, clock=clock, password=PASSWORD), soft_wrap=True)


def mailing(port: int) -> dict[str, Any]:
    """Return the settings by which our processes hand their mail to a mailbox on loopback."""
    return {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}


async def serve_clock(scene: Scene, mailbox: Mailbox) -> str:
    """Serve the sandbox's clock on loopback and return its URL: ``GET /now`` and ``POST /jump?minutes=``.

    ``GET /scan/EVSE-ID`` is what scanning the display of that post leads to now, and ``GET /mails/ADDRESS`` the text of
    the newest mail to an address.
    """

    async def now(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{scene.stack.clock.now().isoformat()}\n")

    async def jump(request: Request) -> PlainTextResponse:
        try:
            ahead = timedelta(minutes=float(request.query_params["minutes"]))
        except (KeyError, ValueError):
            return PlainTextResponse("say how far: /jump?minutes=30\n", status_code=400)
        until = scene.stack.clock.now() + ahead
        while (left := until - scene.stack.clock.now()) > timedelta(seconds=1):
            await scene.quiet.travel(at_least=timedelta(seconds=1), at_most=left)
        return await now(request)

    async def scan(request: Request) -> Response:
        try:
            async with scene.work() as db:
                at, evse_id = scene.stack.clock.now(), request.path_params["evse_id"]
                code, _ = await code_for_evse(db=db, ports=scene.ports, now=at, evse_id=evse_id)
        except UnknownPost:
            return PlainTextResponse("no such post\n", status_code=404)
        return RedirectResponse(code.url)

    routes = [
        Route("/now", now),
        Route("/jump", jump, methods=["POST"]),
        Route("/scan/{evse_id}", scan),
        Route("/mails/{address}", _newest_mail(mailbox)),
    ]
    return _serve(scene, Starlette(routes=routes))


def _newest_mail(mailbox: Mailbox) -> Callable[[Request], Awaitable[Response]]:
    async def newest_mail(request: Request) -> Response:
        mail = await mailbox.newest(request.path_params["address"])
        if mail is None:
            return PlainTextResponse("no mail came\n", status_code=404)
        return PlainTextResponse(f"Subject: {mail.subject}\n\n{mail.text}")

    return newest_mail


def _serve(scene: Scene, app: Starlette) -> str:
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # Ctrl-C is ours
    task = asyncio.create_task(server._serve())
    scene.background.append((server, task))
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feed", help="an operator's locations file instead of the small own feed")
    given = parser.parse_args().feed
    asyncio.run(stay_up(str(Path(given).resolve()) if given else None))
