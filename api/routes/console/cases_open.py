"""Taking a case in while somebody calls: who they are, what it is about, and how long they waited."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Now, PortsDep, Work
from api.domain.account_number import AccountNumberInvalid
from api.domain.staff.roles import Permission
from api.domain.support.case import CaseKind, Priority
from api.routes.console.acting import PREFIX, Acting
from api.routes.console.problems import told_of
from api.routes.console.render import page
from api.routes.console.signed_in import Form, Posted, needs
from api.services.support.desk_open import TOPICS, Account, PhoneCase, UnknownAccount, account_of, open_by_phone

router = APIRouter(prefix="/cases")
_WORK = [needs(Permission.WORK_ON_CASES)]
_TEXTS = (
    "topic", "title", "description", "account_number", "name", "email", "phone", "charging_session_id", "evse_id",
)  # fmt: skip
LANGUAGES = {"en": "English", "de": "German", "fr": "French", "nb": "Norwegian", "sv": "Swedish"}


@router.get("/new", dependencies=_WORK)
async def show_form(
    request: Request, work: Work, ports: PortsDep, account: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Show the form, filled in with an account where its number is told."""
    found: Account | None = None
    problem = ""
    if account.strip():
        try:
            async with work() as db:
                found = await account_of(db=db, account_number=account)
        except (AccountNumberInvalid, UnknownAccount) as error:
            problem = told_of(error)
    return page(
        request,
        "case_new.html",
        found=found,
        problem=problem,
        account=account.strip(),
        topics=TOPICS,
        priorities=list(Priority),
        languages=LANGUAGES,
        request_id=ports.randomness.new_id(PREFIX),
    )


def _told(form: Form) -> PhoneCase:
    """Return what was typed; what is chosen from lists is the first entry where it is none of them."""
    kind, _, topic = form["topic"].partition("/")
    waited = form["waited"]
    return PhoneCase(
        kind=next((each for each in CaseKind if each == kind), CaseKind.DRIVER),
        priority=next((each for each in Priority if each == form["priority"]), Priority.NORMAL),
        language=form["language"] if form["language"] in LANGUAGES else "en",
        waited=timedelta(seconds=int(waited) if waited.isdecimal() and waited.isascii() and len(waited) < 6 else 0),
        **({name: form[name] for name in _TEXTS} | {"topic": topic}),
    )


@router.post("/new", dependencies=_WORK)
async def open_for_caller(form: Posted, who: Acting, work: Work, ports: PortsDep, now: Now) -> Response:
    """Open the case, and go to it."""
    async with work() as db:
        case = await open_by_phone(db=db, ports=ports, now=now, told=_told(form), by=who)
    return RedirectResponse(f"/console/cases/{case.id}?told=done", 303)
