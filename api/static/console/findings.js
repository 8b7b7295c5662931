// Keys on findings, and confirmations that repeat what was typed. The pages work without it.
"use strict";

const inField = (target) => target.closest("input:not([type=checkbox]), select, textarea") !== null;

let before = "";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  const place = before === "g"; // the second key of going somewhere (console.js)
  before = event.key;
  if (place) return;
  const row = document.querySelector("tr.chosen");
  if (event.key === "x" && row) toggle(row);
  if (event.key === "a") acknowledge(row);
  if (event.key === "s") snooze(row);
});

function toggle(row) {
  const box = row.querySelector("input[name=finding]");
  if (box) box.checked = !box.checked;
}

function acknowledge(row) {
  const one = document.querySelector("form[data-key=a]");
  if (one) return one.requestSubmit();
  const many = document.getElementById("many");
  if (!many) return;
  const box = row?.querySelector("input[name=finding]");
  if (box && !many.querySelector("input[name=finding]:checked")) box.checked = true;
  if (many.querySelector("input[name=finding]:checked")) many.requestSubmit();
}

function snooze(row) {
  const days = document.querySelector("select[data-key=s]");
  if (days) { setTimeout(() => days.focus()); return; }
  const link = row?.querySelector("a");
  if (link) window.location.assign(`${link.getAttribute("href")}#days`);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-action]");
  const button = form?.querySelector("button[data-confirm]");
  if (!button) return;
  const amount = form.elements.namedItem("amount")?.value.trim();
  const reason = form.elements.namedItem("reason")?.selectedOptions[0]?.textContent;
  const told = [form.dataset.action, amount && `${amount} ${form.dataset.currency}`, reason].filter(Boolean);
  button.dataset.confirm = `${told.join(", ")}?`;
});
