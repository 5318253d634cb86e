// Small comforts on top of pages that work without scripts: live refresh, keys, theme, copy.
// No dependency on the page's shape beyond data attributes; no inline handlers, no eval.
"use strict";

const select = (query, root = document) => root.querySelector(query);
const all = (query, root = document) => [...root.querySelectorAll(query)];
const csrf = () => select('meta[name="csrf"]')?.content ?? "";

/* ---- toast and announcements ---- */
function say(text) {
  const box = select("#toast");
  if (!box) return;
  box.textContent = text;
  box.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { box.hidden = true; }, 6000);
}

/* ---- theme: the server renders what the cookie says; this only spares the reload ---- */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? "system";
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  all("button", form).forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
  const data = new URLSearchParams(new FormData(form));
  data.set("theme", theme);
  fetch(form.action, { method: "POST", body: data, redirect: "manual" });
});

/* ---- copy ---- */
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied");
  } catch {
    say("The browser did not allow copying; select the text instead");
  }
});

/* ---- keys: / search, ? help, g then a letter ---- */
const places = { o: "/overview", i: "/services", s: "/shadow", a: "/activity", p: "/approvals", c: "/compliance", l: "/audit" };
let afterG = false;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  if (event.key === "/") {
    event.preventDefault();
    select("#search-text")?.focus();
  } else if (event.key === "?") {
    select("#keys-help")?.showModal();
  } else if (event.key === "Escape" && location.hash === "#nav") {
    location.hash = "#main";
  } else if (event.key === "g") {
    afterG = true;
    setTimeout(() => { afterG = false; }, 1200);
  } else if (afterG && places[event.key]) {
    location.assign(places[event.key]);
  }
});
document.addEventListener("click", (event) => {
  const help = event.target.closest?.("[data-keys-help]");
  if (help) select("#keys-help")?.showModal();
  const menu = select("details.menu[open]");
  if (menu && (help || !menu.contains(event.target))) menu.open = false;
});

/* ---- live regions: an event of the right kind replaces the region with the server's present view ---- */
function busy(region) {
  return all("input, textarea", region).some((field) => field.type !== "hidden" && (field === document.activeElement || field.value !== field.defaultValue));
}

async function refresh(region) {
  if (busy(region)) { region.dataset.stale = ""; return; }
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById(region.id);
  if (!next || busy(region)) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  region.replaceChildren(...next.childNodes);
  delete region.dataset.stale;
  window.htmx?.process?.(region);
  if (focused) document.getElementById(focused)?.focus();
  const waiting = page.getElementById("approvals-count");
  const shown = document.getElementById("approvals-count");
  if (waiting && shown) { shown.replaceChildren(...waiting.childNodes); shown.hidden = waiting.hidden; }
}

function listen() {
  const worker = select("[data-events]")?.dataset.events;
  if (worker === undefined) return;
  const kindsOf = (region) => region.dataset.live.split(" ");
  const dot = select(".live-dot");
  const due = new Map();
  let lost = false;
  const soon = (region) => {
    clearTimeout(due.get(region.id));
    due.set(region.id, setTimeout(() => refresh(region), 120));
  };
  const everything = () => { all("[data-live]").forEach(soon); count(); };
  const heard = ({ state, kind, data }) => {
    if (state) {
      if (dot) dot.dataset.state = state;
      if (dot) select("span", dot).textContent = state === "on" ? "Live" : "Reconnecting";
      // What happened while the stream was away was not told.
      if (state === "on" && lost) everything();
      lost = state !== "on";
      return;
    }
    if (kind === "lagged") { everything(); return; }
    if (kind === "approval" && JSON.parse(data).state === "waiting") say("A request waits for your decision");
    const regions = all("[data-live]").filter((region) => kindsOf(region).includes(kind));
    regions.forEach(soon);
    if (kind === "approval" && regions.length === 0) count();
  };
  const stream = window.SharedWorker ? shared(worker, heard) : own(heard);
  stream.open();
  addEventListener("pagehide", () => { lost = true; stream.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) stream.open(); });
}

/** The stream of all tabs together. */
function shared(address, heard) {
  const { port } = new SharedWorker(address);
  let first = true;
  port.onmessage = ({ data }) => {
    // A page that just came knows the present: the stream was not lost before its first word.
    if (first && data.state === "off") return;
    first = false;
    heard(data);
  };
  return { open: () => port.postMessage("stay"), close: () => port.postMessage("leave") };
}

/** Where there are no shared workers: a stream of this tab, given back while nobody looks. */
function own(heard) {
  let source;
  const close = () => { source?.close(); source = undefined; };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => heard({ state: "on" }));
    source.addEventListener("error", () => heard({ state: "off" }));
    for (const kind of ["decision", "approval", "service", "import", "configuration", "lagged"]) {
      source.addEventListener(kind, (event) => heard({ kind, data: event.data }));
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { open(); return; }
    close();
    heard({ state: "off" });
  });
  return { open, close };
}

async function count() {
  const badge = document.getElementById("approvals-count");
  if (!badge) return;
  const answer = await fetch("/api/v1/approvals?state=waiting", { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const total = (await answer.json()).total_estimate;
  badge.firstChild.data = String(total);
  badge.hidden = total === 0;
}

document.addEventListener("focusout", () => {
  const stale = all("[data-live][data-stale]");
  if (stale.length) setTimeout(() => stale.forEach(refresh), 200);
});

/* ---- requests made by htmx carry the token that forms carry ---- */
document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail?.ctx?.request;
  if (request?.headers) request.headers["x-csrf-token"] = csrf();
});

listen();
