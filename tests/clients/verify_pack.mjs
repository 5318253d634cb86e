// Checks an evidence pack without any code of Gnomon: @transmute/rfc9162 recomputes the root from the records and
// verifies inclusion of the first, a middle and the last one. Takes the folder as its argument.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import library from "@transmute/rfc9162";

const RFC9162 = library.default ?? library;
const folder = process.argv[2];
const [origin, size, root] = readFileSync(join(folder, "checkpoint"), "utf8").split("\n");
const lines = readFileSync(join(folder, "records.ndjson")).toString("latin1").split("\n").slice(0, -1);
const records = lines.slice(0, Number(size)).map((line) => new Uint8Array(Buffer.from(line, "latin1")));
assert.equal(records.length, Number(size), "fewer records than the checkpoint signs");
const head = await RFC9162.treeHead(records);
assert.equal(Buffer.from(head).toString("base64"), root, "the records do not give the signed root");
for (const index of [0, records.length >> 1, records.length - 1]) {
  const proof = await RFC9162.inclusionProof(records[index], records);
  assert.equal(await RFC9162.verifyInclusionProof(head, await RFC9162.leaf(records[index]), proof), true, `record ${index}`);
}
console.log(`OK ${origin}: ${size} records, root ${root}`);
