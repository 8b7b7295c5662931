"""A page for each kind of mailed link, and the download of a copy of one's data."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import parse_qs

from fastapi import APIRouter
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Now, PortsDep, Work
from api.models.driver import Driver
from api.ports import Ports
from api.routes.account.render import HEADERS, asking_page, done_page
from api.routes.account.texts import Page
from api.services.accounts.change_email import confirm_email, undo_email
from api.services.accounts.erase import keep_account_by_link
from api.services.accounts.export import export_of_link
from api.services.accounts.links import Purpose, look_at_link
from api.services.accounts.passwords import WeakPassword, reset_password
from api.services.accounts.sign_up import activate
from api.services.drivers.passwords import LONGEST

router = APIRouter()
BODY_LIMIT = 8 * 1024
_PURPOSES = {
    Page.ACTIVATE: Purpose.ACTIVATE,
    Page.RESET: Purpose.RESET,
    Page.EMAIL: Purpose.EMAIL,
    Page.UNDO_EMAIL: Purpose.UNDO_EMAIL,
    Page.UNDO_ERASURE: Purpose.UNDO_ERASURE,
}


async def _activate(db: AsyncSession, _ports: Ports, now: datetime, token: str) -> Driver:
    return await activate(db=db, now=now, token=token)


async def _confirm(db: AsyncSession, ports: Ports, now: datetime, token: str) -> Driver:
    return await confirm_email(db=db, ports=ports, now=now, token=token)


async def _undo_email(db: AsyncSession, ports: Ports, now: datetime, token: str) -> Driver:
    return await undo_email(db=db, ports=ports, now=now, token=token)


async def _keep(db: AsyncSession, _ports: Ports, now: datetime, token: str) -> Driver:
    return await keep_account_by_link(db=db, now=now, token=token)


_ACTIONS: dict[Page, Callable[[AsyncSession, Ports, datetime, str], Awaitable[Driver]]] = {
    Page.ACTIVATE: _activate,
    Page.EMAIL: _confirm,
    Page.UNDO_EMAIL: _undo_email,
    Page.UNDO_ERASURE: _keep,
}


@router.get("/exports/{token}")
async def get_export(token: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Give out a copy of somebody's data to the browser that the app sent here."""
    async with work() as db:
        export = await export_of_link(db=db, policy=ports.policy, now=now, token=token)
    file_name = {"Content-Disposition": f'attachment; filename="{export.id}.zip"'}
    return Response(export.content, media_type="application/zip", headers=HEADERS | file_name)


@router.get("/{page}/{token}")
async def get_page(page: Page, token: str, work: Work, ports: PortsDep, now: Now) -> Response:
    """Show what a link would do; nothing happens yet."""
    async with work() as db:
        link, driver = await look_at_link(db=db, now=now, purpose=_PURPOSES[page], token=token)
    return asking_page(page, language=driver.language, our_name=ports.policy.our_name, address=link.address)


@router.post("/{page}/{token}")
async def post_page(page: Page, token: str, request: Request, work: Work, ports: PortsDep, now: Now) -> Response:
    """Do what the link is for."""
    our_name = ports.policy.our_name
    async with work() as db:
        link, driver = await look_at_link(db=db, now=now, purpose=_PURPOSES[page], token=token)
    if page is Page.RESET:
        password = await _password_in(request)
        try:
            await reset_password(work=work, ports=ports, now=now, token=token, new_password=password)
        except WeakPassword as weak:
            reason = str(weak.facts["reason"])
            return asking_page(page, language=driver.language, our_name=our_name, address=link.address, problem=reason)
    else:
        async with work() as db:
            driver = await _ACTIONS[page](db, ports, now, token)
    return done_page(page, language=driver.language, our_name=our_name)


async def _password_in(request: Request) -> str:
    """Return the password of a submitted form; of one that is too large none, which is refused as too short."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            return ""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    password = fields.get("password", [""])[0]
    return password if len(password) <= LONGEST else ""
