//! From the text of a configuration to checked, typed values; every mistake of the file in one go.

use super::forwarding::{RouteConfig, SinkConfig, UpstreamConfig, read_route, read_sink, read_upstream};
use super::judge::{JudgeConfig, read_judge};
use super::problem::{Place, Problem, Problems};
use super::reader::{Located, Reader, Section, Variables};
use super::rules::{
    DetectorsConfig, DictionaryConfig, PolicyConfig, ToolsConfig, read_detect, read_dictionary, read_policy, read_tools,
};
use super::values::secret;
use gnomon_types::digest::Digest;
use gnomon_types::secret::Secret;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::DeTable;

/// A whole, checked configuration.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) database: DatabaseConfig,
    pub(crate) evidence: EvidenceConfig,
    pub(crate) approvals: ApprovalsConfig,
    pub(crate) policy: PolicyConfig,
    pub(crate) detect: DetectorsConfig,
    pub(crate) dictionaries: Vec<DictionaryConfig>,
    /// The model for second opinions, if there is one.
    pub(crate) judge: Option<JudgeConfig>,
    pub(crate) tools: ToolsConfig,
    pub(crate) upstreams: Vec<UpstreamConfig>,
    pub(crate) routes: Vec<RouteConfig>,
    pub(crate) sinks: Vec<SinkConfig>,
    /// SHA-256 of the file's text.
    pub(crate) digest: Digest,
}

/// Where we listen and keep our state.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) admin: SocketAddr,
    /// Where people reach the console, when that is not `admin`: `https://HOST[:PORT]`.
    pub(crate) public_url: Option<String>,
    pub(crate) state: PathBuf,
    pub(crate) threads: usize,
    pub(crate) node: String,
    pub(crate) drain: Duration,
}

impl Server {
    /// Where people reach the console.
    pub(crate) fn console(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.admin))
    }
}

/// Where the record is kept.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseConfig {
    /// `sqlite:PATH` or `postgres://...`; absent: SQLite in the state folder.
    pub(crate) url: Option<Secret>,
}

/// The evidence log.
#[derive(Debug, Clone)]
pub(crate) struct EvidenceConfig {
    pub(crate) origin: String,
    pub(crate) hold_on_failure: bool,
    pub(crate) checkpoint_every: Duration,
}

/// How long a held request waits, and how long an approval is good.
#[derive(Debug, Clone)]
pub(crate) struct ApprovalsConfig {
    pub(crate) hold_wait: Duration,
    pub(crate) good_for: Duration,
}

/// Where the console listens when nobody says otherwise.
pub(crate) const DEFAULT_ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8081);

/// Checks a configuration's text.
///
/// # Errors
/// [`Problems`] with every mistake in it.
pub(crate) fn parse(path: &str, source: &str, variables: Variables) -> Result<Config, Box<Problems>> {
    let (document, syntax) = DeTable::parse_recoverable(source);
    let failed = |list| Box::new(Problems { path: path.to_owned(), source: source.to_owned(), list });
    if !syntax.is_empty() {
        let problem = |error: &toml::de::Error| Problem {
            place: Place::File(error.span().unwrap_or_default()),
            message: error.message().to_owned(),
            help: None,
        };
        return Err(failed(syntax.iter().map(problem).collect()));
    }
    let reader = Reader::new(variables);
    let root = Section::root(&reader, &document);
    let digest = Digest(Sha256::digest(source.as_bytes()).into());
    let config = read(&root, &reader, digest);
    root.finish();
    let problems = reader.finish();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(failed(problems)),
    }
}

fn read(root: &Section<'_>, reader: &Reader, digest: Digest) -> Option<Config> {
    let server = read_server(root.section("server"));
    let node = server.as_ref().map_or("gateway", |server| server.node.as_str());
    let database = read_database(root.section("database"), reader);
    let evidence = read_evidence(root.section("evidence"), reader, node);
    let approvals = read_approvals(root.section("approvals"));
    let policy = read_policy(root.section("policy"), reader);
    let detect = read_detect(root.section("detect"), reader);
    let dictionaries = collect(root.sections("dictionary"), |section| read_dictionary(section, reader));
    let listen = server.as_ref().map_or(&[][..], |server| server.listen.as_slice());
    let sure = u32::from(detect.unwrap_or_default().attack_threshold);
    let judge = read_judge(root.section("judge"), reader, sure, listen);
    let tools = read_tools(root.section("tools"), reader);
    let upstreams = collect(root.sections("upstream"), |section| read_upstream(section, reader));
    let routes = collect(root.sections("route"), |section| read_route(section, reader, &upstreams));
    let sinks = collect(root.sections("sink"), |section| read_sink(section, reader));
    let in_capitals: Vec<(String, &Place)> =
        dictionaries.iter().map(|(found, place)| (found.name.to_ascii_uppercase(), place)).collect();
    refuse_twins(reader, "dictionary", in_capitals.iter().map(|(name, place)| (name.as_str(), *place)));
    refuse_twins(reader, "upstream", upstreams.iter().map(|(name, place)| (name.name.as_str(), place)));
    refuse_twins(reader, "route", routes.iter().map(|(route, place)| (route.name.as_str(), place)));
    refuse_twins(reader, "sink", sinks.iter().map(|(sink, place)| (sink.name.as_str(), place)));
    if routes.is_empty() && root.sections("route").is_empty() {
        let help = "add [[upstream]] and [[route]]; `gnomon init` writes an example";
        reader.problem(&root.place(), "no [[route]]: nothing could be forwarded", Some(help.to_owned()));
    }
    Some(Config {
        server: server?,
        database: database?,
        evidence: evidence?,
        approvals: approvals?,
        policy: policy?,
        detect: detect?,
        dictionaries: dictionaries.into_iter().map(|(dictionary, _)| dictionary).collect(),
        judge: judge?,
        tools: tools?,
        upstreams: upstreams.into_iter().map(|(upstream, _)| upstream).collect(),
        routes: routes.into_iter().map(|(route, _)| route).collect(),
        sinks: sinks.into_iter().map(|(sink, _)| sink).collect(),
        digest,
    })
}

fn collect<'a, T>(sections: Vec<Section<'a>>, read: impl Fn(Section<'a>) -> Option<T>) -> Vec<(T, Place)> {
    let placed = |section: Section<'a>| {
        let place = section.place();
        Some((read(section)?, place))
    };
    sections.into_iter().filter_map(placed).collect()
}

fn refuse_twins<'n>(reader: &Reader, what: &str, names: impl Iterator<Item = (&'n str, &'n Place)>) {
    let mut seen = BTreeSet::new();
    for (name, place) in names {
        if !seen.insert(name) {
            reader.problem(
                place,
                format!("{what} `{name}` is defined twice"),
                Some("give each its own name".to_owned()),
            );
        }
    }
}

fn read_server(section: Section<'_>) -> Option<Server> {
    let address =
        |found: &Located<String>| section.parsed(found, "an address such as 127.0.0.1:8080", |t| t.parse().ok());
    let listen: Vec<SocketAddr> = match section.texts("listen") {
        Some(list) => list.iter().filter_map(address).collect(),
        None => vec![SocketAddr::from(([127, 0, 0, 1], 8080))],
    };
    let admin = match section.text("admin") {
        Some(found) => address(&found),
        None => Some(DEFAULT_ADMIN),
    };
    let public_url = match section.text("public_url") {
        Some(found) => section.parsed(&found, "an address such as https://gnomon.example.com", base_url).map(Some),
        None => Some(None),
    };
    let state = section.text("state").map_or_else(default_state, |found| PathBuf::from(found.value));
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let threads = section.number("threads", 1..=512).map_or(cores, |n| usize::try_from(n).unwrap_or(cores));
    let word = |text: &str| is_word(text).then(|| text.to_owned());
    let node = match section.text("node") {
        Some(found) => section.parsed(&found, "a name of letters, digits, dots and dashes", word),
        None => Some("gateway".to_owned()),
    };
    let drain = section.duration("drain").unwrap_or(Duration::from_secs(30));
    section.finish();
    Some(Server { listen, admin: admin?, public_url: public_url?, state, threads, node: node?, drain })
}

/// Scheme, host and port of an address without path.
fn base_url(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let url: http::Uri = text.parse().ok()?;
    let bare = matches!(url.scheme_str(), Some("http" | "https")) && url.path() == "/" && url.query().is_none();
    let host = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    (bare && host && !text.ends_with('/')).then(|| text.to_owned())
}

fn is_word(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The folder that holds the record, the evidence and the keys when nobody names one.
pub(crate) fn default_state() -> PathBuf {
    if let Some(dir) = std::env::var_os("GNOMON_STATE") {
        return PathBuf::from(dir);
    }
    if let Some(dir) = std::env::var_os("XDG_STATE_HOME") {
        return Path::new(&dir).join("gnomon");
    }
    match std::env::var_os("HOME") {
        Some(home) => Path::new(&home).join(".local/state/gnomon"),
        None => PathBuf::from("gnomon-state"),
    }
}

fn read_database(section: Section<'_>, reader: &Reader) -> Option<DatabaseConfig> {
    let found = section.text("url");
    section.finish();
    let Some(found) = found else { return Some(DatabaseConfig { url: None }) };
    let url = secret(reader, &found)?;
    if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme)) {
        let help = Some("write `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`, best as `env:NAME`".to_owned());
        reader.problem(&found.place, "the database URL has an unknown scheme", help);
        return None;
    }
    Some(DatabaseConfig { url: Some(url) })
}

fn read_evidence(section: Section<'_>, reader: &Reader, node: &str) -> Option<EvidenceConfig> {
    let origin = section.text("origin");
    let on_failure = section.text("on_failure");
    let checkpoint_every = section.duration("checkpoint_every").unwrap_or(Duration::from_secs(1));
    section.finish();
    let origin = match origin {
        Some(found) if found.value.is_empty() || found.value.contains(|c: char| c.is_whitespace() || c == '+') => {
            let help = Some("use a URL without scheme, such as `gnomon.example.com/gateway-1`".to_owned());
            reader.problem(&found.place, format!("`{}` is not an origin for a log", found.value), help);
            return None;
        }
        Some(found) => found.value,
        None => format!("gnomon.local/{node}"),
    };
    let hold_on_failure = match on_failure {
        None => false,
        Some(found) => match found.value.as_str() {
            "deny" => false,
            "hold" => true,
            _ => {
                reader.problem(&found.place, format!("`{}` is not `deny` or `hold`", found.value), None);
                return None;
            }
        },
    };
    Some(EvidenceConfig { origin, hold_on_failure, checkpoint_every })
}

fn read_approvals(section: Section<'_>) -> Option<ApprovalsConfig> {
    let hold_wait = section.duration("hold_wait").unwrap_or(Duration::from_secs(45));
    let good_for = section.duration("good_for").unwrap_or(Duration::from_secs(3600));
    section.finish();
    Some(ApprovalsConfig { hold_wait, good_for })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_policy::FirstUse;

    fn problems(source: &str) -> String {
        parse("gnomon.toml", source, Variables::new()).unwrap_err().to_string()
    }

    #[test]
    fn the_template_is_a_valid_configuration() {
        let config = parse("template", super::super::TEMPLATE, Variables::new()).unwrap();
        assert_eq!(config.routes.len(), 2);
        assert_eq!(config.upstreams[0].origin.authority(), "api.openai.com");
    }

    #[test]
    fn names_every_mistake_at_once_with_its_place() {
        let source = "[server]\nlisen = \"127.0.0.1:1\"\nadmin = 5\n[[upstream]]\nname = \"a b\"\nurl = \"ftp://x\"\n\
                      [[route]]\nname = \"r\"\nupstream = \"nowhere\"\n";
        let shown = problems(source);
        for expected in [
            "unknown key `lisen`",
            "did you mean `listen`?",
            "`admin` must be a text in quotes, not integer",
            "invalid upstream name `a b`",
            "`ftp://x` is not an upstream URL",
            "upstream `nowhere` is not defined",
            "gnomon.toml:2:1",
            "5 problems in gnomon.toml",
        ] {
            assert!(shown.contains(expected), "`{expected}` is missing in:\n{shown}");
        }
    }

    #[test]
    fn shows_syntax_errors_with_a_caret() {
        let shown = problems("[server\nlisten = 1");
        assert!(shown.contains("gnomon.toml:1") && shown.contains('^'), "{shown}");
    }

    #[test]
    fn variables_override_keys_and_unknown_ones_are_named() {
        let source = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";
        let set = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let good = parse("f", source, set(&[("GNOMON_SERVER__LISTEN", "127.0.0.1:9")])).unwrap();
        assert_eq!(good.server.listen, vec!["127.0.0.1:9".parse().unwrap()]);
        let bad = parse("f", source, set(&[("GNOMON_SERVER__LISSEN", "x")])).unwrap_err().to_string();
        assert!(bad.contains("`GNOMON_SERVER__LISSEN` overrides no key"), "{bad}");
    }

    #[test]
    fn the_public_address_of_the_console_has_no_path() {
        let base = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n[server]\n";
        let read = |url: &str| parse("f", &format!("{base}public_url = \"{url}\"\n"), Variables::new());
        assert_eq!(read("https://gnomon.example.com/").unwrap().server.console(), "https://gnomon.example.com");
        assert_eq!(read("http://10.0.0.1:9").unwrap().server.console(), "http://10.0.0.1:9");
        for bad in ["gnomon.example.com", "https://gnomon.example.com/console", "ftp://h", "https://u:p@h", "https://"]
        {
            assert!(read(bad).unwrap_err().to_string().contains("is not an address such as"), "{bad}");
        }
        assert_eq!(parse("f", base, Variables::new()).unwrap().server.console(), "http://127.0.0.1:8081");
    }

    #[test]
    fn trust_in_the_first_definition_of_a_tool_is_chosen() {
        let base = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";
        let read = |more: &str| parse("f", &format!("{base}{more}"), Variables::new());
        assert_eq!(read("").unwrap().tools.first_use, FirstUse::Review);
        assert_eq!(read("[tools]\nfirst_use = \"trust\"").unwrap().tools.first_use, FirstUse::Trust);
        let odd = read("[tools]\nfirst_use = \"yes\"").unwrap_err().to_string();
        assert!(odd.contains("`yes` is not `review` or `trust`"), "{odd}");
    }

    #[test]
    fn refuses_a_literal_secret() {
        let source = "[[upstream]]\nname=\"u\"\nurl=\"http://h\"\nkey=\"abc\"\n[[route]]\nname=\"r\"\nupstream=\"u\"\n";
        let shown = problems(source);
        assert!(shown.contains("a secret must be a reference") && !shown.contains("1 problem in g\n"), "{shown}");
    }
}
