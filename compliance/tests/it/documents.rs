//! The documents of a pack: what they say, what they never say, and that they hang together.

use crate::support::{Fallible, Site};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

#[test]
fn the_report_says_what_it_must_and_loads_nothing() -> Fallible {
    let site = Site::with_story(30)?;
    site.export("pack")?;
    let html = std::fs::read_to_string(site.path("pack/report.html"))?;
    for needed in [
        "Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744",
        "Evidence present",
        "Evidence missing",
        "Needs a person",
        "Cannot be evidenced here",
        "q.decisions",
        "proofs/",
        "Recorded gaps",
        "disk full",
        "pymerkle",
        "not legal advice",
        "Forwarded requests without an outcome",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    for never in ["<script", "javascript:", "src=", "@import", "href=\"http", "url("] {
        assert!(!html.contains(never), "{never}");
    }
    // The word belongs to people: it stands in no document but in sentences that deny it.
    assert!(!html.to_lowercase().contains("compliant"));
    Ok(())
}

#[test]
fn every_link_of_the_report_leads_somewhere() -> Fallible {
    let site = Site::with_story(30)?;
    site.export("pack")?;
    let html = std::fs::read_to_string(site.path("pack/report.html"))?;
    for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        match link.strip_prefix('#') {
            Some(id) => assert!(html.contains(&format!("id=\"{id}\"")), "{link}"),
            None => assert!(site.path("pack").join(link).is_file(), "{link}"),
        }
    }
    Ok(())
}

#[test]
fn the_oscal_document_hangs_together() -> Fallible {
    let site = Site::with_story(30)?;
    site.export("pack")?;
    let path = site.path("pack/oscal/assessment-results.json");
    let document: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let results = &document["assessment-results"];
    assert_eq!(results["metadata"]["oscal-version"], "1.2.1");
    let mut ids = BTreeSet::new();
    let mut references = Vec::new();
    gather(results, &mut ids, &mut references)?;
    for reference in references {
        assert!(ids.contains(&reference), "{reference}");
    }
    for resource in results["back-matter"]["resources"].as_array().ok_or("no resources")? {
        let link = &resource["rlinks"][0];
        let href = link["href"].as_str().ok_or("no href")?;
        let bytes = std::fs::read(site.path("pack/oscal").join(href))?;
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(link["hashes"][0]["value"], digest, "{href}");
    }
    for observation in results["results"][0]["observations"].as_array().ok_or("no observations")? {
        assert!(!observation["relevant-evidence"].as_array().ok_or("no evidence")?.is_empty());
    }
    assert!(!document.to_string().contains("\"satisfied\""));
    Ok(())
}

/// Every uuid once, and every reference to one.
fn gather(value: &Value, ids: &mut BTreeSet<String>, references: &mut Vec<String>) -> Fallible {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value.as_str()) {
                    ("uuid", Some(id)) => assert!(ids.insert(id.to_owned()), "{id} twice"),
                    (name, Some(id)) if name.ends_with("-uuid") => references.push(id.to_owned()),
                    ("href", Some(href)) => references.extend(href.strip_prefix('#').map(str::to_owned)),
                    _ => gather(value, ids, references)?,
                }
            }
        }
        Value::Array(items) => items.iter().try_for_each(|item| gather(item, ids, references))?,
        _ => {}
    }
    Ok(())
}

#[test]
fn the_samples_can_be_drawn_again_by_the_rule_in_the_readme() -> Fallible {
    let site = Site::with_story(30)?;
    site.export("pack")?;
    let rows: Value = serde_json::from_slice(&std::fs::read(site.path("pack/rows.json"))?)?;
    let root = rows["log"]["root"].as_str().ok_or("no root")?;
    let queries = rows["queries"].as_array().ok_or("no queries")?;
    for query in queries.iter().filter(|query| query["answerable"] == true) {
        let id = query["id"].as_str().ok_or("no id")?;
        let mut keys: Vec<(String, u64)> = seqs(query["seqs"].as_str().unwrap_or_default())?
            .into_iter()
            .map(|seq| {
                let digest = Sha256::digest(format!("gnomon-sample-v1\n{id}\n{root}\n{seq}"));
                (digest.iter().map(|byte| format!("{byte:02x}")).collect(), seq)
            })
            .collect();
        assert_eq!(query["count"], keys.len(), "{id}");
        keys.sort();
        let wanted: Vec<u64> = keys.into_iter().take(5).map(|(_, seq)| seq).collect();
        let samples = rows["samples"].as_array().ok_or("no samples")?;
        let drawn: Vec<u64> =
            samples.iter().filter(|sample| sample["query"] == id).filter_map(|sample| sample["seq"].as_u64()).collect();
        assert_eq!(drawn, wanted, "{id}");
    }
    Ok(())
}

fn seqs(runs: &str) -> Fallible<Vec<u64>> {
    let mut seqs = Vec::new();
    for run in runs.split(',').filter(|run| !run.is_empty()) {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        seqs.extend(first.parse::<u64>()?..=last.parse()?);
    }
    Ok(seqs)
}
