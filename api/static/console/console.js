// What pages do beside the server: keys, and asking before a step that cannot be taken back. No page needs it to work.
"use strict";

const typing = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;
let going = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (going) {
    going = false;
    event.stopImmediatePropagation(); // the second key means nothing else on this page
    const place = document.querySelector(`.places a[data-key="${CSS.escape(event.key)}"]`);
    if (place) place.click();
    return;
  }
  if (event.key === "g") going = true;
  const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
  if (link) { link.click(); return; }
  if (event.key === "/") {
    const find = document.getElementById("find");
    if (find) { event.preventDefault(); find.focus(); }
  }
  if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  if (event.key === "Enter") {
    const link = document.querySelector("tr.chosen a");
    if (link && !event.target.closest("a, button, summary")) link.click();
  }
});

function step(by) {
  const rows = [...document.querySelectorAll("table.list tbody tr")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.classList.contains("chosen"));
  const to = Math.min(Math.max(at + by, 0), rows.length - 1);
  rows.forEach((row, index) => row.classList.toggle("chosen", index === to));
  rows[to].scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", (event) => {
  const told = event.submitter?.dataset.confirm;
  if (told && !window.confirm(told)) event.preventDefault();
});
