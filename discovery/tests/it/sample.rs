//! The bundled sample month shows what the demo promises.

use gnomon_discovery::{Catalogue, EVERY_DEVICE, Hints, import_reader, sample_files};
use std::collections::BTreeSet;

#[test]
fn sample_month_is_small_and_shows_every_kind_of_finding() {
    let catalogue = Catalogue::shipped().unwrap();
    let packed: usize = sample_files().iter().map(|file| file.bytes.len()).sum();
    assert!(packed <= 400 * 1024, "{packed} bytes");
    let mut services = BTreeSet::new();
    let mut reasons = Vec::new();
    for file in sample_files() {
        let imported = import_reader(file.bytes, file.name, &Hints::default(), &catalogue, &mut |_, _| {}).unwrap();
        assert!(imported.source.rejected <= 2, "{:?}", imported.rejects);
        services.extend(imported.uses.iter().map(|one| one.service.to_string()));
        reasons.extend(imported.blind_spots);
    }
    for expected in
        ["chatgpt", "claude", "openai-api", "host:10.9.3.4:11434", "host:10.9.3.20:8000", "host:10.9.3.31:8811"]
    {
        assert!(services.contains(expected), "{expected} is missing in {services:?}");
    }
    let said = |part: &str| reasons.iter().any(|spot| spot.reason.contains(part));
    assert!(said("no lines on 2026-10-21") && said("dns.google") && said("CONNECT tunnels only"));
    assert!(reasons.iter().any(|spot| spot.user.as_deref() == Some("h.brandt")));
    assert!(reasons.iter().any(|spot| spot.device.as_deref() == Some(EVERY_DEVICE)));
    assert!(!services.contains("character-ai") || services.len() > 20);
}
