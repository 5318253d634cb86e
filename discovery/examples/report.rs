//! Reads log files and writes the report: `cargo run -p gnomon-discovery --example report -- FILE..`; without files, the sample month.

use gnomon_discovery::{Catalogue, Hints, Imported, import_file, import_reader, report, sample_files};
use gnomon_types::asset::ServiceStatus;
use std::error::Error;
use std::io::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Catalogue::shipped()?;
    let hints = Hints::default();
    let mut imports: Vec<Imported> = Vec::new();
    for path in std::env::args().skip(1) {
        imports.push(import_file(Path::new(&path), &path, &hints, &catalogue, &mut |_, _| {})?);
    }
    if imports.is_empty() {
        for file in sample_files() {
            imports.push(import_reader(file.bytes, file.name, &hints, &catalogue, &mut |_, _| {})?);
        }
    }
    for import in &imports {
        for reject in &import.rejects {
            writeln!(std::io::stderr(), "{} line {}: {}", import.source.file, reject.line, reject.why)?;
        }
    }
    let uses: Vec<_> = imports.iter_mut().flat_map(|import| std::mem::take(&mut import.uses)).collect();
    let sources: Vec<_> = imports.iter().map(|import| import.source.clone()).collect();
    let blind_spots: Vec<_> = imports.iter().flat_map(|import| import.blind_spots.clone()).collect();
    let report = report(&uses, &|_| ServiceStatus::UnderReview, &sources, &blind_spots);
    serde_json::to_writer_pretty(std::io::stdout().lock(), &report)?;
    Ok(())
}
