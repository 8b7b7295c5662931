"""Who looks at a page of the console, what a page needs, and the token that every form must carry.

A route declares what it needs with ``needs(Permission...)``; a test finds a route without it. The token is looked at
wherever a signed-in person sends something, so that no page can forget it.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import Depends, Request

from api.deps import Now, PortsDep, Work
from api.domain.errors import Forbidden, NotFound
from api.domain.staff.roles import NotPermitted, Permission
from api.routes.page_forms import FormUnreadable, fields_of
from api.services.roaming.sealing import derived_secret
from api.services.staff.signin import NotSignedIn, SignedInStaff, Step, session_of

COOKIE = "chargehand_console"
TOKEN = "csrf"  # noqa: S105 - the name of a field
_MOST_FIELDS = 600
_MOST_DIGITS = 12
_MOST_BYTES = 40_000
"""An article of 4,000 letters, each of which may be six characters on the wire."""
_CHANGES_NOTHING = frozenset({"GET", "HEAD"})


class FormStale(Forbidden):
    """The form was made for another session, or by another site."""


class NoSuchPage(NotFound):
    """No id of ours has a NUL, and the database takes no text that has one."""


class Form(Mapping[str, str]):
    """What a page sent: the last value of each field; ``every`` for fields that may come several times."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        """Keep the fields."""
        self._fields = fields

    def __getitem__(self, name: str) -> str:
        """Return a field's text without the space around it, empty where it was not sent."""
        return self._fields.get(name, [""])[-1].strip()

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._fields)

    def __len__(self) -> int:
        """Count the fields."""
        return len(self._fields)

    def every(self, name: str) -> list[str]:
        """Return all values of a field, in their order."""
        return [value.strip() for value in self._fields.get(name, [])]

    def minor(self, name: str, exponent: int) -> int:
        """Return an amount typed with a decimal point or comma as minor units; raises FormUnreadable."""
        whole, _, part = self[name].replace(",", ".").partition(".")
        digits = part.ljust(exponent, "0")
        readable = whole.isdecimal() and whole.isascii() and (digits or "0").isdecimal() and digits.isascii()
        if not readable or len(digits) != exponent or len(whole) > _MOST_DIGITS:
            raise FormUnreadable("amount_unreadable", field=name)
        return int(whole + digits)


def form_token(sealing_key: bytes, session_id: str) -> str:
    """Return the token of all forms of one session."""
    return derived_secret(sealing_key, f"console form {session_id}")


async def half_signed_in(request: Request, work: Work, ports: PortsDep, now: Now) -> SignedInStaff:
    """Return who has given a password at least; raises NotSignedIn, NotPermitted, FormStale."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        if "authorization" in request.headers:
            raise NotPermitted("not_for_drivers")  # an access token of the app opens nothing here
        raise NotSignedIn("not_signed_in")
    staff = await session_of(work=work, now=now, secret=secret)
    if "\0" in request.url.path or "%00" in request.scope["raw_path"].decode():
        raise NoSuchPage("no_such_page")
    request.state.staff, request.state.form = staff, Form({})
    request.state.token = form_token(ports.policy.sealing_key, staff.session_id)
    if request.method not in _CHANGES_NOTHING:
        form = Form(await fields_of(request, most=_MOST_FIELDS, most_bytes=_MOST_BYTES))
        if not hmac.compare_digest(form[TOKEN].encode(), request.state.token.encode()):
            raise FormStale("form_stale")
        request.state.form = form
    return staff


HalfSignedIn = Annotated[SignedInStaff, Depends(half_signed_in)]


async def _signed_in(staff: HalfSignedIn) -> SignedInStaff:
    if staff.step != Step.FULL:
        raise NotSignedIn("not_signed_in")
    return staff


Staff = Annotated[SignedInStaff, Depends(_signed_in)]
"""Who is signed in, with both factors."""


async def _posted(request: Request, staff: HalfSignedIn) -> Form:  # noqa: ARG001 - the token was looked at for it
    form: Form = request.state.form
    return form


Posted = Annotated[Form, Depends(_posted)]
"""What was sent, its token looked at."""


class Needs:
    """What a route needs; found by the test of all routes and roles."""

    def __init__(self, permission: Permission) -> None:
        """Need one permission."""
        self.permission = permission

    async def __call__(self, staff: Staff) -> None:
        """Raise NotPermitted unless who asks may."""
        if not staff.may(self.permission):
            raise NotPermitted("not_permitted", permission=str(self.permission))


def needs(permission: Permission):  # type: ignore[no-untyped-def]  # FastAPI's marker has no public type
    """Return what goes into ``dependencies=[...]`` of a route."""
    return Depends(Needs(permission))
