/* The running charge: asks for the changing part of the page as often as it says, and lets the bank ask its questions. */
(function () {
  "use strict";
  const main = document.getElementById("main");
  const news = document.getElementById("news");
  let etag = null;
  let misses = 0;
  let asking = false;

  const live = () => document.getElementById("live");

  async function look() {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(main.dataset.live, { headers, cache: "no-store" });
    if (answer.status === 205) return location.reload();
    if (answer.status !== 200) return;
    etag = answer.headers.get("ETag");
    put(await answer.text());
  }

  function put(text) {
    const held = document.getElementById("stop");
    if (held && held.open) return; // somebody is about to confirm: do not pull the button away
    const before = { phase: live().dataset.phase, focus: document.activeElement && document.activeElement.id };
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("live");
    if (!fresh) return;
    if (fresh.dataset.secret !== live().dataset.secret) return location.reload(); // the bank's script comes with the page
    live().replaceWith(fresh);
    if (fresh.dataset.phase !== before.phase) news.textContent = fresh.querySelector("h1").textContent;
    if (before.focus && document.getElementById(before.focus)) document.getElementById(before.focus).focus();
    askBank();
  }

  async function askHolder() {
    const told = live().dataset;
    if (asking || !told.secret || !window.Stripe) return;
    asking = true;
    const problem = document.getElementById("problem");
    try {
      const stripe = window.Stripe(told.key, { locale: document.documentElement.lang });
      const result = await stripe.handleNextAction({ clientSecret: told.secret });
      if (result.error && problem) {
        problem.textContent = result.error.message;
        problem.hidden = false;
      }
    } finally {
      asking = false;
    }
    await fetch(told.answered, { method: "POST" });
    location.reload();
  }

  function askBank() {
    const button = document.getElementById("bank");
    if (button) button.addEventListener("click", askHolder);
  }

  function next() {
    const wait = Math.min(60, Math.max(1, Number(live().dataset.poll)) * 2 ** Math.min(misses, 4));
    setTimeout(async () => {
      try {
        if (!asking && !document.hidden) await look();
        misses = 0;
      } catch {
        misses += 1; // no network in a garage: ask again, more slowly
      }
      next();
    }, wait * 1000);
  }

  askBank();
  if (live().dataset.secret) askHolder();
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !asking) look().catch(() => {}); });
  next();
})();
