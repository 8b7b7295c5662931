/* The offer: card details go from the payment service's form to the payment service; we get the name of a payment
 * method and start with it. Nothing is reserved before the server has written the charge. */
(function () {
  "use strict";
  const form = document.getElementById("pay");
  const told = form.dataset;
  const problem = document.getElementById("problem");
  const go = document.getElementById("go");
  const label = go.textContent;
  const email = document.getElementById("email");
  const unknown = document.getElementById("unknown");
  let stripe = null;
  let elements = null;

  if (!told.stands) {
    stripe = window.Stripe(told.key, { locale: document.documentElement.lang });
    elements = stripe.elements({ mode: "payment", amount: Number(told.amount), currency: told.currency.toLowerCase(),
      captureMethod: "manual", paymentMethodCreation: "manual", paymentMethodTypes: ["card"] });
    elements.create("payment", { layout: "tabs" }).mount("#card");
  } else {
    setTimeout(() => { if (!go.disabled) location.reload(); }, (Number(told.stands) + 1) * 1000); // then a card is needed
  }

  function busy(on) {
    go.disabled = on;
    go.textContent = on ? told.waiting : label;
  }

  function show(text, field) {
    busy(false);
    problem.textContent = text;
    problem.hidden = false;
    if (field) field.setAttribute("aria-invalid", "true");
    (field || problem).focus();
  }

  async function paymentMethod() {
    const checked = await elements.submit();
    if (checked.error) throw new Error(checked.error.message);
    const made = await stripe.createPaymentMethod({ elements, params: { billing_details: { email: email.value.trim() } } });
    if (made.error) throw new Error(made.error.message);
    return made.paymentMethod.id;
  }

  async function start() {
    const wish = { quote_id: told.quote, amount_minor: Number(told.amount), currency: told.currency, email: email.value.trim(),
      payment_method: told.stands ? null : await paymentMethod(), accept_unknown_price: Boolean(unknown && unknown.checked) };
    const answer = await fetch(told.start, { method: "POST", body: JSON.stringify(wish),
      headers: { "Content-Type": "application/json", Accept: "application/json", "Accept-Language": document.documentElement.lang } });
    if (answer.ok) return location.replace(told.page);
    const tree = await answer.json();
    if (tree.code === "quote-expired" || tree.code === "card-needed") return location.replace(told.page);
    throw new Error(tree.title + ". " + tree.detail);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.hidden = true;
    for (const each of form.querySelectorAll("[aria-invalid]")) each.removeAttribute("aria-invalid");
    if (!email.value.trim() || !email.checkValidity()) return show(told.emailMissing, email);
    if (unknown && !unknown.checked) return show(told.agreeMissing, unknown);
    busy(true);
    start().catch((error) => show(error instanceof TypeError ? told.failed : error.message || told.failed));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
