// Quantities without leaving the page: a step, or a number typed, is sent alone; the summary of the cart comes back.
// Without this file the same buttons send the whole form.

const number = (text) => Number.parseFloat(String(text).replace(",", ".")) || 0;
const shown = (value) => String(Math.round(value * 1000) / 1000);
const shop = document.querySelector("[data-shop]");
const waiting = new Map();

function step(button) {
  const input = button.closest(".stepper").querySelector("input");
  const by = number(input.dataset.step || "1") * (button.classList.contains("stepper-less") ? -1 : 1);
  const most = input.dataset.most ? number(input.dataset.most) : Infinity;
  input.value = shown(Math.max(0, Math.min(number(input.value) + by, most)));
  input.setAttribute("value", input.value);
  return input;
}

function send(input) {
  clearTimeout(waiting.get(input));
  waiting.set(input, setTimeout(async () => {
    waiting.delete(input);
    const body = new FormData();
    body.set("csrfmiddlewaretoken", shop.querySelector("[name=csrfmiddlewaretoken]").value);
    body.set(input.name, input.value);
    const answer = await fetch(shop.dataset.shop, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: true });
    if (answer.redirected) window.location.assign(answer.url);
    else if (answer.ok) document.getElementById("cart-summary").innerHTML = await answer.text();
  }, 250));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".stepper button");
  if (!button) return;
  if (shop?.contains(button)) {
    event.preventDefault();
    send(step(button));
  } else if (button.closest("[data-steppers]")) step(button);
});

document.addEventListener("change", (event) => {
  const input = event.target.closest?.(".stepper input");
  if (input && shop?.contains(input)) {
    input.setAttribute("value", shown(number(input.value)));
    send(input);
  }
});
for (const select of document.querySelectorAll("[data-filters] select, [data-filters] [type=checkbox]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// The total of the place that is chosen (a delivery has a fee); the zone of a postal code.
const checkout = document.querySelector("[data-checkout]");
if (checkout) {
  const lang = document.documentElement.lang.startsWith("en") ? "en-CA" : "fr-CA";
  const money = new Intl.NumberFormat(lang, { style: "currency", currency: "CAD", currencyDisplay: "narrowSymbol" });
  const follow = () => {
    const chosen = checkout.querySelector("[name=slot]:checked");
    if (!chosen) return;
    checkout.querySelector("[data-expected]").value = chosen.dataset.total;
    checkout.querySelector("[data-total-shown]").textContent = money.format(number(chosen.dataset.total));
  };
  checkout.addEventListener("change", (event) => {
    if (event.target.matches("[data-postal]")) {
      const code = event.target.value.toUpperCase().replace(/[\s-]/g, "");
      const zone = [...checkout.querySelectorAll("[data-zone]:not(:disabled)")].find((z) =>
        z.dataset.zone.split(",").some((prefix) => prefix && code.startsWith(prefix)));
      if (zone) zone.checked = true;
    }
    follow();
  });
  follow();
}
