//! Made-up data: a small organisation's week.

mod records;

use crate::Failure;
use gnomon_console::ObligationRow;
use gnomon_inventory::{Decide, ImportBatch, Inventory, NewKey, ServiceSeed};
use gnomon_types::asset::{ServiceKind, ServiceStatus};
use gnomon_types::caller::CallerKind;
use gnomon_types::digest::Digest;
use gnomon_types::ids::{ApprovalId, CallerId, ServiceId};
use gnomon_types::sighting::{BlindSpot, Content, EvidencePointer, SourceSummary, Use};
use gnomon_types::time::Timestamp;

pub(crate) use records::{held, record};

pub(crate) const ORIGIN: &str = "gnomon.example/gateway-1";
/// Sequence numbers below belong to the seed.
pub(crate) const RECORDS_RESERVED: u64 = 100_000;
const HOUR: i64 = 3_600_000;

/// id, name, vendor, category, host, status, owner, users, daily requests, days since first seen
type Line =
    (&'static str, &'static str, &'static str, &'static str, &'static str, ServiceStatus, &'static str, u64, u64, i64);

const SERVICES: [Line; 12] = [
    (
        "openai",
        "OpenAI API",
        "OpenAI",
        "model_api",
        "api.openai.com",
        ServiceStatus::Sanctioned,
        "Platform team",
        9,
        640,
        90,
    ),
    (
        "anthropic",
        "Claude API",
        "Anthropic",
        "model_api",
        "api.anthropic.com",
        ServiceStatus::SanctionedWithConditions,
        "Clinic IT",
        5,
        280,
        61,
    ),
    ("chatgpt", "ChatGPT", "OpenAI", "chat", "chatgpt.com", ServiceStatus::Unsanctioned, "", 41, 910, 80),
    ("deepseek", "DeepSeek", "DeepSeek", "chat", "chat.deepseek.com", ServiceStatus::Unsanctioned, "", 12, 160, 20),
    ("gemini", "Gemini", "Google", "chat", "gemini.google.com", ServiceStatus::UnderReview, "", 17, 210, 33),
    (
        "github-copilot",
        "GitHub Copilot",
        "GitHub",
        "coding_assistant",
        "api.githubcopilot.com",
        ServiceStatus::Sanctioned,
        "Engineering",
        28,
        1_900,
        120,
    ),
    ("perplexity", "Perplexity", "Perplexity", "search", "www.perplexity.ai", ServiceStatus::UnderReview, "", 6, 44, 5),
    (
        "midjourney",
        "Midjourney",
        "Midjourney",
        "image",
        "www.midjourney.com",
        ServiceStatus::UnderReview,
        "Brand studio",
        3,
        25,
        12,
    ),
    (
        "mistral",
        "Mistral La Plateforme",
        "Mistral AI",
        "model_api",
        "api.mistral.ai",
        ServiceStatus::Sanctioned,
        "Platform team",
        2,
        60,
        48,
    ),
    ("notion-ai", "Notion AI", "Notion", "embedded", "www.notion.so", ServiceStatus::UnderReview, "", 22, 130, 2),
    ("host:10.9.3.4:8000", "10.9.3.4:8000", "", "", "10.9.3.4:8000", ServiceStatus::UnderReview, "", 4, 75, 3),
    (
        "hugging-face",
        "Hugging Face",
        "Hugging Face",
        "model_hub",
        "huggingface.co",
        ServiceStatus::SanctionedWithConditions,
        "Data science",
        7,
        52,
        70,
    ),
];

/// Fills an empty record.
pub(crate) async fn fill(inventory: &Inventory, now: Timestamp) -> Result<(), Failure> {
    let kind = |category: &str, id: &str| match (category, id.starts_with("host:")) {
        (_, true) => ServiceKind::Unknown,
        ("embedded", _) => ServiceKind::Embedded,
        _ => ServiceKind::Known,
    };
    let seeds = SERVICES.iter().filter(|line| !line.0.starts_with("host:")).map(|line| {
        Ok(ServiceSeed {
            id: ServiceId::new(line.0)?,
            name: line.1.to_owned(),
            kind: kind(line.3, line.0),
            vendor: line.2.to_owned(),
            category: line.3.to_owned(),
        })
    });
    inventory.seed_catalogue(&seeds.collect::<Result<Vec<_>, Failure>>()?).await?;
    for (index, (file, format)) in
        [("proxy-hq.log.gz", "squid"), ("conn.log", "zeek-dns"), ("named.log", "bind")].into_iter().enumerate()
    {
        inventory.ingest_import(import(index, file, format, now)?).await?;
    }
    for (id, .., status, owner, _, _, _) in SERVICES {
        let id = ServiceId::new(id)?;
        if !owner.is_empty() {
            inventory.set_owner("governance", &id, Some(owner)).await?;
        }
        if status != ServiceStatus::UnderReview {
            let note = if status == ServiceStatus::SanctionedWithConditions {
                "personal data is redacted; agents ask a person for health data"
            } else {
                ""
            };
            inventory.set_status("governance", &id, status, note, None).await?;
        }
    }
    for (caller, kind, team) in [
        ("billing-bot", CallerKind::Service, "Finance"),
        ("clinic-agent", CallerKind::Agent, "Clinic"),
        ("ide-of-engineering", CallerKind::Person, "Engineering"),
    ] {
        let new = NewKey { caller: CallerId::new(caller)?, kind, team: Some(team.to_owned()), expires: None };
        inventory.create_key("network", new).await?;
    }
    inventory.apply(ORIGIN, &records::week(now)?).await?;
    for (id, decide, note) in [
        ("apr_00000000000000000000000001", Decide::Approve, "checked with the ward"),
        ("apr_00000000000000000000000002", Decide::Reject, "not without a data agreement"),
    ] {
        inventory.decide_approval("security", &ApprovalId::new(id)?, decide, note).await?;
    }
    Ok(())
}

fn import(index: usize, file: &str, format: &str, now: Timestamp) -> Result<ImportBatch, Failure> {
    let mut uses = Vec::new();
    for (number, line) in (0u64..)
        .zip(SERVICES.iter())
        .filter(|(number, _)| format == "squid" || number % 2 == u64::try_from(index).unwrap_or(0) % 2)
    {
        for day in 0..14.min(line.9) {
            for user in 0..line.7 {
                if (user + number + u64::try_from(day).unwrap_or(0)).is_multiple_of(3) {
                    uses.push(used(
                        line,
                        file,
                        format,
                        now.plus_millis(-day * 24 * HOUR - i64::try_from(user).unwrap_or(0) * 300_000),
                        user,
                        number,
                    )?);
                }
            }
        }
    }
    let blind_spots = if format == "squid" {
        vec![
            BlindSpot {
                user: None,
                device: Some("10.4.7.21".to_owned()),
                reason: "uses DNS over HTTPS at dns.google: lookups are hidden from the DNS log".to_owned(),
            },
            BlindSpot {
                user: None,
                device: None,
                reason: "the proxy log has no bodies: prompts and models of encrypted connections are not visible"
                    .to_owned(),
            },
        ]
    } else {
        Vec::new()
    };
    let lines = 120_000 + 7_311 * u64::try_from(index).unwrap_or(0);
    let source =
        SourceSummary { file: file.to_owned(), format: format.to_owned(), lines, parsed: lines - 12, rejected: 12 };
    Ok(ImportBatch {
        digest: Digest([u8::try_from(index).unwrap_or(0); 32]),
        content: Content::new(9_000_000, Digest([u8::try_from(index).unwrap_or(0); 32])),
        source,
        uses,
        blind_spots,
        by: "governance".to_owned(),
    })
}

fn used(line: &Line, file: &str, format: &str, at: Timestamp, user: u64, number: u64) -> Result<Use, Failure> {
    let offset = (user * 977 + number * 131_071) % 9_000_000;
    let named = format == "squid";
    let requests = (line.8 / line.7).max(1);
    Ok(Use {
        service: ServiceId::new(line.0)?,
        service_name: line.1.to_owned(),
        kind: if line.0.starts_with("host:") { ServiceKind::Unknown } else { ServiceKind::Known },
        host: line.4.to_owned(),
        user: named.then(|| format!("user{:03}", user * 7 + number)),
        device: Some(format!("10.4.{}.{}", number + 1, user + 10)),
        day: at.day(),
        first_seen: at.plus_millis(-HOUR),
        last_seen: at,
        requests,
        bytes_up: requests * 18_400,
        bytes_down: requests * 96_000,
        confidence: if line.0.starts_with("host:") { 0.86 } else { 0.99 },
        models: Vec::new(),
        clients: Vec::new(),
        evidence: vec![EvidencePointer {
            source: format.to_owned(),
            file: file.to_owned(),
            digest: None,
            offset,
            line: offset / 140 + 1,
        }],
    })
}

/// A file that was uploaded: each line is one use of one service.
pub(crate) fn uploaded(bytes: &[u8], name: &str, by: &str, now: Timestamp) -> Result<ImportBatch, Failure> {
    let lines = u64::try_from(bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())?;
    let line: Line = (
        "character-ai",
        "Character.AI",
        "Character.AI",
        "chat",
        "character.ai",
        ServiceStatus::UnderReview,
        "",
        2,
        10,
        1,
    );
    let mut digest = [0u8; 32];
    for (index, byte) in bytes.iter().enumerate() {
        if let Some(slot) = digest.get_mut(index % 32) {
            *slot = slot.wrapping_mul(31).wrapping_add(*byte);
        }
    }
    let source = SourceSummary { file: name.to_owned(), format: "squid".to_owned(), lines, parsed: lines, rejected: 0 };
    Ok(ImportBatch {
        digest: Digest(digest),
        content: Content::new(u64::try_from(bytes.len())?, Digest(digest)),
        source,
        uses: vec![used(&line, name, "squid", now, 1, 20)?],
        blind_spots: Vec::new(),
        by: by.to_owned(),
    })
}

pub(crate) fn obligations(framework: &str) -> Vec<ObligationRow> {
    let row =
        |id: &str, title: &str, text: &str, from: &str, status: &str, evidence: u64, remark: &str| ObligationRow {
            id: format!("{framework}:{id}"),
            title: title.to_owned(),
            text: text.to_owned(),
            applies_from: from.to_owned(),
            status: status.to_owned(),
            evidence,
            remark: remark.to_owned(),
            query: "records of kind `intent` in the window whose reasons name this obligation".to_owned(),
        };
    match framework {
        "ai-act" => vec![
            row(
                "26(5)",
                "Monitoring of operation",
                "Deployers monitor the operation of the high-risk AI system on the basis of the instructions for use.",
                "2027-12-02",
                "evidence_present",
                61_117,
                "",
            ),
            row(
                "26(6)",
                "Keeping of logs",
                "Deployers keep the logs automatically generated by the system for at least six months.",
                "2027-12-02",
                "evidence_present",
                61_121,
                "",
            ),
            row(
                "14(1)",
                "Human oversight",
                "Natural persons can effectively oversee the system during its use.",
                "2027-12-02",
                "evidence_present",
                4,
                "",
            ),
            row(
                "26(2)",
                "Assigning oversight",
                "Deployers assign human oversight to persons with competence, training and authority.",
                "2027-12-02",
                "needs_a_person",
                0,
                "name the persons and keep their training records",
            ),
            row(
                "4",
                "AI literacy",
                "Providers and deployers take measures for a sufficient level of AI literacy of their staff.",
                "2025-02-02",
                "needs_a_person",
                0,
                "training is not visible to a gateway",
            ),
            row(
                "27",
                "Fundamental rights impact assessment",
                "Certain deployers assess the impact on fundamental rights before first use.",
                "2027-12-02",
                "cannot_be_evidenced_here",
                0,
                "",
            ),
        ],
        "nis2" => vec![
            row(
                "21(2)(b)",
                "Incident handling",
                "Measures for handling incidents are in place.",
                "2024-10-18",
                "evidence_missing",
                0,
                "no incident record in the window",
            ),
            row(
                "21(2)(d)",
                "Supply chain security",
                "Security of relations with direct suppliers and service providers.",
                "2024-10-18",
                "evidence_present",
                12,
                "",
            ),
        ],
        _ => Vec::new(),
    }
}
