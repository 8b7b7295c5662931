"""What an operator may set of how the books look to their accountant: numbers for DATEV; and what agents give back."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from pydantic_settings import BaseSettings

from api.domain.finance.accounts import Account


class BooksSettings(BaseSettings):
    """Numbers that the accountant gives; the built-in ones are of a standard chart and to be confirmed by them."""

    datev_consultant: Annotated[int, Field(ge=1001, le=9_999_999)] = 1001
    """DATEV's number of the tax consultant (Beraternummer)."""
    datev_client: Annotated[int, Field(ge=1, le=99_999)] = 1
    """The consultant's number of this company (Mandantennummer)."""
    datev_chart: Literal["03", "04"] = "03"
    """Of which standard chart (SKR) the built-in account numbers are."""
    datev_account_length: Annotated[int, Field(ge=4, le=8)] = 4
    datev_accounts: dict[Account, Annotated[str, StringConstraints(pattern="^[0-9]{1,9}$")]] = Field(
        default_factory=dict
    )
    """Account numbers of your own, as JSON: {"revenue": "8201", "vat": "1771"}."""
    operator_refund_minor: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """What an operator's agent gives back alone, as JSON: {"EUR": 1000}; else finance approves."""
    fiscal_year_begins: Annotated[int, Field(ge=1, le=12)] = 1
    """The month in which the fiscal year begins."""
