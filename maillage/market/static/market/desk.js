// The desk on a slow network and between two volunteers. Without this file every tap is a plain form.
//   - a tap that did not reach the server says so on its line, and is sent again when the network is back;
//   - what another volunteer ticks shows here within seconds (`data-live`: the page is read again, changed lines only);
//   - a browser that reads codes by itself gets a button for it (`data-scan`).

const EVERY = 6000;
const unsaved = new Set();
const bar = document.getElementById("desk-unsaved");

// --- not saved yet ---
function lineOf(form) {
  return form.closest(".desk-line");
}

function show() {
  for (const form of unsaved) if (!form.isConnected) unsaved.delete(form);
  if (!bar) return;
  bar.hidden = unsaved.size === 0;
  bar.querySelector("[data-count]").textContent = unsaved.size;
}

function failed(event) {
  const form = event.target.closest?.("form");
  if (!form || !lineOf(form)) return;
  unsaved.add(form);
  lineOf(form).classList.add("desk-line-unsaved");
  show();
}

function sendAgain() {
  for (const form of [...unsaved]) {
    unsaved.delete(form);
    lineOf(form)?.classList.remove("desk-line-unsaved");
    if (form.isConnected) form.requestSubmit(form.querySelector("button:not([type=button])"));
  }
  show();
}

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.body.addEventListener(name, failed);
document.body.addEventListener("htmx:afterSwap", show);
window.addEventListener("online", sendAgain);
bar?.querySelector("[data-retry]").addEventListener("click", sendAgain);
window.addEventListener("beforeunload", (event) => {
  show();
  if (unsaved.size) event.preventDefault();
});

// --- what the others do ---
const live = document.querySelector("[data-live]");
let taps = 0; // what was read before a tap of one's own is older than its answer
for (const name of ["htmx:beforeRequest", "htmx:afterSwap"]) document.body.addEventListener(name, () => { taps += 1; });

function busy(element) {
  return element.querySelector("details[open], .htmx-request") !== null || element.classList.contains("htmx-request")
    || element.classList.contains("desk-line-unsaved") || element.contains(document.activeElement?.closest("input, select"));
}

async function look() {
  if (document.hidden || unsaved.size) return;
  const before = taps;
  let answer;
  try {
    answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  } catch {
    return;
  }
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (taps !== before) return;
  for (const theirs of fresh.querySelectorAll("[data-rev]")) {
    const mine = document.getElementById(theirs.id);
    if (!mine || mine.dataset.rev === theirs.dataset.rev || busy(mine)) continue;
    mine.replaceWith(theirs);
    window.htmx?.process(theirs);
  }
}

if (live) setInterval(look, EVERY);

// --- codes ---
const open = document.querySelector("[data-scan]");
const dialog = document.getElementById("scan");

async function scan() {
  const video = dialog.querySelector("video");
  const problem = dialog.querySelector("[data-problem]");
  problem.hidden = true;
  dialog.showModal();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    problem.hidden = false;
    return;
  }
  dialog.addEventListener("close", () => stream.getTracks().forEach((track) => track.stop()), { once: true });
  video.srcObject = stream;
  await video.play();
  const reader = new window.BarcodeDetector({ formats: ["qr_code"] });
  while (dialog.open) {
    for (const code of await reader.detect(video).catch(() => [])) {
      const path = /^https?:\/\/[^/]+(\/c\/[0-9a-f-]{36}\/)$/.exec(code.rawValue)?.[1];
      if (path) {
        dialog.close();
        window.location.assign(path);
        return;
      }
    }
    await new Promise((again) => setTimeout(again, 150));
  }
}

if (open && dialog && "BarcodeDetector" in window && navigator.mediaDevices) {
  open.hidden = false;
  open.addEventListener("click", scan);
}
