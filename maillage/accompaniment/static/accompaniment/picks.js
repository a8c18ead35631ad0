// One tap fills a field: data-picks="name" holds buttons with data-value for the field of that name in the same form.
// data-picks="enterprise": the first empty one of the parties, a new party when none is left; a second tap takes it back.
// The field stays for whatever is not offered, and says what was picked.

function fields(box) {
  const form = box.closest("form");
  const name = box.dataset.picks;
  const found = name === "enterprise" ? '[data-parties] input[name$="-enterprise"]' : `[name="${name}"]`;
  return [...form.querySelectorAll(found)];
}

function fill(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function pick(box, value) {
  const held = fields(box).find((field) => field.value === value);
  if (held) return fill(held, "");
  if (box.dataset.picks !== "enterprise") return fill(fields(box)[0], value);
  if (!fields(box).some((field) => !field.value)) box.closest("form").querySelector("[data-add-party]")?.click();
  return fill(fields(box).find((field) => !field.value), value);
}

function show(box) {
  const held = new Set(fields(box).map((field) => field.value));
  for (const button of box.querySelectorAll("button")) button.setAttribute("aria-pressed", held.has(button.dataset.value));
}

for (const box of document.querySelectorAll("[data-picks]")) {
  box.hidden = false;
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-value]");
    if (!button) return;
    pick(box, button.dataset.value);
    button.focus();
  });
  for (const kind of ["input", "change", "reset"]) {
    box.closest("form").addEventListener(kind, () => setTimeout(() => show(box)));
  }
  show(box);
}
