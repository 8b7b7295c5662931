"""Joining, and coming back after forgetting the password: what an app does before anybody is signed in.

Every answer is the same for known and unknown addresses; what comes of a request is told by mail (CK08, X8).
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field, StringConstraints, model_validator

from api.deps import Now, PortsDep, Work
from api.domain.language import wishes_of
from api.routes.app.guards import Caller
from api.routes.app.rate_limits import forget_allowance, tell_allowance
from api.routes.app.shapes import Shape, example, problems
from api.routes.app.sign_in import Email, Password, Secret
from api.services.accounts.passwords import reset_password
from api.services.accounts.requests import RequestKind, store_request
from api.services.accounts.sign_up import activate, activate_by_code, correct_address, sign_up
from api.services.drivers.attempts import count_attempt, forgive_attempts, guesses, mails

router = APIRouter(tags=["Joining"])
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f<>]+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4} ?[0-9]{4}$")]
AcceptLanguage = Annotated[str | None, Header(description="The language of the mail, where the body names none.")]
_MAIL_SECONDS = 60
_TOKEN = "lnk_4c1d.9f86d081884c7d659a2feaa0c55ad015"  # noqa: S105 - an example in the documentation


class SignUpRequest(Shape):
    """Who wants an account."""

    model_config = example({"email": "ada@example.com", "name": "Ada", "password": "a long sentence", "language": "en"})
    email: Email
    name: Name
    password: Password
    language: str | None = Field(default=None, max_length=35, description="Such as `de` or `fr-CH`.")


class AddressRequest(Shape):
    """Where to write to."""

    model_config = example({"email": "ada@example.com"})
    email: Email


class ActivationRequest(Shape):
    """The token of the mailed link, or the address and the code of the same mail."""

    model_config = example({"email": "ada@example.com", "code": "1234 5678"})
    token: Secret | None = None
    email: Email | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "ActivationRequest":
        if (self.token is None) == (self.email is None or self.code is None):
            raise ValueError("either token, or email and code")
        return self


class CorrectionRequest(Shape):
    """A wrong address at sign-up, the password that proves whose account it is, and the right address."""

    model_config = example({"email": "ada@exmaple.com", "password": "a long sentence", "new_email": "ada@example.com"})
    email: Email
    password: Password
    new_email: Email


class ResetRequest(Shape):
    """The token of the mailed link, and the new password."""

    model_config = example({"token": _TOKEN, "new_password": "another long sentence"})
    token: Secret
    new_password: Password


class MailUnderWay(Shape):
    """If there is anything to write to this address, it is written; nothing more is told."""

    model_config = example({"mail_within_s": 60})
    mail_within_s: int = Field(default=_MAIL_SECONDS, description="How long a mail usually takes.")


class Activated(Shape):
    """The account is active: sign in."""

    model_config = example({"email": "ada@example.com"})
    email: str


@router.post(
    "/accounts",
    operation_id="signUp",
    summary="Sign up",
    status_code=202,
    response_model=MailUnderWay,
    responses=problems(weak_password=422, too_many_attempts=429),
)
async def post_account(
    body: SignUpRequest,
    request: Request,
    work: Work,
    ports: PortsDep,
    now: Now,
    caller: Caller,
    accept_language: AcceptLanguage = None,
) -> MailUnderWay:
    """Store an account that waits for its address to be confirmed, and mail the link and code that do so."""
    limits = mails(email=body.email, caller=caller)
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=limits))
    spoken = body.language or wishes_of(accept_language)[0]
    await sign_up(
        work=work, ports=ports, now=now, email=body.email, name=body.name, password=body.password, language=spoken
    )
    return MailUnderWay()


@router.post(
    "/account-activations",
    operation_id="activateAccount",
    summary="Confirm the address of an account",
    response_model=Activated,
    responses=problems(unknown_link=404, link_gone=410, too_many_attempts=429),
)
async def post_activation(
    body: ActivationRequest, request: Request, work: Work, ports: PortsDep, now: Now, caller: Caller
) -> Activated:
    """Make an account active, by the link's token or by the code; both work once."""
    if body.token is not None:
        async with work() as db:
            return Activated(email=(await activate(db=db, now=now, token=body.token)).email)
    email, code = body.email or "", body.code or ""
    limits = guesses("code", email=email, caller=caller)
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=limits))
    async with work() as db:
        driver = await activate_by_code(db=db, policy=ports.policy, now=now, email=email, code=code)
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    forget_allowance(request)
    return Activated(email=driver.email)


@router.post(
    "/activation-mails",
    operation_id="resendActivation",
    summary="Send the activation mail again",
    status_code=202,
    response_model=MailUnderWay,
    responses=problems(too_many_attempts=429),
)
async def post_activation_mail(
    body: AddressRequest, request: Request, work: Work, ports: PortsDep, now: Now, caller: Caller
) -> MailUnderWay:
    """Mail a new link and code, if an account waits for this address; four mails an hour at the most."""
    await _request(RequestKind.RESEND, body, request, work, ports, now, caller)
    return MailUnderWay()


@router.post(
    "/address-corrections",
    operation_id="correctAddress",
    summary="Correct the address given at sign-up",
    status_code=202,
    response_model=MailUnderWay,
    responses=problems(sign_in_refused=401, already_activated=409, too_many_attempts=429),
)
async def post_correction(
    body: CorrectionRequest, request: Request, work: Work, ports: PortsDep, now: Now, caller: Caller
) -> MailUnderWay:
    """Let an account that waits have another address: links that were mailed die, a new one is mailed."""
    limits = guesses("password", email=body.email, caller=caller)
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=limits))
    await correct_address(
        work=work,
        ports=ports,
        now=now,
        email=body.email,
        password=body.password,
        new_email=body.new_email,
        caller=caller,
    )
    await forgive_attempts(work=work, policy=ports.policy, limits=limits)
    forget_allowance(request)
    return MailUnderWay()


@router.post(
    "/password-resets",
    operation_id="requestPasswordReset",
    summary="Ask for a new password by mail",
    status_code=202,
    response_model=MailUnderWay,
    responses=problems(too_many_attempts=429),
)
async def post_reset(
    body: AddressRequest, request: Request, work: Work, ports: PortsDep, now: Now, caller: Caller
) -> MailUnderWay:
    """Mail a link for a new password, if an account has this address."""
    await _request(RequestKind.RESET, body, request, work, ports, now, caller)
    return MailUnderWay()


@router.post(
    "/password-resets/complete",
    operation_id="resetPassword",
    summary="Choose a new password by the mailed link",
    status_code=204,
    responses=problems(unknown_link=404, link_gone=410, weak_password=422),
)
async def post_reset_completion(body: ResetRequest, work: Work, ports: PortsDep, now: Now) -> Response:
    """Set the password and sign all devices out; the link works once."""
    await reset_password(work=work, ports=ports, now=now, token=body.token, new_password=body.new_password)
    return Response(status_code=204)


async def _request(
    kind: RequestKind, body: AddressRequest, request: Request, work: Work, ports: PortsDep, now: Now, caller: Caller
) -> None:
    """Count and store a request; both cost the same whoever has the address."""
    limits = mails(email=body.email, caller=caller)
    tell_allowance(request, await count_attempt(work=work, policy=ports.policy, now=now, limits=limits))
    async with work() as db:
        await store_request(db=db, ports=ports, now=now, kind=kind, address=body.email)
