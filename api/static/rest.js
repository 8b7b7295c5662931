/* Paying what is open of a charge: the payment is made by the server, confirmed by the payment service's form. */
(function () {
  "use strict";
  const form = document.getElementById("rest");
  const told = form.dataset;
  const problem = document.getElementById("problem");
  const go = document.getElementById("go");
  const label = go.textContent;
  const stripe = window.Stripe(told.key, { locale: document.documentElement.lang });
  const elements = stripe.elements({ mode: "payment", amount: Number(told.amount), currency: told.currency.toLowerCase() });
  elements.create("payment", { layout: "tabs" }).mount("#card");

  function show(text) {
    go.disabled = false;
    go.textContent = label;
    problem.textContent = text;
    problem.hidden = false;
    problem.focus();
  }

  async function ask(address, options) {
    const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
    const answer = await fetch(address, { ...options, headers, cache: "no-store" });
    return { ok: answer.ok, tree: await answer.json() };
  }

  async function paid() {
    for (let tries = 0; tries < 20; tries += 1) { // the payment service tells our server, usually at once
      const { tree } = await ask(told.page);
      if (tree.open && tree.open.amount_minor === 0) break;
      await new Promise((done) => setTimeout(done, 1000));
    }
    location.replace(told.page);
  }

  async function pay() {
    const checked = await elements.submit();
    if (checked.error) return show(checked.error.message);
    const begun = await ask(told.payment, { method: "POST" }); // two clicks are one payment
    if (!begun.ok || !begun.tree.client_secret) return show(begun.tree.detail || told.failed);
    const result = await stripe.confirmPayment({ elements, clientSecret: begun.tree.client_secret, redirect: "if_required",
      confirmParams: { return_url: new URL(told.page, location.href).href } });
    return result.error ? show(result.error.message || told.failed) : paid();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.hidden = true;
    go.disabled = true;
    go.textContent = told.waiting;
    pay().catch(() => show(told.failed));
  });
})();
