"""What a route may ask for, as ``Annotated`` aliases: the unit of work, the ports, the time, the signed-in driver.

Everything hangs on ``app.state``, put there by ``api/factory.py``. A unit of work is handed out closed and opened by
the route, so that the commit happens before the answer is made (house.md 9).
"""

from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access_tokens import AccessToken, AccessTokenRefused, AccessTokens
from api.changes import Changes
from api.db import UnitOfWork
from api.ports import Ports
from api.settings import Settings

T = TypeVar("T")
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The access token from `POST /sign-in`.")


def _kept(request: Request, name: str, kind: type[T]) -> T:
    """Return what the factory put on the application, checked."""
    found = getattr(request.app.state, name)
    assert isinstance(found, kind), f"{name} is missing on the application"  # noqa: S101 - a wiring mistake
    return found


async def _work(request: Request) -> UnitOfWork:
    return _kept(request, "work", UnitOfWork)


async def _ports(request: Request) -> Ports:
    return _kept(request, "ports", Ports)


async def _settings(request: Request) -> Settings:
    return _kept(request, "settings", Settings)


async def _changes(request: Request) -> Changes:
    return _kept(request, "changes", Changes)


async def _access_tokens(request: Request) -> AccessTokens:
    return _kept(request, "access_tokens", AccessTokens)


Work = Annotated[UnitOfWork, Depends(_work)]
PortsDep = Annotated[Ports, Depends(_ports)]
SettingsDep = Annotated[Settings, Depends(_settings)]
ChangesDep = Annotated[Changes, Depends(_changes)]
AccessTokensDep = Annotated[AccessTokens, Depends(_access_tokens)]


async def _now(ports: PortsDep) -> datetime:
    return ports.clock.now()


Now = Annotated[datetime, Depends(_now)]


async def _current_driver(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    access_tokens: AccessTokensDep,
    now: Now,
) -> AccessToken:
    """Return who is asking, from the access token alone: no database is read. Raises ``AccessTokenRefused``."""
    if credentials is None:
        raise AccessTokenRefused("missing")
    return access_tokens.read(credentials.credentials, now=now)


CurrentDriver = Annotated[AccessToken, Depends(_current_driver)]


async def _maybe_driver(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    access_tokens: AccessTokensDep,
    now: Now,
) -> AccessToken | None:
    """Return who is asking, None for somebody without an account. A token that is no good is refused all the same."""
    return None if credentials is None else access_tokens.read(credentials.credentials, now=now)


MaybeDriver = Annotated[AccessToken | None, Depends(_maybe_driver)]
