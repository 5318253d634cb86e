// Reads bodies as web servers on Node do, and tells what they understood. In and out as `read.py`.
import { createInterface } from "node:readline";

// Two ways to get from bytes to characters: one replaces what is not UTF-8, the other refuses it.
const readers = {
  "node": (bytes) => JSON.parse(bytes.toString("utf8")),
  "node, fatal": (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
};

const ascii = (text) => text.replace(/[\u007f-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

for await (const line of createInterface({ input: process.stdin })) {
  const body = Buffer.from(line, "base64");
  const told = {};
  for (const [name, read] of Object.entries(readers)) {
    try {
      told[name] = { value: read(body) };
    } catch {
      told[name] = null;
    }
  }
  console.log(ascii(JSON.stringify(told)));
}
