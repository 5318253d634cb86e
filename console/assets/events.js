// Live events for all tabs of one browser over a single connection: a browser opens six to one host, and each event
// stream keeps one for ever. Runs as a shared worker; app.js talks to it.
"use strict";

const KINDS = ["decision", "approval", "service", "import", "configuration", "lagged"];
const ports = new Set();
let source;
let state = "off";

const tell = (message) => ports.forEach((port) => port.postMessage(message));

function turn(next) {
  state = next;
  tell({ state });
}

/** Opens the stream if it is not open. One that the server refused, as after signing out, does not open by itself again. */
function open() {
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource("/api/v1/events");
  source.addEventListener("open", () => turn("on"));
  source.addEventListener("error", () => turn("off"));
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell({ kind, data: event.data }));
}

addEventListener("connect", (event) => {
  const [port] = event.ports;
  port.onmessage = (message) => {
    if (message.data === "stay") {
      ports.add(port);
      open();
      port.postMessage({ state });
      return;
    }
    ports.delete(port);
    if (ports.size === 0) {
      source?.close();
      source = undefined;
      state = "off";
    }
  };
});
