"""Tests of 2.3.0 sessions and CDRs: taxes that are stated, and all else as in 2.2.1."""

from dataclasses import replace
from decimal import Decimal

from api.domain.ids import PartyId
from api.domain.pricing.tariff import TaxIncluded
from api.domain.roaming.session import Price
from api.domain.roaming.token import TokenType
from clients.ocpi.dialect import dialect_for
from tests.clients.ocpi import samples
from tests.clients.ocpi.v2_3_0.samples import a_cdr, a_price, a_session, a_tariff

DIALECT, BEFORE = dialect_for("2.3.0"), dialect_for("2.2.1")


def test_a_session_says_its_taxes() -> None:
    """The amount after taxes is the amount before and every tax; all else is as in 2.2.1."""
    session = DIALECT.read_session(a_session())
    assert session.total_cost == Price(Decimal("2.50"), Decimal("3.025"))
    assert replace(session, total_cost=Price(Decimal("2.5625"))) == BEFORE.read_session(samples.a_session())


def test_taxes_in_a_patch_replace_those_before() -> None:
    """A total that comes without taxes has no known tax."""
    assert DIALECT.read_session_patch({"total_cost": a_price("4")}).changes == {"total_cost": Price(Decimal(4), None)}


def test_a_cdr_says_its_taxes_in_total_and_in_part() -> None:
    """Every part of the bill is read alike, and its tariffs are those of 2.3.0."""
    cdr = DIALECT.read_cdr(a_cdr(tariffs=[a_tariff(tax_included="YES")]))
    assert cdr.total_cost == cdr.costs["energy"] == Price(Decimal("5.945"), Decimal("7.19345"))
    assert [tariff.tax_included for tariff in cdr.tariffs] == [TaxIncluded.yes]


def test_a_cdr_of_nobody_takes_the_owner_given() -> None:
    """And so does the tariff inside it."""
    bare = a_cdr(country_code=None, party_id=None, tariffs=[a_tariff(country_code=None, party_id=None)])
    cdr = DIALECT.read_cdr(bare, PartyId("BE", "OWN"))
    assert (cdr.country_code, cdr.party_id) == ("BE", "OWN")
    assert [(tariff.country_code, tariff.party_id) for tariff in cdr.tariffs] == [("BE", "OWN")]


def test_a_credit_of_a_taxed_bill_is_negative_after_taxes_too() -> None:
    """The tax of a credit is negative, so that bill and credit come to nothing."""
    cdr = DIALECT.read_cdr(a_cdr(credit=True, credit_reference_id="cdr-88", total_cost=a_price("-5.945", "-1.24845")))
    assert cdr.total_cost == Price(Decimal("-5.945"), Decimal("-7.19345"))


def test_amounts_in_the_spelling_of_2_2_1_are_understood() -> None:
    """A partner that forgot to change its prices still means them."""
    old = {"excl_vat": Decimal("5.945"), "incl_vat": Decimal("7.19345")}
    assert DIALECT.read_cdr(a_cdr(total_cost=old)).total_cost == Price(Decimal("5.945"), Decimal("7.19345"))
    assert DIALECT.read_session(a_session(total_cost=old)).total_cost == Price(Decimal("5.945"), Decimal("7.19345"))


def test_the_token_of_a_car_is_one() -> None:
    """EMAID is new; kinds of token that nobody listed are other."""
    token = a_session()["cdr_token"]
    for sent, read in (("EMAID", TokenType.EMAID), ("IMPLANT", TokenType.OTHER)):
        assert DIALECT.read_session(a_session(cdr_token=token | {"type": sent})).cdr_token.type is read
