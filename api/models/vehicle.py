"""The catalogue of car models, by which an app finds the driver's car and a quote knows how fast it charges."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Field, SQLModel

from api.models.columns import documents, exact, moment


class VehicleModelRow(SQLModel, table=True):
    """One model of a car as a source describes it. ``id`` is derived from source and source's id, so it stays."""

    __tablename__ = "vehicle_model"
    id: str = Field(primary_key=True)
    """``vhm_...``."""
    source: str
    source_id: str
    brand: str
    model: str
    variant: str
    """Empty where a model has only one."""
    release_year: int | None = None
    kind: str
    """``bev`` or ``phev``."""
    usable_kwh: Decimal = exact()
    ac_power_kw: Decimal = exact()
    ac_phases: int
    ac_one_phase_kw: Decimal = exact()
    """The most from a single-phase connector."""
    dc_curve: list[Any] = documents()
    """``[[percent, kW], ...]`` as exact texts; empty without DC."""
    search_text: str
    """Brand, model, variant and year without case and accents."""
    updated_at: datetime = moment()
