"""Norwegian Bokmål."""

from typing import Final

from clients.documents.texts.words import Words

NB: Final = Words(
    # what a paper is
    receipt="Kvittering",
    credit_note="Kreditnota",
    statement="Månedsoversikt",
    invoice="Faktura",
    charging_record="Ladebevis",
    hold_letter="Kortreservasjon",
    # heads and feet
    number="Nummer",
    issued_on="Utstedt",
    vat_id="MVA-nr. {id}",
    driver="Sjåfør",
    billed_to="Fakturamottaker",
    session="Ladeøkt",
    questions="Spørsmål? {contact}",
    session_line="Ladeøkt {id}",
    # where and when
    where="Hvor",
    when="Når",
    place="Sted",
    charger="Lader",
    operator="Operatør",
    started="Start",
    energy_ended="Lading avsluttet",
    unplugged="Frakoblet",
    energy="Energi",
    times_in="Lokal tid ({zone})",
    # the price
    price="Pris",
    item="Post",
    quantity="Antall",
    unit_price="Enhetspris",
    amount="Beløp",
    net="Netto",
    vat="MVA",
    gross="Brutto",
    vat_rate="MVA-sats",
    several_rates="flere satser",
    total="Totalt",
    total_note="{energy} den {day}",
    vat_unknown="Operatøren har ikke oppgitt merverdiavgiften i denne prisen.",
    energy_item="Energi",
    time_item="Ladetid",
    parking_time_item="Parkeringstid",
    flat_item="Startavgift",
    limit_item="Prisgrense",
    as_billed_item="Lading ifølge operatørens regning",
    roaming_item="Roaming",
    fee_item="Tjenestegebyr",
    hours="{count} t",
    per_kwh="{price} per kWh",
    per_hour="{price} per time",
    # the hold and the card
    payment="Betaling",
    card="Kort",
    reserved="Reservert",
    charged="Belastet",
    released="Frigitt",
    still_open="Gjenstår",
    waived="Ikke belastet",
    bank_days="Vi har frigitt resten. Det kan ta noen dager før banken din viser det.",
    fleet_pays="{fleet} betaler denne ladingen og får fakturaen. Dette beviset er ikke en faktura.",
    your_company="Firmaet ditt",
    # checks
    check_equal="Kontrollert: Vi har regnet operatørens regning på nytt og fant ingen avvik.",
    check_promise="Kontrollert: Operatøren krevde mer enn prisen du godtok. Du betaler prisen du godtok.",
    check_difference="Kontrollert: Vår egen beregning avviker med {amount} fra operatørens regning.",
    check_none="Denne regningen kunne ikke regnes på nytt ut fra operatørens opplysninger.",
    # papers about papers
    replaces="Denne kvitteringen erstatter {number}.",
    credits="Denne kreditnotaen gjelder kvittering {number} av {day}.",
    reason="Årsak",
    reason_bill_fell="Prisen for ladingen ble rettet ned.",
    reason_bill_replaced="Prisen for ladingen ble rettet; en ny kvittering erstatter den gamle.",
    reason_refund="Vi gir tilbake penger for denne ladingen.",
    credited="Kreditert",
    credit_bank_days="Det som alt er belastet, går tilbake til kortet; banken kan bruke fem til ti dager.",
    # help that was paid for
    help_item="Hjelp",
    help_case="Sak",
    help_from_wallet="Trukket fra lommeboken",
    help_to_wallet="Tilbakeført til lommeboken",
    help_note="Du godtok beløpet før det ble trukket.",
    # statements and invoices
    month="Måned",
    period="Periode",
    date="Dato",
    paper="Bilag",
    charges_of="Ladingene dine i {month}",
    statement_note="Oversikten oppsummerer kvitteringer og kreditnotaer; den er ikke en faktura.",
    nothing_charged="Ingen ladinger denne måneden.",
    invoice_of="Lading i {month}",
    your_reference="Deres referanse",
    buyer_vat_id="Deres MVA-nr.",
    pay_by="Betales innen {day}.",
    pay_to="Konto {iban}, merket {number}.",
    einvoice_note="Filen er også en elektronisk faktura (EN 16931): dataene er lagt ved som factur-x.xml.",
    # the list of charges
    overview="Ladinger",
    overview_note="Listen er en oversikt; det er kvitteringene som gjelder.",
    narrowed="Bare et utvalg av ladingene er med.",
    nothing_listed="Ingen ladinger.",
    account="Kontonummer",
    currency="Valuta",
    count="Antall",
    paid="Betalt",
    returned="Tilbake",
    paid_by_you="Betalt av deg",
    paid_by_employer="Betalt av arbeidsgiver",
    # mails
    mail_subject="{title} {number} på {amount}",
    mail_hello="Hei {name},",
    mail_receipt="du ladet {energy} på {place} den {day}. Det koster {amount}; kvitteringen er vedlagt.",
    mail_credit="vi krediterer deg {amount} for ladingen på {place}. Kreditnotaen er vedlagt.",
    mail_help=(
        "du har godtatt hjelp mot betaling i sak {number}. Den koster {amount}, trukket fra lommeboken; "
        "kvitteringen er vedlagt."
    ),
    mail_help_credit=(
        "vi fører {amount} for hjelp i sak {number} tilbake til lommeboken din. Kreditnotaen er vedlagt."
    ),
    mail_statement="vedlagt er oversikten over ladingene dine i {month}: {amount}.",
    mail_invoice="vedlagt er fakturaen for sjåførenes ladinger i {month}: {amount}.",
    mail_greeting="Vennlig hilsen",
    # the letter for the bank
    letter_to="Til banken som har utstedt kortet",
    letter_released=(
        "Den {day} reserverte vi {amount} på kortet nedenfor for lading av en elbil, og frigav {released} den "
        "{released_day}. Vi gjør ikke krav på det frigitte beløpet. Gjør det tilgjengelig for kortholderen igjen "
        "dersom det fortsatt vises som reservert."
    ),
    letter_open=(
        "Den {day} reserverte vi {amount} på kortet nedenfor for lading av en elbil. Reservasjonen er fortsatt "
        "åpen: Vi belaster det ladingen koster, og frigir resten."
    ),
    letter_facts="Reservasjonen",
    letter_status="Status",
    letter_is_released="Frigitt",
    letter_is_open="Åpen",
    cardholder="Kortholder",
    placed_at="Reservert kl.",
    released_at="Frigitt kl.",
    expires_at="Utløper senest",
    processor="Betalingsformidler",
    reference="Referanse",
    charge_reference="Autorisasjon",
    letter_ask="Hva du kan spørre banken om",
    ask_find="Finn autorisasjonen på {amount} fra {day} for kortet som slutter på {last4}.",
    ask_reversed="Har tilbakeføringen fra brukerstedet kommet, og når blir beløpet tilgjengelig?",
    ask_remove=(
        "Hvis banken holder beløpet tilbake på eget initiativ, opphev sperringen: Dette brevet er brukerstedets "
        "samtykke."
    ),
    ask_when_open="Når faller reservasjonen bort av seg selv hvis ikke mer belastes?",
    letter_sign="Brevet er laget fra våre registre og er gyldig uten underskrift.",
)
