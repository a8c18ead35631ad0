// The grid by keyboard: arrows up and down (and Enter) go from row to row in a column; a block copied from a spreadsheet
// is pasted from the cell where the cursor is; edited cells are marked; leaving with unsaved cells asks first. Works
// without it too.
const form = document.querySelector("[data-grid]");
const count = document.querySelector("[data-grid-count]");
const value = (cell) => (cell.type === "checkbox" ? String(cell.checked) : cell.value);
const rows = [...form.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll(".grid-cell, [data-cell]")]);
const cells = rows.flat();
const first = new Map(cells.map((cell) => [cell, value(cell)]));
let sending = false;

const edited = () => cells.filter((cell) => value(cell) !== first.get(cell));

const mark = (cell) => cell.classList.toggle("is-edited", value(cell) !== first.get(cell));

const tell = (more = "") => {
  const n = edited().length;
  count.textContent = (n ? count.dataset.some.replace("{n}", String(n)) : count.dataset.none) + (more && ` · ${more}`);
};

form.addEventListener("input", (event) => {
  if (!first.has(event.target)) return;
  mark(event.target);
  tell();
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

// Rows of cells as a spreadsheet copies them: tabs between cells, line ends between rows, quotes around a cell that
// holds either.
const block = (text) => {
  const lines = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    const line = lines.at(-1);
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { line[line.length - 1] += '"'; i += 1; }
      else if (c === '"') quoted = false;
      else line[line.length - 1] += c;
    } else if (c === '"' && line.at(-1) === "") quoted = true;
    else if (c === "\t") line.push("");
    else if (c === "\n") lines.push([""]);
    else if (c !== "\r") line[line.length - 1] += c;
  }
  if (lines.length > 1 && lines.at(-1).length === 1 && lines.at(-1)[0] === "") lines.pop();
  return lines;
};

const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();

// Put a text in a cell; false when the cell has no such choice.
const put = (cell, text) => {
  if (cell.type === "checkbox") {
    const word = plain(text);
    if (["oui", "yes", "x", "1", "vrai", "true", "o", "y"].includes(word)) cell.checked = true;
    else if (["", "non", "no", "0", "faux", "false", "n"].includes(word)) cell.checked = false;
    else return false;
  } else if (cell.tagName === "SELECT") {
    const option = [...cell.options].find((o) => o.value === text.trim() || plain(o.text) === plain(text))
      ?? [...cell.options].find((o) => plain(text).length >= 3 && plain(o.text).startsWith(plain(text)));
    if (!option) return false;
    cell.value = option.value;
  } else cell.value = text.replace(/\s*[\r\n]+\s*/g, " ").trim();
  mark(cell);
  return true;
};

form.addEventListener("paste", (event) => {
  const start = event.target;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!first.has(start)) return;
  const lines = block(text);
  if (lines.length === 1 && lines[0].length === 1 && start.tagName === "INPUT" && start.type !== "checkbox") return;
  event.preventDefault();
  const top = rows.findIndex((row) => row.includes(start));
  const left = rows[top].indexOf(start);
  let [put_in, outside, unknown] = [0, 0, 0];
  lines.forEach((line, down) => line.forEach((cell, across) => {
    const target = rows[top + down]?.[left + across];
    if (!target) outside += 1;
    else if (put(target, cell)) put_in += 1;
    else unknown += 1;
  }));
  const said = [count.dataset.pasted.replace("{n}", String(put_in)).replace("{m}", String(outside))];
  if (unknown) said.push(count.dataset.unknown.replace("{n}", String(unknown)));
  tell(said.join(" "));
});

form.addEventListener("submit", () => { sending = true; });
window.addEventListener("beforeunload", (event) => {
  if (!sending && edited().length) event.preventDefault();
});

for (const cell of cells) {
  if (cell.closest("td")?.querySelector(".grid-problem")) { cell.focus(); break; }
}
