"""What an operator may set of how customers are helped: what is decided on complaints by rule."""

from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings


class ComplaintSettings(BaseSettings):
    """Limits of what the service decides without a person."""

    complaint_autopilot: bool = True
    """Whether clear complaints are decided by rule; off, every one goes to a person."""
    complaint_refunds_per_driver: Annotated[int, Field(ge=0)] = 3
    """Refunds by rule that one driver may have within ``complaint_refunds_days``."""
    complaint_refunds_days: Annotated[int, Field(ge=1)] = 90
    complaint_refunds_minor: dict[
        Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")], Annotated[int, Field(ge=0)]
    ] = Field(default_factory=dict)
    """What those may come to in all, by currency; the limit of approvals where nothing is said."""
