"""The shape of a language: every text there is. ``{words}`` in braces are filled in, in any order.

Does not live here: the texts themselves, one file a language beside this one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    # what a paper is
    receipt: str
    credit_note: str
    statement: str
    invoice: str
    charging_record: str
    hold_letter: str

    # heads and feet
    number: str
    issued_on: str
    vat_id: str
    driver: str
    billed_to: str
    session: str
    questions: str
    session_line: str

    # where and when
    where: str
    when: str
    place: str
    charger: str
    operator: str
    started: str
    energy_ended: str
    unplugged: str
    energy: str
    times_in: str

    # the price
    price: str
    item: str
    quantity: str
    unit_price: str
    amount: str
    net: str
    vat: str
    gross: str
    vat_rate: str
    several_rates: str
    total: str
    total_note: str
    vat_unknown: str
    energy_item: str
    time_item: str
    parking_time_item: str
    flat_item: str
    limit_item: str
    as_billed_item: str
    roaming_item: str
    fee_item: str
    hours: str
    per_kwh: str
    per_hour: str

    # the hold and the card
    payment: str
    card: str
    reserved: str
    charged: str
    released: str
    still_open: str
    waived: str
    bank_days: str
    fleet_pays: str
    your_company: str

    # checks
    check_equal: str
    check_promise: str
    check_difference: str
    check_none: str

    # papers about papers
    replaces: str
    credits: str
    reason: str
    reason_bill_fell: str
    reason_bill_replaced: str
    reason_refund: str
    credited: str
    credit_bank_days: str

    # help that was paid for
    help_item: str
    help_case: str
    help_from_wallet: str
    help_to_wallet: str
    help_note: str

    # statements and invoices
    month: str
    period: str
    date: str
    paper: str
    charges_of: str
    statement_note: str
    nothing_charged: str
    invoice_of: str
    your_reference: str
    buyer_vat_id: str
    pay_by: str
    pay_to: str
    einvoice_note: str

    # the list of charges
    overview: str
    overview_note: str
    narrowed: str
    nothing_listed: str
    account: str
    currency: str
    count: str
    paid: str
    returned: str
    paid_by_you: str
    paid_by_employer: str

    # mails
    mail_subject: str
    mail_hello: str
    mail_receipt: str
    mail_credit: str
    mail_help: str
    mail_help_credit: str
    mail_statement: str
    mail_invoice: str
    mail_greeting: str

    # the letter for the bank
    letter_to: str
    letter_released: str
    letter_open: str
    letter_facts: str
    letter_status: str
    letter_is_released: str
    letter_is_open: str
    cardholder: str
    placed_at: str
    released_at: str
    expires_at: str
    processor: str
    reference: str
    charge_reference: str
    letter_ask: str
    ask_find: str
    ask_reversed: str
    ask_remove: str
    ask_when_open: str
    letter_sign: str
