"""The driver's passes: ordering one, saying that it came, activating it, blocking one that is lost, and its state."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of
from api.ports.policy import ServicePolicy
from api.routes.app.shapes import Moment, PublicId, Shape, example, signed_in
from api.services.charging.queries import active_charge_id
from api.services.drivers.queries import driver_by_id
from api.services.roaming.driver_passes import (
    BlockReason,
    LastUse,
    PassView,
    activate_pass,
    block_own_pass,
    confirm_receipt,
    look_at_pass,
    order_pass,
    passes_of_driver,
)
from api.services.roaming.pass_texts import step_text

router = APIRouter(tags=["Passes"])
_ONE = "/me/passes/{pass_id}"
_EXAMPLE = {
    "id": "pas_4c1d",
    "status": "shipped",
    "next_step": "confirm_receipt",
    "text": "Your pass is on its way. When it is there, confirm it in the app and activate it.",
    "visual_number": "No. 1042",
    "usable": {"ok": False, "reasons": ["pass_shipped"]},
    "block_reason": None,
    "ordered_at": "2026-03-02T09:00:00Z",
    "shipped_at": "2026-03-03T09:00:00Z",
    "received_at": None,
    "activated_at": None,
    "blocked_at": None,
    "expired_at": None,
    "valid_until": "2031-03-03T09:00:00Z",
    "last_use": None,
    "hotline": {"phone": "+49 711 0000", "always_open": True},
}


class Usable(Shape):
    """Whether the pass can charge, and why not."""

    ok: bool
    reasons: list[str] = Field(description="`pass_<status>` or `passes_off`; new values may come.")


class ShownLastUse(Shape):
    """When a charger last saw the pass."""

    at: Moment
    allowed: bool
    reason: str | None
    place: str | None

    @classmethod
    def of(cls, use: LastUse) -> "ShownLastUse":
        """Return the shape of a use."""
        return cls(at=use.at, allowed=use.allowed, reason=use.reason, place=use.place)


class Hotline(Shape):
    """Whom to call when a charge does not stop: the number on the back of the pass."""

    phone: str | None
    always_open: bool


class ShownPass(Shape):
    """One pass."""

    model_config = example(_EXAMPLE)
    id: str
    status: str = Field(
        description="`ordered`, `shipped`, `received`, `active`, `blocked` or `expired`; new values may come."
    )
    next_step: str | None = Field(description="What has to happen before it can be used; null: nothing.")
    text: str | None = Field(description="The next step in the driver's language.")
    visual_number: str | None
    usable: Usable
    block_reason: str | None
    ordered_at: Moment
    shipped_at: Moment | None
    received_at: Moment | None
    activated_at: Moment | None
    blocked_at: Moment | None
    expired_at: Moment | None
    valid_until: Moment | None = Field(description="Null: it does not expire.")
    last_use: ShownLastUse | None = Field(description="Set only where one pass is asked for.")
    hotline: Hotline

    @classmethod
    def of(cls, view: PassView, language: str, policy: ServicePolicy) -> "ShownPass":
        """Return the shape of a pass, with words in a language."""
        row, phone = view.row, policy.hotline or policy.issuer.phone
        return cls(
            id=row.id,
            status=view.status,
            next_step=view.next_step,
            text=step_text(view.next_step, language) if view.next_step else None,
            visual_number=view.visual_number,
            usable=Usable(ok=not view.refusals, reasons=list(view.refusals)),
            block_reason=row.block_reason,
            ordered_at=row.ordered_at,
            shipped_at=row.shipped_at,
            received_at=row.received_at,
            activated_at=row.activated_at,
            blocked_at=row.blocked_at,
            expired_at=row.expired_at,
            valid_until=row.valid_until,
            last_use=ShownLastUse.of(view.last_use) if view.last_use else None,
            hotline=Hotline(phone=phone, always_open=policy.hotline is not None),
        )


class Passes(Shape):
    """All passes, the newest order first."""

    model_config = example({"passes": [_EXAMPLE], "active_charging_session_id": None})
    passes: list[ShownPass]
    active_charging_session_id: str | None = Field(description="The charge that is going on: show the way back to it.")


class ActivateRequest(Shape):
    """The code that is printed on the pass; dashes, spaces and case do not matter."""

    model_config = example({"code": "K7QM-2FXA"})
    code: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9 -]+$")]


class BlockRequest(Shape):
    """Why."""

    model_config = example({"reason": "lost"})
    reason: BlockReason


@router.get(
    "/me/passes",
    operation_id="listPasses",
    summary="List the driver's passes",
    response_model=Passes,
    responses=signed_in(),
)
async def get_passes(work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> Passes:
    """Return all passes, the newest order first."""
    async with work() as db:
        language = language_of((await driver_by_id(db, driver.driver_id)).language)
        views = await passes_of_driver(db=db, ports=ports, now=now, driver_id=driver.driver_id)
        active = await active_charge_id(db=db, driver_id=driver.driver_id)
    shown = [ShownPass.of(each, language, ports.policy) for each in views]
    return Passes(passes=shown, active_charging_session_id=active)


@router.post(
    "/me/passes",
    operation_id="orderPass",
    summary="Order a pass",
    status_code=201,
    response_model=ShownPass,
    responses=signed_in(too_many_passes=409),
)
async def post_pass(work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownPass:
    """Order a pass; while one waits to be shipped, asking again returns that one."""
    async with work() as db:
        language = language_of((await driver_by_id(db, driver.driver_id)).language)
        view = await order_pass(db=db, ports=ports, now=now, driver_id=driver.driver_id)
    return ShownPass.of(view, language, ports.policy)


@router.get(
    _ONE,
    operation_id="getPass",
    summary="Show one pass, and where it was last seen",
    response_model=ShownPass,
    responses=signed_in(pass_unknown=404),
)
async def get_pass(pass_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownPass:
    """Return whether the pass is active, why it is blocked, until when it is good, and where it was last seen."""
    return await _shown(work, ports, now, driver.driver_id, pass_id)


@router.post(
    f"{_ONE}/confirm-receipt",
    operation_id="confirmPassReceipt",
    summary="Say that the pass came",
    response_model=ShownPass,
    responses=signed_in(pass_unknown=404, pass_step_refused=409),
)
async def post_receipt(pass_id: PublicId, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver) -> ShownPass:
    """Note that the pass came; it still has to be activated. Repeating it does nothing."""
    async with work() as db:
        await confirm_receipt(db=db, now=now, driver_id=driver.driver_id, pass_id=pass_id)
    return await _shown(work, ports, now, driver.driver_id, pass_id)


@router.post(
    f"{_ONE}/activate",
    operation_id="activatePass",
    summary="Activate the pass by its code",
    response_model=ShownPass,
    responses=signed_in(pass_unknown=404, pass_step_refused=409, pass_code_locked=409, pass_code_wrong=422),
)
async def post_activate(
    pass_id: PublicId, body: ActivateRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownPass:
    """Activate the pass by the code printed on it, after ten wrong ones no more; partners are told that it is good."""
    await activate_pass(work=work, now=now, driver_id=driver.driver_id, pass_id=pass_id, code=body.code)
    return await _shown(work, ports, now, driver.driver_id, pass_id)


@router.post(
    f"{_ONE}/block",
    operation_id="blockPass",
    summary="Block a pass that is gone",
    response_model=ShownPass,
    responses=signed_in(pass_unknown=404, pass_step_refused=409),
)
async def post_block(
    pass_id: PublicId, body: BlockRequest, work: Work, ports: PortsDep, now: Now, driver: CurrentDriver
) -> ShownPass:
    """Block the pass everywhere, at once; only the hotline can take that back."""
    async with work() as db:
        await block_own_pass(db=db, now=now, driver_id=driver.driver_id, pass_id=pass_id, reason=body.reason)
    return await _shown(work, ports, now, driver.driver_id, pass_id)


async def _shown(work: Work, ports: PortsDep, now: datetime, driver_id: str, pass_id: str) -> ShownPass:
    """Return one pass of the driver as it is now; raises ``UnknownPass``."""
    async with work() as db:
        language = language_of((await driver_by_id(db, driver_id)).language)
        view = await look_at_pass(db=db, ports=ports, now=now, driver_id=driver_id, pass_id=pass_id)
    return ShownPass.of(view, language, ports.policy)
