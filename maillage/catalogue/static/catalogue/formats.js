// Adds a format to a product's form from its <template>, and lights certifiers only for labels that are ticked.
const forms = document.querySelector("[data-formats]");
const blank = document.querySelector("[data-format-blank]");
const total = document.querySelector('[name="formats-TOTAL_FORMS"]');

document.querySelector("[data-format-add]")?.addEventListener("click", () => {
  const index = Number(total.value);
  const holder = document.createElement("div");
  holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", String(index));
  forms.append(...holder.children);
  total.value = String(index + 1);
  forms.lastElementChild.querySelector("input:not([type=hidden])")?.focus();
});
