// Keeps the entry page for when there is no network. Only an impersonal page and the files that it needs are kept; what
// a person writes there waits in localStorage (drafts.js) until it is sent. The address of the page comes as ?page=.

const CACHE = "maillage-hors-ligne";
const PAGE = new URL(self.location.href).searchParams.get("page");

async function fetched(address) {
  // Without cookies: the page is the same for everyone.
  return fetch(address, { credentials: "omit" });
}

async function keep() {
  const answer = await fetched(PAGE);
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  const files = [...text.matchAll(/(?:href|src)="([^"]+\.(?:css|js|svg|woff2)(?:\?[^"]*)?)"/g)].map((found) => found[1]);
  const cache = await caches.open(CACHE);
  // A file's name changes with its content: one that is kept is not asked for again.
  const found = await Promise.all(
    [...new Set(files)].map(async (file) => [file, (await cache.match(file, { ignoreVary: true })) ?? (await fetched(file))]),
  );
  const wanted = new Map([[PAGE, answer], ...found.filter(([, one]) => one.ok)]);
  for (const [address, one] of wanted) await cache.put(address, one);
  for (const kept of await cache.keys()) {
    const { pathname, search } = new URL(kept.url);
    if (!wanted.has(pathname + search)) await cache.delete(kept);
  }
}

async function known(request) {
  // The page answers everyone alike, whatever the headers that it says it varies with.
  return (await (await caches.open(CACHE)).match(request, { ignoreVary: true })) ?? Response.error();
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(keep());
});

// Pages that this worker answered: only their files come from what is kept, all others load as if it were not here.
const answered = new Set();

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(
      fetch(request).catch(() => {
        answered.add(event.resultingClientId);
        return known(PAGE);
      }),
    );
  } else if (answered.has(event.clientId)) {
    event.respondWith(known(request));
  }
});
