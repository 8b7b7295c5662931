"""What an operator may set of help that drivers pay for."""

from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings


class HelpSettings(BaseSettings):
    """Help costs nothing unless a price is set here; and then only where the driver agrees to it."""

    billable_help: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], PositiveInt] = Field(default_factory=dict)
    """The price of help that may be charged to an account, VAT included, as JSON: {"EUR": 1900}; empty: it is off."""
    help_offer_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 72
    """How long a driver may accept such help; then the offer lapses and nothing is charged."""
