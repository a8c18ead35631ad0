// The grid by keyboard: arrows up and down (and Enter) go from row to row in a column; edited cells are marked;
// leaving with unsaved cells asks first. Works without it too.
const form = document.querySelector("[data-grid]");
const count = document.querySelector("[data-grid-count]");
const value = (cell) => (cell.type === "checkbox" ? String(cell.checked) : cell.value);
const cells = [...form.querySelectorAll(".grid-cell, [data-cell]")];
const first = new Map(cells.map((cell) => [cell, value(cell)]));
let sending = false;

const edited = () => cells.filter((cell) => value(cell) !== first.get(cell));

form.addEventListener("input", (event) => {
  const cell = event.target;
  if (!first.has(cell)) return;
  cell.classList.toggle("is-edited", value(cell) !== first.get(cell));
  const n = edited().length;
  count.textContent = n ? count.dataset.some.replace("{n}", String(n)) : count.dataset.none;
});

form.addEventListener("keydown", (event) => {
  const cell = event.target;
  if (!first.has(cell)) return;
  const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
  if (!step || (cell.tagName === "SELECT" && event.key !== "Enter") || event.isComposing) return;
  event.preventDefault();
  const column = cells.filter((other) => other.dataset.column === cell.dataset.column);
  const next = column[column.indexOf(cell) + step];
  next?.focus();
  next?.select?.();
});

form.addEventListener("submit", () => { sending = true; });
window.addEventListener("beforeunload", (event) => {
  if (!sending && edited().length) event.preventDefault();
});
