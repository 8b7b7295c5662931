"""French."""

from typing import Final

from clients.documents.texts.words import Words

FR: Final = Words(
    # what a paper is
    receipt="Reçu",
    credit_note="Avoir",
    statement="Relevé mensuel",
    invoice="Facture",
    charging_record="Attestation de recharge",
    hold_letter="Préautorisation sur carte",
    # heads and feet
    number="Numéro",
    issued_on="Émis le",
    vat_id="N° TVA {id}",
    driver="Conducteur",
    billed_to="Facturé à",
    session="Session de recharge",
    questions="Des questions ? {contact}",
    session_line="Session de recharge {id}",
    # where and when
    where="Où",
    when="Quand",
    place="Lieu",
    charger="Borne",
    operator="Opérateur",
    started="Début",
    energy_ended="Fin de la charge",
    unplugged="Débranché",
    energy="Énergie",
    times_in="Heure locale ({zone})",
    # the price
    price="Prix",
    item="Poste",
    quantity="Quantité",
    unit_price="Prix unitaire",
    amount="Montant",
    net="Net HT",
    vat="TVA",
    gross="Total TTC",
    vat_rate="Taux de TVA",
    several_rates="plusieurs taux",
    total="Total",
    total_note="{energy} le {day}",
    vat_unknown="L’opérateur n’a pas indiqué la TVA comprise dans ce prix.",
    energy_item="Énergie",
    time_item="Temps de charge",
    parking_time_item="Temps de stationnement",
    flat_item="Forfait de démarrage",
    limit_item="Plafond ou minimum",
    as_billed_item="Recharge selon la facture de l’opérateur",
    roaming_item="Itinérance",
    fee_item="Frais de service",
    hours="{count} h",
    per_kwh="{price} par kWh",
    per_hour="{price} par heure",
    # the hold and the card
    payment="Paiement",
    card="Carte",
    reserved="Préautorisé",
    charged="Débité",
    released="Libéré",
    still_open="Reste dû",
    waived="Non débité",
    bank_days="Nous avons libéré le reste. Votre banque peut mettre quelques jours à l’afficher.",
    fleet_pays="{fleet} paie cette recharge et reçoit la facture. Cette attestation n’est pas une facture.",
    your_company="Votre entreprise",
    # checks
    check_equal="Vérifié : nous avons recalculé la facture de l’opérateur, sans écart.",
    check_promise="Vérifié : l’opérateur demandait plus que le prix accepté. Vous payez le prix accepté.",
    check_difference="Vérifié : notre calcul diffère de {amount} de la facture de l’opérateur.",
    check_none="Cette facture n’a pas pu être recalculée à partir des données de l’opérateur.",
    # papers about papers
    replaces="Ce reçu remplace le reçu {number}.",
    credits="Cet avoir se rapporte au reçu {number} du {day}.",
    reason="Motif",
    reason_bill_fell="Le prix de la recharge a été corrigé à la baisse.",
    reason_bill_replaced="Le prix de la recharge a été corrigé ; un nouveau reçu remplace l’ancien.",
    reason_refund="Nous remboursons une partie ou la totalité de cette recharge.",
    credited="Crédité",
    credit_bank_days="Ce qui a déjà été débité retourne sur la carte ; votre banque peut mettre cinq à dix jours.",
    # help that was paid for
    help_item="Assistance",
    help_case="Dossier",
    help_from_wallet="Prélevé sur votre compte prépayé",
    help_to_wallet="Recrédité sur votre compte prépayé",
    help_note="Vous avez accepté ce montant avant son prélèvement.",
    # statements and invoices
    month="Mois",
    period="Période",
    date="Date",
    paper="Document",
    charges_of="Vos recharges : {month}",
    statement_note="Ce relevé récapitule reçus et avoirs ; il n’est pas une facture.",
    nothing_charged="Aucune recharge ce mois-ci.",
    invoice_of="Recharges : {month}",
    your_reference="Votre référence",
    buyer_vat_id="Votre n° TVA",
    pay_by="À régler avant le {day}.",
    pay_to="Compte {iban}, référence {number}.",
    einvoice_note=(
        "Ce fichier est aussi une facture électronique (EN 16931) : ses données sont jointes en factur-x.xml."
    ),
    # the list of charges
    overview="Recharges",
    overview_note="Cette liste est un aperçu ; seuls les reçus font foi.",
    narrowed="Seule une sélection des recharges figure ici.",
    nothing_listed="Aucune recharge.",
    account="Numéro de compte",
    currency="Devise",
    count="Nombre",
    paid="Payé",
    returned="Rendu",
    paid_by_you="Payé par vous",
    paid_by_employer="Payé par votre employeur",
    # mails
    mail_subject="{title} {number} : {amount}",
    mail_hello="Bonjour {name},",
    mail_receipt="vous avez rechargé {energy} le {day} : {place}. Le prix est de {amount} ; le reçu est joint.",
    mail_credit="nous vous créditons {amount} pour votre recharge : {place}. L’avoir est joint.",
    mail_help=(
        "vous avez accepté une assistance payante pour le dossier {number}. Elle coûte {amount}, "
        "prélevés sur votre compte prépayé ; le reçu est joint."
    ),
    mail_help_credit=(
        "nous recréditons {amount} sur votre compte prépayé pour l’assistance du dossier {number}. L’avoir est joint."
    ),
    mail_statement="vous trouverez ci-joint le relevé de vos recharges ({month}) : {amount}.",
    mail_invoice="vous trouverez ci-joint la facture des recharges de vos conducteurs ({month}) : {amount}.",
    mail_greeting="Cordialement",
    # the letter for the bank
    letter_to="À la banque émettrice de la carte",
    letter_released=(
        "Le {day}, nous avons préautorisé {amount} sur la carte ci-dessous pour la recharge d’une voiture "
        "électrique, puis libéré {released} le {released_day}. Nous ne réclamons plus le montant libéré. Merci de "
        "le remettre à la disposition du titulaire s’il apparaît encore comme réservé."
    ),
    letter_open=(
        "Le {day}, nous avons préautorisé {amount} sur la carte ci-dessous pour la recharge d’une voiture "
        "électrique. La préautorisation est encore ouverte : nous débiterons le prix de la recharge et libérerons "
        "le reste."
    ),
    letter_facts="La préautorisation",
    letter_status="État",
    letter_is_released="Libérée",
    letter_is_open="Ouverte",
    cardholder="Titulaire",
    placed_at="Préautorisée le",
    released_at="Libérée le",
    expires_at="Prend fin au plus tard",
    processor="Prestataire de paiement",
    reference="Référence",
    charge_reference="Autorisation",
    letter_ask="Que demander à la banque",
    ask_find="Veuillez rechercher l’autorisation de {amount} du {day} pour la carte se terminant par {last4}.",
    ask_reversed="L’annulation du commerçant est-elle arrivée, et quand le montant sera-t-il disponible ?",
    ask_remove=(
        "Si la banque retient le montant de son propre chef, merci de lever le blocage : cette lettre vaut accord "
        "du commerçant."
    ),
    ask_when_open="Quand la préautorisation expire-t-elle d’elle-même si rien n’est débité ?",
    letter_sign="Cette lettre est établie d’après nos registres et est valable sans signature.",
)
