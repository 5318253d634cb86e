//! `README.txt` of a pack: what it is and how to check it with programs that others wrote.

use crate::statement::Statement;

/// Renders the text.
pub(crate) fn render(statement: &Statement) -> String {
    let log = &statement.log;
    let laws: Vec<String> = statement.laws.iter().map(|law| format!("  {}: {}\n", law.name, law.law)).collect();
    format!(
        "EVIDENCE PACK OF {origin}

Made {at} with {tool}. Window: {from} to {until} (the end is not part of it).
{laws}
It holds every record under the log's signed checkpoint ({size} records), so that anybody can compute the root again:
  root {root}
Of these, {counted} fall into the window and are counted. Records that were written after the checkpoint are not here.

WHAT IS IN IT
  report.html                     for people: what there is for each obligation, and what is not
  rows.json                       the same figures for programs
  oscal/assessment-results.json   the same in OSCAL 1.2.1
  records.ndjson                  the records, one line each; a leaf is SHA-256(0x00 || line without its newline)
  checkpoint, vkey, tile/         C2SP tlog-checkpoint, its key, the RFC 6962 hash tiles (C2SP tlog-tiles)
  samples/, proofs/               drawn records with a C2SP tlog-proof each
  manifest.json                   size and SHA-256 of every file; manifest.dsse.json, if it is there, signs it (DSSE)

THE KEY
The file vkey came with the pack. Compare it with one that you got from elsewhere:
  {vkey}

CHECK ALL OF IT (one command)
  gnomon evidence verify PACK --vkey 'KEY'

CHECK IT WITHOUT ANY PROGRAM OF OURS
1. Root from the records, with pymerkle (pip install pymerkle cryptography):
  python3 - <<'END'
import base64, pymerkle
origin, size, root = open('checkpoint').read().split('\\n')[:3]
tree = pymerkle.InmemoryTree(algorithm='sha256')
for record in open('records.ndjson', 'rb').read().split(b'\\n')[:-1]:
    tree.append_entry(record)
print('root', 'agrees' if tree.get_root() == base64.b64decode(root) else 'DIFFERS', int(size) == tree.get_size())
END

2. Signature of the checkpoint, with openssl 3 (bash):
  raw() {{ printf '302a300506032b6570032100' | xxd -r -p; cut -d+ -f3- vkey | base64 -d | tail -c 32; }}
  raw | openssl pkey -pubin -inform DER -out key.pem
  sed '/^$/,$d' checkpoint > text
  tail -n 1 checkpoint | cut -d' ' -f3 | base64 -d | tail -c 64 > signature
  openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature
  (the last line of checkpoint must be the log's own; witness lines, if any, stand beside it)

3. Inclusion of a record, with @transmute/rfc9162 (npm install @transmute/rfc9162):
  node --input-type=module - <<'END'
import lib from '@transmute/rfc9162'; import fs from 'fs'; const r = lib.default ?? lib;
const [origin, size, root] = fs.readFileSync('checkpoint', 'utf8').split('\\n');
const lines = fs.readFileSync('records.ndjson').toString('latin1').split('\\n').slice(0, -1)
  .map(line => new Uint8Array(Buffer.from(line, 'latin1')));
const head = await r.treeHead(lines), record = lines[lines.length - 1];
const proof = await r.inclusionProof(record, lines);
console.log(Buffer.from(head).toString('base64') === root,
  await r.verifyInclusionProof(head, await r.leaf(record), proof));
END

4. Digests of the files:
  python3 -c \"import json,hashlib; m=json.load(open('manifest.json'))['files']; \\
print([p for p in m if hashlib.sha256(open(p,'rb').read()).hexdigest() != m[p]['sha256']] or 'all agree')\"

5. The OSCAL document (pip install compliance-trestle): put it into a workspace of `trestle init --local` as
  assessment-results/pack/assessment-results.json and run: trestle validate -f assessment-results/pack/assessment-results.json

DRAW THE SAMPLES AGAIN
For a query Q and the place N of a matching record (rows.json lists them) the key is
  printf 'gnomon-sample-v1\\n%s\\n%s\\n%s' Q '{root}' N | sha256sum
The {per_query} records with the smallest keys of each query are the sample. The root was fixed before they were drawn.

WHAT THIS DOES NOT SHOW
Integrity is not truth: the records show what passed the gateway, not what went past it. Awareness, classification,
causality, competence and fairness stay with people. Nothing here says that a law is complied with.
",
        origin = log.origin,
        at = statement.made.at,
        tool = statement.made.tool,
        from = statement.made.window.from,
        until = statement.made.window.until,
        laws = laws.concat(),
        size = log.size,
        root = log.root,
        counted = log.span.window_records,
        vkey = log.vkey,
        per_query = crate::queries::SAMPLE_SIZE,
    )
}
