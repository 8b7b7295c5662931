// Keys on the page of a case. The page works without it.
"use strict";

const writing = (target) => target.closest("input, select, textarea") !== null;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  if (event.key === "t") document.querySelector("form[data-key=t]")?.requestSubmit();
  if (event.key === "a") start(event, document.getElementById("answer"));
  if (event.key === "n") start(event, document.getElementById("note"));
  if (event.key === "e") unfold(event, "escalate");
  if (event.key === "l") unfold(event, "attempt");
});

function start(event, field) {
  if (!field) return;
  event.preventDefault();
  field.focus();
}

function unfold(event, id) {
  const part = document.getElementById(id);
  if (!part) return;
  part.open = true;
  start(event, part.querySelector("input:not([type=hidden]), textarea, select"));
}
