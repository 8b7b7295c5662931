"""Signing in and out, and changing refresh tokens for new access tokens."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from api.access_tokens import AccessTokens
from api.deps import AccessTokensDep, Now, PortsDep, SettingsDep, Work
from api.ports import Ports
from api.routes.app.guards import Caller
from api.routes.app.rate_limits import forget_allowance, tell_allowance
from api.routes.app.shapes import Moment, Shape, Text, example, problems
from api.services.drivers.attempts import count_attempt, forgive_attempts, guesses
from api.services.drivers.passwords import LONGEST
from api.services.drivers.refresh import Refreshed, refresh_token, sign_out
from api.services.drivers.signin import SignedIn, sign_in

router = APIRouter(tags=["Signing in"])
Email = Annotated[
    str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00-\x20\x7f]+@[^\x00-\x20\x7f]+$")
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
_SECRET = "tV0n9lqKxk3mY7b2Zc8wUe4r"  # noqa: S105 - an example in the documentation


class SignInRequest(Shape):
    """Who is signing in."""

    model_config = example({"email": "ada@example.com", "password": "a long sentence", "device_name": "Ada's phone"})
    email: Email
    password: Password
    device_name: Text | None = Field(default=None, description="How the driver's list of devices calls this one.")


class RefreshRequest(Shape):
    """The newest refresh token of this device."""

    model_config = example({"refresh_token": _SECRET})
    refresh_token: Secret


class Tokens(Shape):
    """What the app keeps: the access token goes into ``Authorization: Bearer``, the refresh token is used once."""

    model_config = example(
        {
            "driver_id": "drv_2b7e",
            "access_token": "eyJhbGciOi.eyJpc3Mi.c2lnbmF0dXJl",
            "token_type": "Bearer",
            "expires_at": "2026-03-02T09:15:00Z",
            "refresh_token": _SECRET,
            "refresh_token_expires_at": "2026-05-01T09:00:00Z",
        }
    )
    driver_id: str
    access_token: str
    token_type: str = Field(default="Bearer")
    expires_at: Moment
    refresh_token: str
    refresh_token_expires_at: Moment


@router.post(
    "/sign-in",
    operation_id="signIn",
    summary="Sign in on this device",
    response_model=Tokens,
    responses=problems(sign_in_refused=401, account_not_activated=403, too_many_attempts=429),
)
async def post_sign_in(
    body: SignInRequest,
    request: Request,
    caller: Caller,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    access_tokens: AccessTokensDep,
    settings: SettingsDep,
) -> Tokens:
    """Check the password and open a session for this device. The same answer for unknown addresses."""
    limits = guesses("password", email=body.email, caller=caller)
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=limits))
    signed_in = await sign_in(
        work=work,
        ports=ports,
        now=now,
        email=body.email,
        password=body.password,
        lifetime=timedelta(seconds=settings.refresh_token_seconds),
        device_name=body.device_name,
    )
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    forget_allowance(request)
    response.headers["Cache-Control"] = "no-store"
    return _tokens(signed_in, access_tokens, ports, now)


@router.post(
    "/token-refreshes",
    operation_id="refreshToken",
    summary="Exchange the refresh token",
    response_model=Tokens,
    responses=problems(refresh_refused=401),
)
async def post_token_refresh(
    body: RefreshRequest, response: Response, work: Work, ports: PortsDep, now: Now, access_tokens: AccessTokensDep
) -> Tokens:
    """Return new tokens; the old refresh token is used up, and using it again signs the device out."""
    refreshed = await refresh_token(work=work, ports=ports, now=now, token=body.refresh_token)
    response.headers["Cache-Control"] = "no-store"
    return _tokens(refreshed, access_tokens, ports, now)


@router.post(
    "/sign-out",
    operation_id="signOut",
    summary="Sign out on this device",
    status_code=204,
    responses=problems(),
)
async def post_sign_out(body: RefreshRequest, work: Work, now: Now) -> Response:
    """Close this device's session. Access tokens already given out live on for their minutes."""
    async with work() as db:
        await sign_out(db=db, now=now, token=body.refresh_token)
    return Response(status_code=204)


def _tokens(signed: SignedIn | Refreshed, access_tokens: AccessTokens, ports: Ports, now: datetime) -> Tokens:
    """Make an access token for the device and return all that the app keeps."""
    access_token = access_tokens.issue(
        driver_id=signed.driver_id, family_id=signed.family_id, jti=ports.randomness.new_id("jti"), now=now
    )
    return Tokens(
        driver_id=signed.driver_id,
        access_token=access_token,
        expires_at=now + access_tokens.lifetime,
        refresh_token=signed.refresh_token,
        refresh_token_expires_at=signed.refresh_token_expires_at,
    )
