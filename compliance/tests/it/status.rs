//! The status of obligations in a log as it stands.

use crate::support::{Fallible, START, Site};
use gnomon_compliance::{Framework, Status, StatusRow, Window, law, obligations, status};
use gnomon_types::time::Timestamp;

fn rows(site: &Site) -> Fallible<Vec<StatusRow>> {
    let window = Window { from: Timestamp::from_millis(0), until: Timestamp::from_millis(START + 86_400_000) };
    Ok(status(&site.log_dir(), &window, &Framework::ALL)?)
}

#[test]
fn counts_follow_from_the_records() -> Fallible {
    let rows = rows(&Site::with_story(0)?)?;
    for (id, wanted, count) in [
        ("ai-act:4", Status::NeedsAPerson, 6),
        // Six decisions, two outcomes, a model change, a gap.
        ("ai-act:12(1)", Status::EvidencePresent, 10),
        ("ai-act:13", Status::CannotBeEvidencedHere, 0),
        // An approval, and the records whose rule names the obligation: intent and hold.
        ("ai-act:26(2)", Status::NeedsAPerson, 3),
        ("ai-act:26(6)", Status::EvidenceMissing, 18),
        ("nis2-ir:3.2.3(k)", Status::EvidencePresent, 3),
        ("nis2-ir:3.2.5", Status::EvidencePresent, 18),
        ("nis2:21(2)(h)", Status::NeedsAPerson, 1),
        ("nis2:21(2)(c)", Status::CannotBeEvidencedHere, 0),
    ] {
        let row = rows.iter().find(|row| row.id == id).ok_or(id)?;
        assert_eq!((row.status, row.count), (wanted, count), "{id}: {}", row.remark);
    }
    let row = rows.iter().find(|row| row.id == "ai-act:26(5)").ok_or("26(5)")?;
    assert!(row.remark.starts_with("applies from 2027-12-02"), "{}", row.remark);
    Ok(())
}

#[test]
fn no_row_says_that_a_person_is_not_needed_where_one_is() -> Fallible {
    for row in rows(&Site::with_story(30)?)? {
        let evidence = obligations().iter().find(|known| known.id == row.id).map(|known| known.evidence);
        let automatic =
            matches!(evidence, Some(gnomon_compliance::Evidence::Records | gnomon_compliance::Evidence::Retention));
        assert_eq!(automatic, matches!(row.status, Status::EvidencePresent | Status::EvidenceMissing), "{}", row.id);
        assert!(!row.remark.to_lowercase().contains("compliant"), "{}", row.remark);
    }
    Ok(())
}

#[test]
fn an_empty_log_has_evidence_for_nothing() -> Fallible {
    let site = Site::new()?;
    site.open(START)?.close();
    let rows = rows(&site)?;
    assert_eq!(rows.len(), obligations().len());
    assert!(rows.iter().all(|row| row.count == 0 && row.status != Status::EvidencePresent));
    Ok(())
}

#[test]
fn the_law_is_named_with_its_amendment() -> Fallible {
    assert!(law(Framework::AiAct)?.law.contains("2026/1744"));
    assert!(law(Framework::Nis2)?.law.contains("2024/2690"));
    assert_eq!(Framework::from_word("ai-act"), Some(Framework::AiAct));
    assert_eq!(Framework::from_word("nis2").map(Framework::label), Some("NIS2"));
    assert_eq!(Framework::from_word("sox"), None);
    Ok(())
}
