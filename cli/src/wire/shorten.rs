//! Records of changes that are larger than an entry of the log may be: shortened, so that they hold up no other.

use gnomon_evidence::{AppendError, Log};
use gnomon_types::record::RecordBody;

/// Characters kept of each text.
const TEXT_CHARS_MAX: usize = 2_000;
/// Stands at the end of a text that was longer.
const CUT: &str = " [cut]";

/// Appends the record of a change. Of one that is too large the texts are cut: all of them stay in the inventory.
///
/// # Errors
/// As [`Log::append`].
pub(crate) async fn append(log: &Log, body: RecordBody) -> Result<u64, AppendError> {
    match log.append(body.clone()).await {
        Err(AppendError::TooLarge(bytes)) => {
            tracing::warn!(bytes, "a change has texts too long for its evidence record: they are cut there");
            log.append(shortened(body)).await
        }
        done => done,
    }
}

fn shortened(mut body: RecordBody) -> RecordBody {
    let texts: Vec<&mut String> = match &mut body {
        RecordBody::Approval(approval) => vec![&mut approval.by, &mut approval.note],
        RecordBody::Admin(admin) => [&mut admin.by, &mut admin.action, &mut admin.subject]
            .into_iter()
            .chain(admin.before.iter_mut())
            .chain(admin.after.iter_mut())
            .collect(),
        // People make no other records.
        _ => Vec::new(),
    };
    for text in texts {
        if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
            text.truncate(end);
            text.push_str(CUT);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_types::digest::Digest;
    use gnomon_types::ids::ApprovalId;
    use gnomon_types::record::{Admin, Approval};

    #[test]
    fn long_texts_are_cut_and_the_rest_stays() {
        let long = "\u{1}\u{fc}".repeat(35_000);
        let approval = Approval {
            approval: ApprovalId::new("apr_1").unwrap(),
            outcome: "approved".to_owned(),
            by: "ada".to_owned(),
            note: long.clone(),
            fingerprint: Digest([1; 32]),
        };
        let RecordBody::Approval(short) = shortened(RecordBody::Approval(approval.clone())) else { panic!() };
        assert_eq!(short.note.chars().count(), TEXT_CHARS_MAX + CUT.len());
        assert_eq!(Approval { note: long.clone(), ..short }, approval);
        let admin = Admin {
            by: long.clone(),
            action: "service.owner".to_owned(),
            subject: long.clone(),
            before: Some(long.clone()),
            after: Some(long),
            change: Some("chg_1".to_owned()),
        };
        let json = serde_json::to_string(&shortened(RecordBody::Admin(admin))).unwrap();
        assert!(json.len() < gnomon_types::limits::RECORD_BYTES_MAX, "{}", json.len());
    }
}
