//! What the rules work with: policies, detectors, dictionaries, and what is taken on trust about tools.

use super::reader::{Reader, Section};
use super::values::existing_file;
use gnomon_policy::FirstUse;
use std::path::PathBuf;

/// Which policies are in force.
#[derive(Debug, Clone)]
pub(crate) struct PolicyConfig {
    /// Folder of `*.cedar` files; absent: the shipped starter set.
    pub(crate) dir: Option<PathBuf>,
}

/// How far the detectors go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DetectorsConfig {
    /// How often an encoded piece may hold another encoded piece.
    pub(crate) decode_depth: usize,
    /// How many bytes may be decoded of one text.
    pub(crate) decode_bytes_max: usize,
    /// How much work each byte of a long text may be, in about nanoseconds of one core.
    pub(crate) work_per_byte: usize,
    /// From this score on a text counts as a prompt attack, in thousandths as `context.attack_score` has them.
    pub(crate) attack_threshold: u16,
}

impl Default for DetectorsConfig {
    fn default() -> Self {
        Self { decode_depth: 4, decode_bytes_max: 512 << 10, work_per_byte: 47, attack_threshold: 500 }
    }
}

impl DetectorsConfig {
    /// The shipped detectors, that far.
    pub(crate) fn detectors(self) -> gnomon_detect::Config {
        let Self { decode_depth, decode_bytes_max, work_per_byte, attack_threshold } = self;
        let attack_threshold = f32::from(attack_threshold) / 1000.0;
        gnomon_detect::Config { decode_depth, decode_bytes_max, work_per_byte, attack_threshold, ..Default::default() }
    }
}

/// A list of terms that are looked for. Its file is read with the policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DictionaryConfig {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) case_sensitive: bool,
    pub(crate) whole_words: bool,
}

/// What is taken on trust about tools.
#[derive(Debug, Clone)]
pub(crate) struct ToolsConfig {
    pub(crate) first_use: FirstUse,
}

pub(super) fn read_policy(section: Section<'_>, reader: &Reader) -> Option<PolicyConfig> {
    let found = section.text("dir");
    section.finish();
    let Some(found) = found else { return Some(PolicyConfig { dir: None }) };
    let dir = PathBuf::from(&found.value);
    if !dir.is_dir() {
        let help = Some("leave `dir` out to use the shipped starter set".to_owned());
        reader.problem(&found.place, format!("policy folder `{}` does not exist", found.value), help);
        return None;
    }
    Some(PolicyConfig { dir: Some(dir) })
}

pub(super) fn read_detect(section: Section<'_>, reader: &Reader) -> Option<DetectorsConfig> {
    let shipped = DetectorsConfig::default();
    let depth = section.number("decode_depth", 1..=16).and_then(|depth| usize::try_from(depth).ok());
    let work = section.number("work_per_byte", 40..=10_000).and_then(|work| usize::try_from(work).ok());
    let threshold = section.number("attack_threshold", 1..=1000).and_then(|score| u16::try_from(score).ok());
    let decode_bytes_max = section.size("decode_max").unwrap_or(shipped.decode_bytes_max);
    let place = section.place();
    section.finish();
    if !(1 << 10..=8 << 20).contains(&decode_bytes_max) {
        let help = "a text of which more would have to be decoded is not inspected to its end, and denied".to_owned();
        reader.problem(&place, "`decode_max` of [detect] must be from 1KiB to 8MiB", Some(help));
        return None;
    }
    Some(DetectorsConfig {
        decode_depth: depth.unwrap_or(shipped.decode_depth),
        decode_bytes_max,
        work_per_byte: work.unwrap_or(shipped.work_per_byte),
        attack_threshold: threshold.unwrap_or(shipped.attack_threshold),
    })
}

pub(super) fn read_dictionary(section: Section<'_>, reader: &Reader) -> Option<DictionaryConfig> {
    let name = section.required("name", "\"code-names\"");
    let path = section.required("path", "\"code-names.txt\"");
    let case_sensitive = section.flag("case_sensitive").unwrap_or(false);
    let whole_words = section.flag("whole_words").unwrap_or(true);
    section.finish();
    // Both are looked at before either ends it, so that one reading names both mistakes.
    let path = path.and_then(|path| existing_file(reader, &path));
    let name = name?;
    if let Err(message) = gnomon_detect::Dictionary::check_name(&name.value) {
        let help = "findings carry it in capitals: `code-names` finds `data/CODE_NAMES`".to_owned();
        reader.problem(&name.place, message, Some(help));
        return None;
    }
    Some(DictionaryConfig { name: name.value, path: path?, case_sensitive, whole_words })
}

pub(super) fn read_tools(section: Section<'_>, reader: &Reader) -> Option<ToolsConfig> {
    let found = section.text("first_use");
    section.finish();
    let first_use = match found {
        None => FirstUse::Review,
        Some(found) => match found.value.as_str() {
            "review" => FirstUse::Review,
            "trust" => FirstUse::Trust,
            _ => {
                reader.problem(&found.place, format!("`{}` is not `review` or `trust`", found.value), None);
                return None;
            }
        },
    };
    Some(ToolsConfig { first_use })
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Variables, parse};

    fn read(detect: &str) -> Result<Config, String> {
        let base = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";
        parse("gnomon.toml", &format!("{base}{detect}"), Variables::new()).map_err(|problems| problems.to_string())
    }

    #[test]
    fn the_detectors_go_as_far_as_shipped_unless_told() {
        let shipped = read("").unwrap().detect;
        assert_eq!(shipped.detectors(), gnomon_detect::Config::default());
        let told =
            read("[detect]\ndecode_depth = 2\ndecode_max = \"64KiB\"\nwork_per_byte = 200\nattack_threshold = 650\n");
        let told = told.unwrap().detect;
        assert_eq!((told.decode_depth, told.decode_bytes_max, told.attack_threshold), (2, 64 << 10, 650));
        assert_eq!(told.detectors().work_per_byte, 200);
        assert!((told.detectors().attack_threshold - 0.65).abs() < 1e-6);
    }

    #[test]
    fn the_band_of_the_judge_ends_where_the_detectors_are_sure() {
        let judge = "[judge]\nurl = \"http://127.0.0.1:8000/v1\"\nmodel = \"guard\"\n";
        let config = read(&format!("[detect]\nattack_threshold = 650\n{judge}")).unwrap();
        assert_eq!(config.judge.unwrap().terms.band, gnomon_policy::Band { from: 200, to: 650 });
    }

    #[test]
    fn values_without_sense_are_named_with_their_place() {
        for (detect, expected) in [
            ("decode_depth = 0", "`decode_depth` must be a whole number from 1 to 16"),
            ("decode_depth = 99", "`decode_depth` must be a whole number from 1 to 16"),
            ("attack_threshold = 0.5", "`attack_threshold` must be a whole number from 1 to 1000"),
            ("work_per_byte = 0", "`work_per_byte` must be a whole number from 40 to 10000"),
            ("decode_max = \"1GiB\"", "`decode_max` of [detect] must be from 1KiB to 8MiB"),
            ("decode_dept = 3", "did you mean `decode_depth`?"),
        ] {
            let shown = read(&format!("[detect]\n{detect}\n")).unwrap_err();
            assert!(shown.contains(expected) && shown.contains("gnomon.toml:"), "`{expected}` is missing in:\n{shown}");
        }
    }
}
