"""Somebody of staff at a browser: signed in straight away for tests of pages, and the forms that they send."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from api.models.staff import StaffMember, StaffSession
from api.routes.console.signed_in import COOKIE, TOKEN, form_token
from api.services.roaming.sealing import digest
from api.services.staff.members import StaffStatus, add_member
from api.services.staff.signin import LIFETIME, Step
from tests.bench import Bench

BASE = "http://app.test"


@dataclass
class Browser:
    """One browser of one person; forms carry the token that the pages of this session show."""

    http: httpx.AsyncClient
    member: StaffMember
    token: str

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Open a page below ``/console``."""
        return await self.http.get(f"/console{path}", params=params or None)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form."""
        return await self.http.post(f"/console{path}", data={TOKEN: self.token, **fields})


def a_browser(app: FastAPI, *, cookie: str | None = None) -> httpx.AsyncClient:
    """Return a client without redirects, with a session's cookie."""
    cookies = {} if cookie is None else {COOKIE: cookie}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies)


async def a_member(bench: Bench, *roles: str, name: str = "Ada Clerk", email: str | None = None) -> StaffMember:
    """Return an active member of staff who has never signed in."""
    async with bench.work() as db:
        address = email or f"{re.sub('[^a-z0-9]', '.', name.lower())}@example.com"
        member, _ = await add_member(
            db=db, ports=bench.ports, now=bench.clock.now(), email=address, name=name, roles=roles, by="test"
        )
        member.status, member.invitation_hash = StaffStatus.ACTIVE, None
        db.add(member)
    return member


async def signed_in(bench: Bench, app: FastAPI, *roles: str, name: str = "Ada Clerk") -> Browser:
    """Return the browser of somebody new who is signed in with these roles."""
    return await a_browser_of(bench, app, await a_member(bench, *roles, name=name))


async def a_browser_of(bench: Bench, app: FastAPI, member: StaffMember, step: Step = Step.FULL) -> Browser:
    """Return one more browser of somebody."""
    secret, now = secrets.token_urlsafe(), bench.clock.now()
    async with bench.work() as db:
        row = StaffSession(
            id=digest(secret),
            staff_id=member.id,
            step=step,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
        db.add(row)
    token = form_token(bench.ports.policy.sealing_key, digest(secret))
    return Browser(a_browser(app, cookie=secret), member, token)
