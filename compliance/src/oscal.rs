//! The statement as OSCAL 1.2.1 assessment results.
//!
//! Every obligation is an observation with its status and the evidence behind it. OSCAL knows only "satisfied" and "not
//! satisfied" for findings. This log never says "satisfied"; an obligation in force whose evidence is missing is the only
//! thing that becomes a finding.

use crate::manifest::FileFacts;
use crate::pack::{README, REPORT, ROWS};
use crate::statement::{QueryResult, Row, Sample, Statement, Status};
use gnomon_evidence::layout;
use gnomon_types::digest::Digest;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const NAMESPACE: &str = "urn:gnomon:oscal";
const VERSION: &str = "1.2.1";
/// Samples that an observation refers to.
const SAMPLES_MAX: usize = 10;
/// Files that the document refers to as resources.
const RESOURCES: [&str; 5] = [README, ROWS, REPORT, layout::RECORDS, layout::CHECKPOINT];

/// Renders the document. `files` are the digests of the pack's other documents.
pub(crate) fn render(statement: &Statement, files: &BTreeMap<String, FileFacts>) -> Value {
    let document = Document { statement, ids: Ids::new(statement) };
    let made = &statement.made;
    json!({ "assessment-results": {
        "uuid": document.ids.of("document", ""),
        "metadata": {
            "title": format!("Evidence of {} for {}", statement.log.origin, document.laws()),
            "last-modified": made.at,
            "version": format!("{}-{}", statement.log.size, made.at.day()),
            "oscal-version": VERSION,
            "props": [
                prop("window-from", made.window.from),
                prop("window-until", made.window.until),
                prop("log-origin", &statement.log.origin),
                prop("log-size", statement.log.size),
                prop("log-root", &statement.log.root),
            ],
            "remarks": "Figures follow from the records in this pack; no statement of compliance is made.",
        },
        "import-ap": {
            "href": format!("#{}", document.ids.of("resource", README)),
            "remarks": "There is no separate assessment plan: the queries and the sampling rule are described in README.txt.",
        },
        "results": [document.result()],
        "back-matter": { "resources": document.resources(files) },
    }})
}

struct Document<'a> {
    statement: &'a Statement,
    ids: Ids,
}

/// Identifiers that follow from the log and the choices of the pack.
struct Ids(Uuid);

impl Ids {
    fn new(statement: &Statement) -> Self {
        let made = &statement.made;
        let name = format!(
            "{NAMESPACE}/{}/{}/{}/{}/{}/{:?}",
            statement.log.origin, statement.log.root, made.at, made.window.from, made.window.until, made.frameworks
        );
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }

    fn of(&self, kind: &str, name: &str) -> String {
        Uuid::new_v5(&self.0, format!("{kind}/{name}").as_bytes()).to_string()
    }
}

impl Document<'_> {
    fn laws(&self) -> String {
        let names: Vec<&str> = self.statement.laws.iter().map(|law| law.name.as_str()).collect();
        names.join(" and ")
    }

    fn result(&self) -> Value {
        let (made, log) = (&self.statement.made, &self.statement.log);
        let counted = log.span.window_records;
        let result = json!({
            "uuid": self.ids.of("result", ""),
            "title": "What the records show",
            "description": format!("{} records under the signed checkpoint, {counted} of them in the window.", log.size),
            "start": made.window.from,
            "end": made.window.until.min(made.at).max(made.window.from),
            "links": self.links(),
            "local-definitions": self.definitions(),
            "reviewed-controls": self.reviewed(),
            "observations": self.statement.rows.iter().map(|row| self.observation(row)).collect::<Vec<_>>(),
            "findings": self.findings(),
        });
        without_empty(result, "findings")
    }

    /// The documents and the log that everything here leans on.
    fn links(&self) -> Vec<Value> {
        let link =
            |path| json!({ "href": format!("#{}", self.ids.of("resource", path)), "rel": "reference", "text": path });
        RESOURCES.into_iter().map(link).collect()
    }

    /// The log as a component, and the program that counted.
    fn definitions(&self) -> Value {
        json!({
            "components": [{
                "uuid": self.ids.of("component", "log"),
                "type": "service",
                "title": format!("Gateway that writes the log {}", self.statement.log.origin),
                "description": "An AI gateway that records a decision about every request before anything is forwarded.",
                "status": { "state": "operational" },
            }],
            "assessment-assets": {
                "components": [{
                    "uuid": self.ids.of("component", "tool"),
                    "type": "software",
                    "title": self.statement.made.tool,
                    "description": "Counts records and draws samples by published rules.",
                    "status": { "state": "operational" },
                }],
                "assessment-platforms": [{
                    "uuid": self.ids.of("platform", ""),
                    "title": self.statement.made.tool,
                    "uses-components": [{ "component-uuid": self.ids.of("component", "tool") }],
                }],
            },
        })
    }

    fn reviewed(&self) -> Value {
        let selections = self.statement.laws.iter().map(|law| {
            let rows = self.statement.rows.iter().filter(|row| row.framework == law.framework);
            json!({
                "description": format!("{} ({}), catalogue of {}", law.law, law.version, law.as_of),
                "props": [prop("catalogue-sha256", law.catalogue_sha256)],
                "links": [{ "href": law.source, "rel": "reference" }],
                "include-controls": rows.map(|row| json!({ "control-id": row.control })).collect::<Vec<_>>(),
            })
        });
        json!({ "control-selections": selections.collect::<Vec<_>>() })
    }

    fn observation(&self, row: &Row) -> Value {
        let applies = if row.applies { "yes" } else { "not yet" };
        json!({
            "uuid": self.ids.of("observation", &row.id),
            "title": row.reference,
            "description": format!("{}. {}: {}.", row.requirement, row.status.label(), row.remark),
            "props": [
                prop("status", row.status.as_str()),
                prop("count", row.count),
                prop("control-id", &row.control),
                prop("obligation", &row.id),
                prop("applies-from", &row.applies_from),
                prop("applies", applies),
            ],
            "methods": ["EXAMINE"],
            "origins": [self.origin()],
            "subjects": [{ "subject-uuid": self.ids.of("component", "log"), "type": "component" }],
            "relevant-evidence": self.evidence(row),
            "collected": self.statement.made.at,
            "remarks": remarks(row),
        })
    }

    fn origin(&self) -> Value {
        json!({ "actors": [{ "type": "assessment-platform", "actor-uuid": self.ids.of("platform", "") }] })
    }

    fn evidence(&self, row: &Row) -> Vec<Value> {
        let asked = |query: &&QueryResult| row.queries.contains(&query.id);
        let queries: Vec<&QueryResult> = self.statement.queries.iter().filter(asked).collect();
        let mut evidence: Vec<Value> = queries.iter().map(|query| self.query(query)).collect();
        let drawn = self.statement.samples.iter().filter(|sample| row.queries.contains(&sample.query));
        evidence.extend(drawn.take(SAMPLES_MAX).map(sample));
        if evidence.is_empty() {
            let href = format!("../{ROWS}");
            evidence.push(json!({ "href": href, "description": "These records hold nothing on this obligation." }));
        }
        evidence
    }

    fn query(&self, query: &QueryResult) -> Value {
        let log = &self.statement.log;
        if !query.answerable {
            let description = format!("{}: {} cannot be answered here: {}.", query.id, query.text, query.why_not);
            return json!({ "href": format!("../{ROWS}"), "description": description });
        }
        json!({
            "href": "../records.ndjson",
            "description": format!("{}: {} of {} records: {}.", query.id, query.count, log.size, query.text),
            "props": [
                prop("sha-256", log.records_sha256),
                prop("query", &query.id),
                prop("count", query.count),
                prop("seqs-sha256", &query.seqs_sha256),
            ],
        })
    }

    fn findings(&self) -> Vec<Value> {
        let missing = |row: &&Row| row.status == Status::EvidenceMissing && row.applies;
        self.statement.rows.iter().filter(missing).map(|row| self.finding(row)).collect()
    }

    fn finding(&self, row: &Row) -> Value {
        json!({
            "uuid": self.ids.of("finding", &row.id),
            "title": format!("Evidence missing: {}", row.reference),
            "description": row.remark,
            "origins": [self.origin()],
            "target": {
                "type": "objective-id",
                "target-id": row.control,
                "status": {
                    "state": "not-satisfied",
                    "reason": "other",
                    "remarks": "The records hold no evidence in the window. Whether the obligation is met is for people to say.",
                },
            },
            "related-observations": [{ "observation-uuid": self.ids.of("observation", &row.id) }],
        })
    }

    fn resources(&self, files: &BTreeMap<String, FileFacts>) -> Vec<Value> {
        let log = &self.statement.log;
        let document = |path: &str| files.get(path).map(|facts| facts.sha256);
        let listed = [
            (README, "How the figures are made and how to check them", document(README), "text/plain"),
            (ROWS, "The figures", document(ROWS), "application/json"),
            (REPORT, "The report for people", document(REPORT), "text/html"),
            (layout::RECORDS, "The records", Some(log.records_sha256), "application/x-ndjson"),
            (layout::CHECKPOINT, "The signed checkpoint", Some(log.checkpoint_sha256), "text/plain"),
        ];
        listed.into_iter().map(|(path, title, digest, media)| self.resource(path, title, digest, media)).collect()
    }

    fn resource(&self, path: &str, title: &str, digest: Option<Digest>, media: &str) -> Value {
        let mut link = json!({ "href": format!("../{path}"), "media-type": media });
        if let (Some(digest), Some(link)) = (digest, link.as_object_mut()) {
            link.insert("hashes".to_owned(), json!([{ "algorithm": "SHA-256", "value": digest }]));
        }
        json!({ "uuid": self.ids.of("resource", path), "title": title, "rlinks": [link] })
    }
}

fn remarks(row: &Row) -> String {
    let mut parts = Vec::new();
    if !row.person.is_empty() {
        parts.push(format!("A person adds: {}.", row.person));
    }
    if !row.limits.is_empty() {
        parts.push(format!("Not shown here: {}.", row.limits));
    }
    parts.push(format!("Owed by: {}.", row.who));
    parts.join(" ")
}

fn sample(sample: &Sample) -> Value {
    json!({
        "href": format!("../{}", sample.proof),
        "description": format!("Record {} ({}), drawn for {}, with its inclusion proof.", sample.seq, sample.kind, sample.query),
        "props": [prop("seq", sample.seq), prop("sha-256", sample.record_sha256)],
        "links": [{ "href": format!("../{}", sample.record), "rel": "reference" }],
    })
}

fn prop(name: &str, value: impl std::fmt::Display) -> Value {
    json!({ "name": name, "ns": NAMESPACE, "value": value.to_string() })
}

/// OSCAL lists are absent rather than empty.
fn without_empty(mut object: Value, name: &str) -> Value {
    let empty = object.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if let Some(fields) = object.as_object_mut().filter(|_| empty) {
        fields.remove(name);
    }
    object
}
