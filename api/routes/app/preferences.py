"""What a driver wishes of a running charge: when they leave, how much they need, cheap, fast or green."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.deps import CurrentDriver, Now, PortsDep, Work
from api.domain.language import language_of, wishes_of
from api.domain.roaming.preference_texts import PreferencesOutcome, outcome_text
from api.domain.roaming.smart import ChargingPreferences, ProfileType
from api.models.smart import ChargingPreferencesRow
from api.routes.app.languages import AcceptLanguage
from api.routes.app.shapes import Moment, PublicId, Shape, decimal_text, example, signed_in, utc
from api.services.charging.preferences import offered_preferences, wish_preferences
from api.services.drivers.queries import driver_by_id

router = APIRouter(tags=["Charging"])
_PATH = "/charging-sessions/{charging_session_id}/charging-preferences"
_WISH = {
    "profile_type": "cheap",
    "departure_at": "2026-03-02T17:30:00Z",
    "energy_need_kwh": "24.5",
    "discharge_allowed": False,
}
_SHOWN = _WISH | {
    "status": "accepted",
    "text": "The charger will try to follow your wishes. This is no guarantee.",
    "language": "en",
    "created_at": "2026-03-02T09:20:00Z",
    "answered_at": "2026-03-02T09:20:01Z",
}


class PreferencesRequest(Shape):
    """The whole wish: what is left out is not wished, whatever was before."""

    model_config = example(_WISH)
    profile_type: ProfileType = Field(description="What matters most to the driver.")
    departure_at: Moment | None = Field(default=None, description="When the driver means to leave; not in the past.")
    energy_need_kwh: Annotated[
        Decimal | None,
        Field(gt=0, le=1000, max_digits=7, decimal_places=3, description="Exact text, such as `24.5`."),
    ] = None
    discharge_allowed: bool = Field(default=False, description="Whether the car may give energy back meanwhile.")


class ShownPreferences(Shape):
    """A wish and what became of it."""

    model_config = example(_SHOWN)
    profile_type: str
    departure_at: Moment | None
    energy_need_kwh: str | None
    discharge_allowed: bool
    status: str = Field(
        description="`sending`, the operator's answer (`accepted`, `departure_required`, `energy_need_required`,"
        " `not_possible`, `profile_type_not_supported`), or why there is none (`operator_refused`,"
        " `operator_unreachable`, `charge_over`, `replaced`). New values may come."
    )
    text: str = Field(description="The same in words for the driver.")
    language: str
    created_at: Moment
    answered_at: Moment | None

    @classmethod
    def of(cls, row: ChargingPreferencesRow, language: str) -> "ShownPreferences":
        """Return the shape of a stored wish."""
        outcome = PreferencesOutcome(row.outcome or PreferencesOutcome.SENDING)
        return cls(
            profile_type=row.profile_type,
            departure_at=utc(row.departure_at),
            energy_need_kwh=decimal_text(row.energy_need_kwh),
            discharge_allowed=row.discharge_allowed,
            status=outcome.value,
            text=outcome_text(outcome, language),
            language=language,
            created_at=row.created_at,
            answered_at=utc(row.outcome_at),
        )


class OfferedPreferences(Shape):
    """The newest wish, and whether one can be sent now."""

    model_config = example({"offered": True, "not_offered_because": None, "preferences": _SHOWN})
    offered: bool
    not_offered_because: str | None = Field(
        description="`not_charging`, `charger`, `operator_version`, `operator_module`, `operator`; new ones may come."
    )
    preferences: ShownPreferences | None


@router.put(
    _PATH,
    operation_id="putChargingPreferences",
    summary="Say when you leave and what you need",
    status_code=202,
    response_model=ShownPreferences,
    responses=signed_in(
        unknown_charging_session=404, not_charging=409, preferences_not_offered=409, departure_passed=422
    ),
)
async def put_preferences(
    charging_session_id: PublicId,
    body: PreferencesRequest,
    response: Response,
    work: Work,
    ports: PortsDep,
    now: Now,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> ShownPreferences:
    """Take on the driver's wish and pass it to the operator; its answer is shown by `GET`. Repeating does no harm."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
        row = await wish_preferences(
            db=db,
            ports=ports,
            now=now,
            driver_id=driver.driver_id,
            charging_session_id=charging_session_id,
            preferences=_wish(body),
        )
    language = language_of(*wishes_of(accept_language), mine.language)
    response.headers["Content-Language"] = language
    return ShownPreferences.of(row, language)


@router.get(
    _PATH,
    operation_id="getChargingPreferences",
    summary="Show what became of your wish",
    response_model=OfferedPreferences,
    responses=signed_in(unknown_charging_session=404),
)
async def get_preferences(
    charging_session_id: PublicId,
    response: Response,
    work: Work,
    ports: PortsDep,
    driver: CurrentDriver,
    accept_language: AcceptLanguage = None,
) -> OfferedPreferences:
    """Return the newest wish with the operator's answer, and whether this charger and its operator take any."""
    async with work() as db:
        mine = await driver_by_id(db, driver.driver_id)
        offer = await offered_preferences(
            db=db, ports=ports, driver_id=driver.driver_id, charging_session_id=charging_session_id
        )
    language = language_of(*wishes_of(accept_language), mine.language)
    response.headers["Content-Language"] = language
    return OfferedPreferences(
        offered=offer.obstacle is None,
        not_offered_because=offer.obstacle,
        preferences=ShownPreferences.of(offer.latest, language) if offer.latest else None,
    )


def _wish(body: PreferencesRequest) -> ChargingPreferences:
    """Return a request in our words; OCPI knows whole seconds."""
    departure: datetime | None = body.departure_at
    return ChargingPreferences(
        profile_type=body.profile_type,
        departure_at=departure.replace(microsecond=0) if departure else None,
        energy_need_kwh=body.energy_need_kwh,
        discharge_allowed=body.discharge_allowed,
    )
