"""German."""

from typing import Final

from clients.documents.texts.words import Words

DE: Final = Words(
    # what a paper is
    receipt="Beleg",
    credit_note="Gutschrift",
    statement="Monatsübersicht",
    invoice="Rechnung",
    charging_record="Ladenachweis",
    hold_letter="Kartenreservierung",
    # heads and feet
    number="Nummer",
    issued_on="Ausgestellt am",
    vat_id="USt-IdNr. {id}",
    driver="Fahrerin oder Fahrer",
    billed_to="Rechnungsempfänger",
    session="Ladevorgang",
    questions="Fragen? {contact}",
    session_line="Ladevorgang {id}",
    # where and when
    where="Wo",
    when="Wann",
    place="Ort",
    charger="Ladepunkt",
    operator="Betreiber",
    started="Beginn",
    energy_ended="Laden beendet",
    unplugged="Ausgesteckt",
    energy="Energie",
    times_in="Ortszeit ({zone})",
    # the price
    price="Preis",
    item="Position",
    quantity="Menge",
    unit_price="Einzelpreis",
    amount="Betrag",
    net="Netto",
    vat="USt.",
    gross="Brutto",
    vat_rate="Steuersatz",
    several_rates="mehrere Sätze",
    total="Gesamtbetrag",
    total_note="{energy} am {day}",
    vat_unknown="Der Betreiber hat die in diesem Preis enthaltene Umsatzsteuer nicht ausgewiesen.",
    energy_item="Energie",
    time_item="Ladezeit",
    parking_time_item="Standzeit",
    flat_item="Startgebühr",
    limit_item="Preisgrenze",
    as_billed_item="Laden laut Rechnung des Betreibers",
    roaming_item="Roaming",
    fee_item="Servicegebühr",
    hours="{count} h",
    per_kwh="{price} je kWh",
    per_hour="{price} je Stunde",
    # the hold and the card
    payment="Zahlung",
    card="Karte",
    reserved="Reserviert",
    charged="Abgebucht",
    released="Freigegeben",
    still_open="Noch offen",
    waived="Nicht berechnet",
    bank_days="Den Rest haben wir freigegeben. Bei Ihrer Bank kann es einige Tage dauern, bis das sichtbar ist.",
    fleet_pays="{fleet} bezahlt diesen Ladevorgang und erhält die Rechnung. Dieser Nachweis ist keine Rechnung.",
    your_company="Ihr Unternehmen",
    # checks
    check_equal="Geprüft: Wir haben die Rechnung des Betreibers nachgerechnet und keine Abweichung gefunden.",
    check_promise=(
        "Geprüft: Der Betreiber verlangte mehr als den Preis, den Sie angenommen haben. Sie zahlen den "
        "angenommenen Preis."
    ),
    check_difference="Geprüft: Unsere eigene Berechnung weicht um {amount} von der Rechnung des Betreibers ab.",
    check_none="Diese Rechnung ließ sich aus den Angaben des Betreibers nicht nachrechnen.",
    # papers about papers
    replaces="Dieser Beleg ersetzt {number}.",
    credits="Diese Gutschrift bezieht sich auf Beleg {number} vom {day}.",
    reason="Grund",
    reason_bill_fell="Der Preis des Ladevorgangs wurde nach unten korrigiert.",
    reason_bill_replaced="Der Preis des Ladevorgangs wurde korrigiert; ein neuer Beleg ersetzt den alten.",
    reason_refund="Wir erstatten Geld für diesen Ladevorgang.",
    credited="Gutgeschrieben",
    credit_bank_days=(
        "Was bereits abgebucht war, geht auf die Karte zurück; Ihre Bank braucht dafür fünf bis zehn Tage."
    ),
    # help that was paid for
    help_item="Hilfe",
    help_case="Fall",
    help_from_wallet="Ihrem Guthaben entnommen",
    help_to_wallet="Ihrem Guthaben gutgeschrieben",
    help_note="Sie haben diesem Betrag zugestimmt, bevor er entnommen wurde.",
    # statements and invoices
    month="Monat",
    period="Zeitraum",
    date="Datum",
    paper="Beleg",
    charges_of="Ihre Ladevorgänge: {month}",
    statement_note="Diese Übersicht fasst Belege und Gutschriften zusammen; sie ist keine Rechnung.",
    nothing_charged="Keine Ladevorgänge in diesem Monat.",
    invoice_of="Laden: {month}",
    your_reference="Ihr Zeichen",
    buyer_vat_id="Ihre USt-IdNr.",
    pay_by="Bitte zahlen Sie bis zum {day}.",
    pay_to="Konto {iban}, Verwendungszweck {number}.",
    einvoice_note=(
        "Diese Datei ist zugleich eine elektronische Rechnung (EN 16931): die Daten sind als factur-x.xml eingebettet."
    ),
    # the list of charges
    overview="Ladevorgänge",
    overview_note="Diese Liste ist eine Übersicht; maßgeblich sind die Belege.",
    narrowed="Aufgeführt ist nur eine Auswahl der Ladevorgänge.",
    nothing_listed="Keine Ladevorgänge.",
    account="Kontonummer",
    currency="Währung",
    count="Anzahl",
    paid="Bezahlt",
    returned="Zurück",
    paid_by_you="Von Ihnen bezahlt",
    paid_by_employer="Vom Arbeitgeber bezahlt",
    # mails
    mail_subject="{title} {number} über {amount}",
    mail_hello="Guten Tag {name},",
    mail_receipt="Sie haben am {day} {energy} geladen: {place}. Das kostet {amount}; der Beleg liegt bei.",
    mail_credit="wir schreiben Ihnen {amount} für Ihren Ladevorgang gut: {place}. Die Gutschrift liegt bei.",
    mail_help=(
        "Sie haben kostenpflichtiger Hilfe im Fall {number} zugestimmt. Sie kostet {amount} aus Ihrem "
        "Guthaben; die Quittung liegt bei."
    ),
    mail_help_credit=(
        "wir schreiben {amount} für die Hilfe im Fall {number} Ihrem Guthaben gut. Die Gutschrift liegt bei."
    ),
    mail_statement="anbei die Übersicht Ihrer Ladevorgänge ({month}): {amount}.",
    mail_invoice="anbei die Rechnung für die Ladevorgänge Ihrer Fahrerinnen und Fahrer ({month}): {amount}.",
    mail_greeting="Freundliche Grüße",
    # the letter for the bank
    letter_to="An die Bank, die die Karte ausgegeben hat",
    letter_released=(
        "Am {day} haben wir auf der unten genannten Karte {amount} für das Laden eines Elektroautos reserviert "
        "und am {released_day} davon {released} freigegeben. Auf den freigegebenen Betrag erheben wir keinen "
        "Anspruch mehr. Bitte stellen Sie ihn der Karteninhaberin oder dem Karteninhaber wieder zur Verfügung, "
        "falls er noch als reserviert erscheint."
    ),
    letter_open=(
        "Am {day} haben wir auf der unten genannten Karte {amount} für das Laden eines Elektroautos reserviert. "
        "Die Reservierung ist noch offen: Wir buchen ab, was das Laden kostet, und geben den Rest frei."
    ),
    letter_facts="Die Reservierung",
    letter_status="Stand",
    letter_is_released="Freigegeben",
    letter_is_open="Offen",
    cardholder="Karteninhaber/in",
    placed_at="Reserviert um",
    released_at="Freigegeben um",
    expires_at="Endet spätestens",
    processor="Zahlungsdienstleister",
    reference="Referenz",
    charge_reference="Autorisierung",
    letter_ask="Was Sie die Bank fragen können",
    ask_find="Bitte suchen Sie die Autorisierung über {amount} vom {day} für die Karte mit den Endziffern {last4}.",
    ask_reversed="Ist die Stornierung des Händlers eingegangen, und wann wird der Betrag verfügbar?",
    ask_remove=(
        "Falls die Bank den Betrag von sich aus zurückhält, heben Sie die Sperre bitte auf: Dieses Schreiben ist "
        "die Zustimmung des Händlers."
    ),
    ask_when_open="Wann verfällt die Reservierung von selbst, wenn nichts mehr abgebucht wird?",
    letter_sign="Dieses Schreiben wurde aus unseren Aufzeichnungen erstellt und ist ohne Unterschrift gültig.",
)
