// What pages ask for by attributes. Everything also works without this file.
//   data-dialog="id"           opens a <dialog>; data-close closes the one around it; a click outside closes it too
//   data-menu                  a <details> that closes by Escape or a click elsewhere
//   data-auto-submit           on a form or a control: submits when a value changes
//   data-confirm="question"    on a form, button or link: asks first (hx-confirm asks in the same way)
//   data-once                  on a form: sends once, however often it is pressed
//   data-poll="url" data-every="2"   replaces the element by what the address answers, until the answer has no data-poll
//   data-theme-toggle          light or dark, kept in a cookie
//   data-copy="text"           copies; data-print prints
// A server answers `HX-Trigger: {"toast": {"text": "…", "label": "Annuler", "href": "…"}}` to show a toast with its undo.

const root = document.documentElement;
const words = document.body.dataset;
root.classList.add("js");

const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

// --- a row of tabs wider than the screen shows where one is ---
for (const here of document.querySelectorAll(":is(.tabs, .more-beyond) [aria-current]")) {
  const row = here.closest(".tabs, .more-beyond");
  const at = here.getBoundingClientRect();
  const box = row.getBoundingClientRect();
  row.scrollLeft += at.left - box.left - (box.width - at.width) / 2;
}

for (const drawing of document.querySelectorAll(".chart-drawing")) {
  if (drawing.scrollWidth > drawing.clientWidth) drawing.tabIndex = 0; // arrows scroll along it
}

// --- dialogs and menus ---
document.addEventListener("click", (event) => {
  const opener = closest(event, "[data-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog?.showModal) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (closest(event, "[data-close]")) closest(event, "dialog")?.close();
  if (event.target instanceof HTMLDialogElement && event.target.open && outside(event)) event.target.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  }
});

// --- forms ---
document.addEventListener("change", (event) => {
  const asked = closest(event, "[data-auto-submit]");
  if (asked) (asked.form ?? asked.closest("form") ?? asked).requestSubmit();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// --- questions ---
function ask(question) {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog dialog-ask";
    const body = document.createElement("div");
    body.className = "dialog-body";
    const text = document.createElement("p");
    text.className = "dialog-question";
    text.textContent = question;
    body.append(text);
    const foot = document.createElement("form");
    foot.method = "dialog";
    foot.className = "dialog-foot";
    for (const [value, label, look] of [["no", words.no, "secondary"], ["yes", words.yes, "primary"]]) {
      const button = document.createElement("button");
      button.className = `button button-${look}`;
      button.value = value;
      button.textContent = label;
      foot.append(button);
    }
    text.id = "question";
    dialog.setAttribute("aria-labelledby", "question");
    dialog.append(body, foot);
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const agreed = new WeakSet();

async function confirmFirst(event, element, go) {
  if (agreed.has(element)) {
    agreed.delete(element);
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(element.dataset.confirm)) {
    agreed.add(element);
    go();
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-confirm")) {
    confirmFirst(event, event.target, () => event.target.requestSubmit(event.submitter));
  }
}, true);

document.addEventListener("click", (event) => {
  const element = closest(event, "button[data-confirm], a[data-confirm]");
  if (element) confirmFirst(event, element, () => element.click());
}, true);

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
});

// --- toasts ---
export function toast({ text, label, href, method = "post", tone = "" }) {
  const place = document.getElementById("toasts");
  const note = document.createElement("div");
  note.className = `toast ${tone && `toast-${tone}`}`;
  const words_ = document.createElement("p");
  words_.textContent = text;
  note.append(words_);
  if (label && href) {
    const button = document.createElement("button");
    button.className = "button button-quiet button-small";
    button.textContent = label;
    button.addEventListener("click", async () => {
      button.setAttribute("aria-busy", "true");
      const answer = await fetch(href, { method: method.toUpperCase(), headers: csrf() });
      note.remove();
      if (answer.ok) location.reload();
      else toast({ text: words.failed });
    });
    note.append(button);
  }
  place.replaceChildren(note);
  let timer = setTimeout(() => note.remove(), label ? 12000 : 6000);
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("focusin", () => clearTimeout(timer));
  note.addEventListener("pointerleave", () => { timer = setTimeout(() => note.remove(), 4000); });
}

function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
}

document.addEventListener("toast", (event) => toast(event.detail));
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, () => toast({ text: words.failed, tone: "bad" }));
}

// --- progress of long work ---
function poll(element) {
  const every = Number(element.dataset.every ?? 2) * 1000;
  setTimeout(async () => {
    if (!element.isConnected) return;
    if (document.hidden) {
      poll(element);
      return;
    }
    const answer = await fetch(element.dataset.poll, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) {
      poll(element);
      return;
    }
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const fresh = holder.content.firstElementChild;
    if (!fresh) return;
    element.replaceWith(fresh);
    window.htmx?.process(fresh);
    start(fresh);
  }, every);
}

function start(scope) {
  for (const element of [scope, ...scope.querySelectorAll("[data-poll]")]) {
    if (element.dataset?.poll) poll(element);
  }
}

start(document.body);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) start(event.detail.elt);
});

// --- look ---
document.addEventListener("click", (event) => {
  if (closest(event, "[data-theme-toggle]")) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
  }
  const copied = closest(event, "[data-copy]");
  if (copied) navigator.clipboard?.writeText(copied.dataset.copy);
  if (closest(event, "[data-print]")) window.print();
});

for (const current of document.querySelectorAll(".tabs [aria-current], .rail [aria-current]")) {
  const bar = current.closest(".tabs, .rail");
  bar.scrollLeft = current.offsetLeft - bar.clientWidth / 2 + current.clientWidth / 2;
}
