"""English."""

from typing import Final

from clients.documents.texts.words import Words

EN: Final = Words(
    # what a paper is
    receipt="Receipt",
    credit_note="Credit note",
    statement="Monthly statement",
    invoice="Invoice",
    charging_record="Charging record",
    hold_letter="Card reservation",
    # heads and feet
    number="Number",
    issued_on="Issued on",
    vat_id="VAT ID {id}",
    driver="Driver",
    billed_to="Billed to",
    session="Charging session",
    questions="Questions? {contact}",
    session_line="Charging session {id}",
    # where and when
    where="Where",
    when="When",
    place="Place",
    charger="Charger",
    operator="Operator",
    started="Started",
    energy_ended="Charging ended",
    unplugged="Unplugged",
    energy="Energy",
    times_in="Local time ({zone})",
    # the price
    price="Price",
    item="Item",
    quantity="Quantity",
    unit_price="Unit price",
    amount="Amount",
    net="Net",
    vat="VAT",
    gross="Gross",
    vat_rate="VAT rate",
    several_rates="several rates",
    total="Total",
    total_note="{energy} on {day}",
    vat_unknown="The operator did not state the value added tax in this price.",
    energy_item="Energy",
    time_item="Charging time",
    parking_time_item="Parking time",
    flat_item="Start fee",
    limit_item="Price limit",
    as_billed_item="Charging as billed by the operator",
    roaming_item="Roaming",
    fee_item="Service fee",
    hours="{count} h",
    per_kwh="{price} per kWh",
    per_hour="{price} per hour",
    # the hold and the card
    payment="Payment",
    card="Card",
    reserved="Reserved",
    charged="Charged",
    released="Released",
    still_open="Still open",
    waived="Not charged",
    bank_days="We have released the rest. Your bank may take some days to show it.",
    fleet_pays="{fleet} pays for this charge and gets the invoice. This record is not an invoice.",
    your_company="Your company",
    # checks
    check_equal="Checked: we computed the operator’s bill again and found no difference.",
    check_promise="Checked: the operator asked for more than the price you accepted. You pay the accepted price.",
    check_difference="Checked: our own computation differs from the operator’s bill by {amount}.",
    check_none="This bill could not be computed again from what the operator told us.",
    # papers about papers
    replaces="This receipt replaces {number}.",
    credits="This credit note takes back from receipt {number} of {day}.",
    reason="Reason",
    reason_bill_fell="The price of the charge was corrected downwards.",
    reason_bill_replaced="The price of the charge was corrected; a new receipt replaces the old one.",
    reason_refund="We give money back for this charge.",
    credited="Credited",
    credit_bank_days="What was charged already goes back to the card; your bank may take five to ten days.",
    # help that was paid for
    help_item="Help",
    help_case="Case",
    help_from_wallet="Taken from your wallet",
    help_to_wallet="Given back into your wallet",
    help_note="You agreed to this amount before it was taken.",
    # statements and invoices
    month="Month",
    period="Period",
    date="Date",
    paper="Paper",
    charges_of="Your charges in {month}",
    statement_note="This overview sums up receipts and credit notes; it is not an invoice.",
    nothing_charged="No charges in this month.",
    invoice_of="Charging in {month}",
    your_reference="Your reference",
    buyer_vat_id="Your VAT ID",
    pay_by="Please pay by {day}.",
    pay_to="Account {iban}, reference {number}.",
    einvoice_note="This file is also an electronic invoice (EN 16931): its data are embedded as factur-x.xml.",
    # the list of charges
    overview="Charges",
    overview_note="This list is an overview; the receipts are the papers that count.",
    narrowed="Only a selection of the charges is listed.",
    nothing_listed="No charges.",
    account="Account number",
    currency="Currency",
    count="Charges",
    paid="Paid",
    returned="Returned",
    paid_by_you="Paid by you",
    paid_by_employer="Paid by your employer",
    # mails
    mail_subject="{title} {number} for {amount}",
    mail_hello="Hello {name},",
    mail_receipt="you charged {energy} at {place} on {day}. It costs {amount}; the receipt is attached.",
    mail_credit="we credit you {amount} for your charge at {place}. The credit note is attached.",
    mail_help=(
        "you agreed to pay for help in case {number}. It costs {amount}, taken from your wallet; the "
        "receipt is attached."
    ),
    mail_help_credit=("we give {amount} for help in case {number} back into your wallet. The credit note is attached."),
    mail_statement="attached is the overview of your charges in {month}: {amount}.",
    mail_invoice="attached is the invoice for your drivers’ charges in {month}: {amount}.",
    mail_greeting="Kind regards",
    # the letter for the bank
    letter_to="To the bank that issued the card",
    letter_released=(
        "On {day} we reserved {amount} on the card below for a charge of an electric car, and released {released} "
        "on {released_day}. We make no further claim to the released amount. Please make it available to the "
        "cardholder again if it still shows as reserved."
    ),
    letter_open=(
        "On {day} we reserved {amount} on the card below for a charge of an electric car. The reservation is "
        "still open: we take from it what the charge costs, and release the rest."
    ),
    letter_facts="The reservation",
    letter_status="Status",
    letter_is_released="Released",
    letter_is_open="Open",
    cardholder="Cardholder",
    placed_at="Reserved at",
    released_at="Released at",
    expires_at="Ends at the latest",
    processor="Payment processor",
    reference="Reference",
    charge_reference="Authorization",
    letter_ask="What to ask the bank",
    ask_find="Please look up the authorization of {amount} of {day} for the card ending in {last4}.",
    ask_reversed="Has the reversal from the merchant arrived, and when does the amount become available?",
    ask_remove=(
        "If the bank holds the amount on its own account, please remove the hold: this letter is the merchant’s "
        "consent."
    ),
    ask_when_open="When does the reservation lapse by itself if nothing more is charged?",
    letter_sign="This letter was made from our records and is valid without a signature.",
)
