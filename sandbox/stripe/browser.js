/* The stand-in for Stripe's script in the browser: the part of its interface that our pages use, for simulated cards.
 * Answers to https://docs.stripe.com/js (elements, createPaymentMethod, handleNextAction, confirmPayment). The real
 * script shows card fields in frames of its own; this one shows plain fields, which is why only made-up cards exist. */
(function () {
  "use strict";
  const base = new URL(document.currentScript.src).origin;
  const WORDS = {
    en: { number: "Card number", expiry: "Expiry (MM / YY)", cvc: "Security code", bank: "Your bank asks",
      bad: "Check the card number.", incomplete: "Your card details are incomplete.", failed: "Your bank did not confirm it was you." },
    de: { number: "Kartennummer", expiry: "Gültig bis (MM / JJ)", cvc: "Prüfziffer", bank: "Ihre Bank fragt",
      bad: "Prüfen Sie die Kartennummer.", incomplete: "Die Kartendaten sind unvollständig.", failed: "Ihre Bank hat Sie nicht bestätigt." },
    fr: { number: "Numéro de carte", expiry: "Expiration (MM / AA)", cvc: "Code de sécurité", bank: "Votre banque demande",
      bad: "Vérifiez le numéro de carte.", incomplete: "Les données de la carte sont incomplètes.", failed: "Votre banque ne vous a pas confirmé." },
    nb: { number: "Kortnummer", expiry: "Utløpsdato (MM / ÅÅ)", cvc: "Sikkerhetskode", bank: "Banken din spør",
      bad: "Sjekk kortnummeret.", incomplete: "Kortopplysningene er ufullstendige.", failed: "Banken bekreftet deg ikke." },
    sv: { number: "Kortnummer", expiry: "Giltigt till (MM / ÅÅ)", cvc: "Säkerhetskod", bank: "Din bank frågar",
      bad: "Kontrollera kortnumret.", incomplete: "Kortuppgifterna är ofullständiga.", failed: "Banken bekräftade dig inte." },
  };

  async function ask(path, body) {
    // A plain-text body needs no preflight from another origin.
    const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(base + "/_sandbox/js/" + path, options);
    const tree = await answer.json();
    return answer.ok ? { value: tree } : { error: tree.error };
  }

  function field(words, name, autocomplete, placeholder) {
    const label = document.createElement("label");
    label.textContent = words[name];
    const input = document.createElement("input");
    Object.assign(input, { type: "text", inputMode: "numeric", autocomplete, placeholder, name: "stand-in-" + name });
    label.append(input);
    return { label, input };
  }

  function paymentElement(elements) {
    const made = {};
    for (const [name, autocomplete, placeholder] of [["number", "cc-number", "4242 4242 4242 4242"],
      ["expiry", "cc-exp", "12 / 34"], ["cvc", "cc-csc", "123"]]) {
      made[name] = field(elements.words, name, autocomplete, placeholder);
    }
    elements.fields = made;
    const listeners = {};
    return {
      mount(where) {
        const target = typeof where === "string" ? document.querySelector(where) : where;
        target.replaceChildren(...Object.values(made).map((each) => each.label));
        setTimeout(() => (listeners.ready || []).forEach((call) => call({})), 0);
      },
      on(event, call) { (listeners[event] = listeners[event] || []).push(call); return this; },
      destroy() {},
    };
  }

  function makeElements(options) {
    const words = WORDS[(options.locale || "en").slice(0, 2)] || WORDS.en;
    const elements = { words, clientSecret: options.clientSecret, fields: null };
    elements.create = (kind) => {
      if (kind !== "payment") throw new Error("The stand-in has the payment element only.");
      return paymentElement(elements);
    };
    elements.submit = async () => {
      const empty = !elements.fields || Object.values(elements.fields).some((each) => !each.input.value.trim());
      return empty ? { error: { type: "validation_error", message: words.incomplete } } : {};
    };
    elements.number = () => elements.fields.number.input.value.replace(/\D/g, "");
    return elements;
  }

  const idOf = (secret) => secret.split("_secret")[0];
  const look = (secret) => ask("payment_intents/" + idOf(secret) + "?client_secret=" + encodeURIComponent(secret));

  async function askHolder(secret, words) {
    const dialog = document.createElement("div");
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-label", words.bank);
    Object.assign(dialog.style, { position: "fixed", inset: "0", zIndex: "9", background: "rgb(0 0 0 / 60%)",
      display: "grid", placeItems: "center" });
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: base + "/_sandbox/3ds/" + idOf(secret), title: words.bank });
    Object.assign(frame.style, { background: "white", border: "0", borderRadius: "12px", width: "min(92vw, 420px)", height: "320px" });
    dialog.append(frame);
    document.body.append(dialog);
    frame.focus();
    for (;;) {
      await new Promise((done) => setTimeout(done, 250));
      const seen = await look(secret);
      if (seen.error || seen.value.status !== "requires_action") {
        dialog.remove();
        return seen;
      }
    }
  }

  async function settle(secret, words) {
    let seen = await look(secret);
    if (!seen.error && seen.value.status === "requires_action") seen = await askHolder(secret, words);
    if (seen.error) return { error: seen.error };
    const failed = seen.value.status === "requires_payment_method";
    return failed ? { error: { ...seen.value.last_payment_error, message: words.failed } } : { paymentIntent: seen.value };
  }

  window.Stripe = function (key, settings) {
    if (!String(key).startsWith("pk_test_")) throw new Error("The stand-in takes test keys only.");
    const words = WORDS[((settings || {}).locale || "en").slice(0, 2)] || WORDS.en;
    return {
      elements: (options) => makeElements({ ...(settings || {}), ...options }),
      retrievePaymentIntent: async (secret) => {
        const seen = await look(secret);
        return seen.error ? seen : { paymentIntent: seen.value };
      },
      createPaymentMethod: async ({ elements }) => {
        const made = await ask("payment_methods", { number: elements.number() });
        return made.error ? { error: { ...made.error, message: elements.words.bad } } : { paymentMethod: made.value };
      },
      handleNextAction: ({ clientSecret }) => settle(clientSecret, words),
      confirmPayment: async ({ elements, clientSecret }) => {
        const secret = clientSecret || elements.clientSecret;
        const tried = await ask("payment_intents/" + idOf(secret) + "/confirm", { client_secret: secret, number: elements.number() });
        return tried.error ? { error: tried.error } : settle(secret, words);
      },
    };
  };
  window.Stripe.version = "stand-in";
})();
