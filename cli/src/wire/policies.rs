//! Loads policies, the shipped starter set or a folder of `*.cedar` files, and the dictionaries that go with them.

use crate::args::RulesArgs;
use crate::config::{Config, DetectorsConfig, DictionaryConfig};
use crate::failure::{Usage, unreadable};
use crate::wire::live::service_of;
use anyhow::Context as _;
use gnomon_detect::{Config as DetectConfig, Dictionary};
use gnomon_discovery::Catalogue;
use gnomon_policy::{Known, PolicyFile, Snapshot};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads and compiles what a configuration puts in force.
///
/// # Errors
/// As [`Chosen::load`].
pub(crate) fn of_config(config: &Config) -> anyhow::Result<Snapshot> {
    Chosen::of(Some(config), None)?.load(None)
}

/// Loads and compiles the policies of a folder as those of a configuration.
///
/// # Errors
/// As [`Chosen::load`].
pub(crate) fn for_config(config: &Config, dir: &Path) -> anyhow::Result<Snapshot> {
    Chosen::of(Some(config), None)?.load(Some(dir))
}

/// The shipped policies with the shipped detectors.
///
/// # Errors
/// Never for a build that passed its tests.
pub(crate) fn shipped() -> anyhow::Result<Snapshot> {
    Chosen::of(None, None)?.load(None)
}

/// Compiles aside what the first requests with dates or addresses would otherwise wait for.
pub(crate) fn warm(snapshot: &Snapshot) {
    let plan = snapshot.plan().clone();
    let started = std::thread::Builder::new().name("warm".to_owned()).spawn(move || plan.warm());
    if let Err(error) = started {
        tracing::debug!(%error, "the detectors are not warmed; the first requests wait for them");
    }
}

/// What the options of a command choose.
pub(crate) struct Chosen {
    dir: Option<PathBuf>,
    detect: DetectorsConfig,
    dictionaries: Vec<DictionaryConfig>,
    known: Known,
}

/// Reads the configuration that the options name, if they name one.
///
/// # Errors
/// When it cannot be read or has mistakes.
pub(crate) fn chosen(args: &RulesArgs) -> anyhow::Result<Chosen> {
    let config = args.config.as_deref().map(crate::config::load).transpose()?;
    Chosen::of(config.as_ref(), args.policy.as_deref())
}

impl Chosen {
    /// What a configuration says, with another folder of policies if one is named.
    fn of(config: Option<&Config>, dir: Option<&Path>) -> anyhow::Result<Self> {
        let known = known(config)?;
        let of_config = config.and_then(|config| config.policy.dir.clone());
        let detect = config.map(|config| config.detect).unwrap_or_default();
        let dictionaries = config.map(|config| config.dictionaries.clone()).unwrap_or_default();
        Ok(Self { dir: dir.map(Path::to_owned).or(of_config), detect, dictionaries, known })
    }

    /// Loads and compiles the policies of a folder, or the shipped ones, with the terms of dictionaries.
    ///
    /// # Errors
    /// When a file cannot be read, a dictionary has a line that is no term, or the folder holds no policy; `LoadErrors`
    /// with every mistake in the policies.
    pub(crate) fn load(&self, other: Option<&Path>) -> anyhow::Result<Snapshot> {
        let detect = detectors(self.detect, &self.dictionaries)?;
        let Some(dir) = other.or(self.dir.as_deref()) else {
            return Ok(Snapshot::load_knowing(&gnomon_policy::shipped_files(), &detect, &self.known)?);
        };
        let files = read_folder(dir)?;
        if files.is_empty() {
            let message = format!("policy folder `{}` holds no *.cedar file", dir.display());
            let help = format!("write the starter set: gnomon policy init {}", dir.display());
            return Err(Usage::new(message, help).into());
        }
        Ok(Snapshot::load_knowing(&files, &detect, &self.known)?)
    }
}

/// The names that policies may use: those of a configuration, if there is one, and the obligations of the laws.
fn known(config: Option<&Config>) -> anyhow::Result<Known> {
    let obligations = gnomon_compliance::obligations().iter().map(|obligation| obligation.id.clone()).collect();
    let mut known = Known { obligations, ..Known::default() };
    let Some(config) = config else { return Ok(known) };
    let catalogue = Catalogue::shipped()?;
    let configured = config.upstreams.iter().map(|upstream| service_of(upstream, &catalogue).0.to_string());
    // Rules about a service that no upstream leads to yet are written before it does.
    let services = configured.chain(catalogue.entries().iter().map(|service| service.id.to_string())).collect();
    known.services = Some(services);
    known.routes = Some(config.routes.iter().map(|route| route.name.to_string()).collect());
    known.upstreams = Some(config.upstreams.iter().map(|upstream| upstream.name.to_string()).collect());
    Ok(known)
}

/// The shipped detectors, as far as they are to go, and the dictionaries.
fn detectors(how_far: DetectorsConfig, dictionaries: &[DictionaryConfig]) -> anyhow::Result<DetectConfig> {
    let mut detect = how_far.detectors();
    for dictionary in dictionaries {
        detect.dictionaries.push(Arc::new(read_dictionary(dictionary)?));
    }
    Ok(detect)
}

fn read_dictionary(config: &DictionaryConfig) -> anyhow::Result<Dictionary> {
    let path = config.path.display();
    let bytes = std::fs::read(&config.path).map_err(|error| unreadable(&config.path, &error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let help = format!("convert it: iconv -f WINDOWS-1252 -t UTF-8 {path}");
        Usage::new(format!("{path}:{line}: dictionary `{}` is not UTF-8", config.name), help)
    })?;
    Dictionary::read(&config.name, text, config.case_sensitive, config.whole_words).map_err(|mistakes| {
        let shown = mistakes.iter().map(|mistake| match mistake.line {
            0 => format!("{path}: dictionary `{}`: {}", config.name, mistake.message),
            line => format!("{path}:{line}: dictionary `{}`: {}", config.name, mistake.message),
        });
        let help = "one term per line; `#` begins a comment, `\\#` a term with that sign";
        Usage::new(shown.collect::<Vec<_>>().join("\n"), help).into()
    })
}

/// The policy files of a folder, in the order of their names.
fn read_folder(dir: &Path) -> anyhow::Result<Vec<PolicyFile>> {
    let failed =
        |error: std::io::Error| Usage::plain(format!("cannot read policy folder `{}`: {error}", dir.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "cedar") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        Ok(PolicyFile { name: path.display().to_string(), text })
    };
    paths.into_iter().map(read).collect()
}

/// Makes the policies of `dir` those of `new`. Each file is swapped in whole; files that `new` has not are removed last,
/// so that a reload in between sees too many rules rather than too few.
///
/// # Errors
/// When a file cannot be read, written or removed.
pub(crate) fn replace(dir: &Path, new: &Path) -> anyhow::Result<()> {
    let files = read_folder(new)?;
    let file_name = |name: &str| Path::new(name).file_name().map(ToOwned::to_owned).unwrap_or_default();
    for file in &files {
        let (path, fresh) = (dir.join(file_name(&file.name)), dir.join(".new-policy"));
        std::fs::write(&fresh, &file.text)
            .and_then(|()| std::fs::rename(&fresh, &path))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    let kept: Vec<_> = files.iter().map(|file| file_name(&file.name)).collect();
    for old in read_folder(dir)? {
        if !kept.contains(&file_name(&old.name)) {
            std::fs::remove_file(&old.name).with_context(|| format!("cannot remove `{}`", old.name))?;
        }
    }
    Ok(())
}
