// An intervention entered without a network is kept on the device and sent later. Its nonce makes a second sending harmless.
// data-drafts="url" names where drafts go (and shows them); data-draft="sentence" is on the form that may become one.

const KEY = "maillage.interventions";
const box = document.querySelector("[data-drafts]");

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

function keep(drafts) {
  localStorage.setItem(KEY, JSON.stringify(drafts));
  show(drafts);
}

function title(draft) {
  const entry = draft.fields.find(([name, value]) => name.endsWith("-enterprise") && value);
  const day = draft.fields.find(([name]) => name === "done_on");
  return [entry?.[1], day?.[1]].filter(Boolean).join(", ");
}

function nonce(draft) {
  return draft.fields.find(([name]) => name === "nonce")?.[1];
}

function show(drafts) {
  if (!box) return;
  box.replaceChildren();
  box.hidden = drafts.length === 0;
  if (!drafts.length) return;
  box.className = "alert alert-warn";
  const body = document.createElement("div");
  body.className = "alert-body";
  const sentence = document.createElement("p");
  sentence.textContent = box.dataset.kept;
  const list = document.createElement("ul");
  for (const draft of drafts) {
    const item = document.createElement("li");
    item.textContent = `${title(draft)} `;
    if (draft.problem) item.append(` — ${box.dataset.fix} : ${draft.problem} `);
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "button button-quiet button-small";
    drop.textContent = box.dataset.discard;
    drop.addEventListener("click", () => keep(kept().filter((other) => nonce(other) !== nonce(draft))));
    item.append(drop);
    list.append(item);
  }
  body.append(sentence, list);
  box.append(body);
}

async function send(draft) {
  const data = new FormData();
  for (const [name, value] of draft.fields) if (name !== "csrfmiddlewaretoken") data.append(name, value);
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
  const answer = await fetch(box.dataset.drafts, {
    method: "POST",
    body: data,
    headers: { Accept: "application/json", "X-CSRFToken": token },
  });
  if (answer.status === 422) return { problem: (await answer.json()).errors.join(" ") };
  return { done: answer.status === 201 };
}

async function flush() {
  const left = [];
  let sent = 0;
  for (const draft of kept()) {
    try {
      const { done, problem } = await send(draft);
      if (done) sent += 1;
      else left.push({ ...draft, problem });
    } catch {
      left.push(draft);
    }
  }
  keep(left);
  if (sent && box) {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = box.dataset.sent;
    document.getElementById("toasts")?.append(toast);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-draft]") || (navigator.onLine && !form.matches("[data-always]"))) return;
  event.preventDefault();
  const draft = { fields: [...new FormData(form)].filter(([, value]) => typeof value === "string") };
  keep([...kept().filter((other) => nonce(other) !== nonce(draft)), draft]);
  form.reset();
  prepare(form);
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = form.dataset.draft;
  document.getElementById("toasts")?.append(toast);
  box?.scrollIntoView();
});

function prepare(form) {
  form.querySelector('[name="nonce"]').value = crypto.randomUUID();
  const day = form.querySelector('[name="done_on"]');
  if (day && !day.value) day.value = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

// --- without any network: the words of the last entry page opened on this device, and a worker that keeps the page ---
const LISTS = "maillage.listes";

function words(form, name) {
  const options = form.querySelector(`[name="${name}"]`)?.options ?? [];
  return [...options].map((option) => [option.value, option.label]);
}

const entry = document.querySelector("[data-lists]");
if (entry) {
  const pour = entry.querySelector('[name="pour"]')?.value ?? "";
  const lists = { pour, stream: words(entry, "stream"), topic: words(entry, "topic") };
  localStorage.setItem(LISTS, JSON.stringify(lists));
}

const alone = document.querySelector("[data-always]");
const lists = JSON.parse(localStorage.getItem(LISTS) ?? "null");
if (alone && lists?.stream?.length) {
  for (const name of ["stream", "topic"]) {
    alone.elements[name].replaceChildren(...lists[name].map(([value, label]) => new Option(label, value)));
  }
  alone.elements.pour.value = lists.pour;
  prepare(alone);
  alone.hidden = false;
  document.querySelector("[data-no-lists]").hidden = true;
}

if (box?.dataset.worker && "serviceWorker" in navigator) {
  const register = () =>
    navigator.serviceWorker
      .register(box.dataset.worker)
      .then((registration) => registration.active?.postMessage("keep"))
      .catch(() => {});
  // The page at hand comes first, on a cheap phone above all.
  window.addEventListener("load", () => setTimeout(register, 1500));
}

if (box && !box.dataset.hold) {
  show(kept());
  if (navigator.onLine && kept().length) flush();
  window.addEventListener("online", flush);
} else if (box) {
  show(kept());
}

// --- more parties on one intervention ---
for (const set of document.querySelectorAll("[data-parties]")) {
  const add = set.querySelector("[data-add-party]");
  const model = set.querySelector("template");
  const total = set.closest("form").querySelector('[name="p-TOTAL_FORMS"]');
  add.hidden = false;
  add.addEventListener("click", () => {
    const n = Number(total.value);
    const holder = document.createElement("div");
    holder.append(model.content.cloneNode(true));
    holder.innerHTML = holder.innerHTML.replaceAll("__prefix__", n);
    const party = holder.firstElementChild;
    add.before(party);
    total.value = n + 1;
    window.htmx?.process(party);
    party.querySelector("input")?.focus();
  });
}
