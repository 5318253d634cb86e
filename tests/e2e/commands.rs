//! The command line as scripts use it: formats, exit codes, messages.

use crate::GNOMON;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub(crate) fn gnomon(folder: &Path, arguments: &[&str]) -> anyhow::Result<Output> {
    let mut command = Command::new(GNOMON);
    command.args(arguments).current_dir(folder).env("GNOMON_STATE", folder.join("state")).stdin(Stdio::null());
    Ok(command.output()?)
}

#[test]
fn a_written_configuration_passes_the_check_and_a_broken_one_is_shown_with_carets() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    assert_eq!(gnomon(folder.path(), &["init"])?.status.code(), Some(0));
    assert_eq!(gnomon(folder.path(), &["init"])?.status.code(), Some(2), "init overwrote a file");
    assert_eq!(gnomon(folder.path(), &["check", "--explain"])?.status.code(), Some(0));
    std::fs::write(folder.path().join("bad.toml"), "[server]\nlisten = \"nowhere\"\ntreads = 3\n")?;
    let output = gnomon(folder.path(), &["check", "--config", "bad.toml"])?;
    let shown = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2));
    for expected in ["bad.toml:2", "^", "`nowhere` is not an address", "did you mean `threads`?", "no [[route]]"] {
        assert!(shown.contains(expected), "`{expected}` is missing in:\n{shown}");
    }
    assert_eq!(gnomon(folder.path(), &["run", "--config", "bad.toml"])?.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_broken_policy_is_refused_with_its_place() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    assert_eq!(gnomon(folder.path(), &["policy", "init", "policies"])?.status.code(), Some(0));
    assert_eq!(gnomon(folder.path(), &["policy", "list", "--policy", "policies"])?.status.code(), Some(0));
    let broken = "@id(\"x\")\nforbid (principal, action, resource) when { resource.colour == \"red\" };\n";
    std::fs::write(folder.path().join("policies/99-broken.cedar"), broken)?;
    let output = gnomon(folder.path(), &["policy", "list", "--policy", "policies"])?;
    let shown = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("99-broken.cedar") && shown.contains("colour") && shown.contains('^'), "{shown}");
    Ok(())
}

#[test]
fn policies_are_tested_compared_and_applied() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let cases = gnomon_testkit::tools::root().join("policy/tests/cases/requests.json");
    let cases = cases.to_str().unwrap();
    assert_eq!(gnomon(folder.path(), &["policy", "test", cases])?.status.code(), Some(0));
    for dir in ["in-force", "new"] {
        assert_eq!(gnomon(folder.path(), &["policy", "init", dir])?.status.code(), Some(0));
    }
    assert_eq!(gnomon(folder.path(), &["policy", "diff", "new", "--policy", "in-force"])?.status.code(), Some(0));
    std::fs::remove_file(folder.path().join("new/20-secrets.cedar"))?;
    let config = "[policy]\ndir = \"in-force\"\n[[upstream]]\nname = \"u\"\nurl = \"http://127.0.0.1:9\"\n\
                  [[route]]\nname = \"r\"\nupstream = \"u\"\n";
    std::fs::write(folder.path().join("gnomon.toml"), config)?;
    let diff = gnomon(folder.path(), &["policy", "diff", "new", "--policy", "in-force"])?;
    assert_eq!(diff.status.code(), Some(1));
    assert!(String::from_utf8(diff.stdout)?.contains("- secrets-never-leave"));
    let refused = gnomon(folder.path(), &["policy", "apply", "new", "--cases", cases])?;
    assert_eq!(refused.status.code(), Some(1), "cases about secrets fail without their rules");
    assert!(folder.path().join("in-force/20-secrets.cedar").exists(), "a refused set was applied");
    assert_eq!(gnomon(folder.path(), &["policy", "apply", "new"])?.status.code(), Some(0));
    assert!(!folder.path().join("in-force/20-secrets.cedar").exists());
    Ok(())
}

#[test]
fn names_that_are_not_configured_and_the_depth_of_decoding_are_checked() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let route = "[[upstream]]\nname = \"u\"\nurl = \"http://127.0.0.1:9\"\n[[route]]\nname = \"r\"\nupstream = \"u\"\n";
    std::fs::create_dir(path("rules"))?;
    std::fs::write(path("gnomon.toml"), format!("[policy]\ndir = \"rules\"\n[detect]\ndecode_depth = 1\n{route}"))?;
    let rule = |remedy: &str, route: &str| {
        format!(
            "@id(\"a\") @reason(\"r\") @remedy(\"reroute:{remedy}\")\n\
             forbid (principal, action == Gnomon::Action::\"send\", resource in Gnomon::Route::\"{route}\");\n"
        )
    };
    std::fs::write(path("rules/a.cedar"), rule("u", "r"))?;
    assert_eq!(gnomon(folder.path(), &["check"])?.status.code(), Some(0));
    std::fs::write(path("rules/a.cedar"), rule("nowhere", "nope"))?;
    let refused = gnomon(folder.path(), &["check"])?;
    let shown = String::from_utf8(refused.stderr)?;
    assert_eq!(refused.status.code(), Some(2), "{shown}");
    assert!(shown.contains("no upstream `nowhere`") && shown.contains("no route `nope`"), "{shown}");
    // Without the configuration nobody knows the names.
    assert_eq!(gnomon(folder.path(), &["policy", "list", "--policy", "rules"])?.status.code(), Some(0));
    // A text in base64 twice is read to its end with the shipped depth, and not with one of 1.
    let engine = base64::engine::general_purpose::STANDARD;
    let inner = base64::Engine::encode(&engine, "The weather in Oslo is mild today, and nobody minds it.");
    std::fs::write(path("twice.txt"), base64::Engine::encode(&engine, inner))?;
    let verdict = |arguments: &[&str]| -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&gnomon(folder.path(), arguments)?.stdout)?)
    };
    std::fs::write(path("gnomon.toml"), format!("[detect]\ndecode_depth = 1\n{route}"))?;
    let shallow = verdict(&["scan", "--text", "--config", "gnomon.toml", "twice.txt"])?;
    assert_eq!(
        (shallow["exhausted"].as_bool(), shallow["verdict"].as_str()),
        (Some(true), Some("deny")),
        "{shallow:#}"
    );
    assert_eq!(verdict(&["scan", "--text", "twice.txt"])?["verdict"], "allow");
    Ok(())
}

#[test]
fn a_folder_of_cases_is_run_and_a_failure_reads_as_people_write() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path("cases"))?;
    let case = |verdict: &str| {
        serde_json::json!([{"name": format!("it is {verdict}"), "expect": {"verdict": verdict},
            "body": {"model": "m", "messages": [{"role": "user", "content": "hi"}]}}])
    };
    std::fs::write(path("cases/a.json"), case("allow").to_string())?;
    std::fs::write(path("cases/b.json"), case("deny").to_string())?;
    let ran = gnomon(folder.path(), &["policy", "test", "cases"])?;
    let shown = String::from_utf8(ran.stdout)?;
    assert_eq!(ran.status.code(), Some(1), "{shown}");
    assert!(shown.contains("verdict: expected deny, found allow") && !shown.contains("Some("), "{shown}");
    assert!(String::from_utf8(ran.stderr)?.contains("2 cases of 2 files, 1 failed"));
    std::fs::write(path("cases/a.json"), case("alow").to_string())?;
    std::fs::write(path("cases/b.json"), "[]")?;
    let refused = gnomon(folder.path(), &["policy", "test", "cases"])?;
    let shown = String::from_utf8(refused.stderr)?;
    assert_eq!(refused.status.code(), Some(2), "{shown}");
    for expected in ["case 1 (\"it is alow\")", "did you mean `allow`?", "^^^^^^", "b.json:1:1", "holds no case"] {
        assert!(shown.contains(expected), "`{expected}` is missing in:\n{shown}");
    }
    Ok(())
}

#[test]
fn dictionaries_of_the_configuration_are_used_and_their_mistakes_shown() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("names.txt"), "# projects\nBlue Heron\nZéphyr\n")?;
    let dictionary = "[[dictionary]]\nname = \"code-names\"\npath = \"names.txt\"\n";
    let route = "[[upstream]]\nname = \"u\"\nurl = \"http://127.0.0.1:9\"\n[[route]]\nname = \"r\"\nupstream = \"u\"\n";
    std::fs::write(path("gnomon.toml"), format!("{dictionary}{route}"))?;
    assert_eq!(gnomon(folder.path(), &["check"])?.status.code(), Some(0));
    let case = serde_json::json!([{
        "name": "a code name is watched",
        "body": {"model": "gpt-5", "messages": [{"role": "user", "content": "When does blue heron ship?"}]},
        "expect": {"verdict": "allow", "findings": {"data/CODE_NAMES": 1}, "observed": ["dictionary-terms-are-watched"]}
    }]);
    std::fs::write(path("cases.json"), case.to_string())?;
    let tested = gnomon(folder.path(), &["policy", "test", "cases.json", "--config", "gnomon.toml"])?;
    assert_eq!(tested.status.code(), Some(0), "{}", String::from_utf8_lossy(&tested.stdout));
    let untold = gnomon(folder.path(), &["policy", "test", "cases.json"])?;
    assert_eq!(untold.status.code(), Some(1), "without the configuration there is no dictionary");
    std::fs::write(path("names.txt"), "Blue Heron\n-\n")?;
    let refused = gnomon(folder.path(), &["check"])?;
    let shown = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{shown}");
    assert!(shown.contains("names.txt:2: dictionary `code-names`"), "{shown}");
    std::fs::write(path("names.txt"), b"Blue Heron\nZ\xe9phyr\n")?;
    let refused = gnomon(folder.path(), &["check"])?;
    let shown = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(shown.contains("names.txt:2: dictionary `code-names` is not UTF-8"), "{shown}");
    Ok(())
}

#[test]
fn lists_come_in_every_format_and_errors_say_how_to_go_on() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for kind in ["service", "model", "caller", "key"] {
        let output = gnomon(folder.path(), &["inventory", "list", "--kind", kind])?;
        assert_eq!(output.status.code(), Some(0), "{kind}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for format in ["table", "json", "ndjson", "csv"] {
        for list in
            [["inventory", "list"], ["key", "list"], ["approvals", "list"], ["user", "list"], ["twin", "status"]]
        {
            let output = gnomon(folder.path(), &[list[0], list[1], "--format", format])?;
            assert_eq!(output.status.code(), Some(0), "{list:?} {format}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    std::fs::write(folder.path().join("short"), "short")?;
    assert_eq!(gnomon(folder.path(), &["user", "create", "twin", "--role", "admin"])?.status.code(), Some(0));
    for (arguments, expected) in [
        (vec!["inventory", "show", "nothing"], "no service `nothing`"),
        (vec!["inventory", "set", "nothing", "--status", "blue"], "`blue` is not a status"),
        (vec!["inventory", "show", "model/openai/nothing"], "no model `openai/nothing`"),
        (vec!["inventory", "set", "--kind", "caller", "nobody", "--owner", "it"], "no caller `nobody`"),
        (vec!["approvals", "approve", "apr_0"], "no approval `apr_0`"),
        (vec!["user", "create", "x", "--role", "king"], "`king` is not a role"),
        (vec!["discover", "import", "nowhere.log"], "`nowhere.log` is not a file"),
        (vec!["evidence", "verify", "nowhere"], "`nowhere` does not exist"),
        (vec!["evidence", "export", "--out", "p", "--from", "2026-05-02", "--until", "2026-05-01"], "holds no moment"),
        (vec!["check", "--config", "nowhere.toml"], "no configuration `nowhere.toml`"),
        (vec!["run"], "gnomon init"),
        (vec!["route", "list"], "no configuration `gnomon.toml`"),
        (vec!["scan", "--policy", "nowhere"], "cannot read policy folder `nowhere`"),
        (vec!["policy", "list", "--policy", "nowhere"], "cannot read policy folder `nowhere`"),
        (vec!["policy", "diff", "nowhere"], "cannot read policy folder `nowhere`"),
        (vec!["policy", "test", "nowhere.json"], "cannot read `nowhere.json`"),
        (vec!["key", "revoke", "gnm_nothing"], "no access key `gnm_nothing`"),
        (vec!["user", "sign-in", "nobody"], "no user `nobody`"),
        (vec!["user", "disable", "nobody"], "no user `nobody`"),
        (vec!["user", "create", "late", "--role", "admin", "--expires", "soon"], "`soon` is not a day"),
        (vec!["user", "create", "x", "--role", "admin", "--password-file", "nowhere"], "cannot read `nowhere`"),
        (vec!["user", "create", "x", "--role", "admin", "--password-file", "short"], "at least 12 characters"),
        (vec!["user", "create", "twin", "--role", "admin"], "there is already a user `twin`"),
    ] {
        let output = gnomon(folder.path(), &arguments)?;
        let shown = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {shown}");
        assert!(shown.contains(expected), "{arguments:?}: {shown}");
        assert!(output.stdout.is_empty(), "{arguments:?} printed data");
    }
    Ok(())
}

#[test]
fn completions_man_pages_and_client_variables_are_printed() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for arguments in [&["completions", "bash"][..], &["man"], &["client-env", "openai"], &["client-env", "codex"]] {
        let output = gnomon(folder.path(), arguments)?;
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(gnomon(folder.path(), &["man", "--out", "pages"])?.status.code(), Some(0));
    assert!(folder.path().join("pages/gnomon.1").exists() && folder.path().join("pages/gnomon-evidence.1").exists());
    Ok(())
}

#[test]
fn one_object_comes_as_one_line_or_as_header_and_row() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for dir in ["old", "new"] {
        assert_eq!(gnomon(folder.path(), &["policy", "init", dir])?.status.code(), Some(0));
    }
    for arguments in [&["key", "create", "app"][..], &["policy", "diff", "new", "--policy", "old"]] {
        let shown = |format: &str| -> anyhow::Result<String> {
            let output = gnomon(folder.path(), &[arguments, &["--format", format]].concat())?;
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            Ok(String::from_utf8(output.stdout)?)
        };
        let line = shown("ndjson")?;
        assert_eq!(line.lines().count(), 1, "{line}");
        let object: Value = serde_json::from_str(&line)?;
        let csv = shown("csv")?;
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        assert_eq!(csv.lines().count(), 2, "{csv}");
        assert!(header.iter().all(|name| object.get(*name).is_some()), "{csv}");
    }
    Ok(())
}

#[test]
fn commands_in_a_folder_with_a_configuration_use_its_state() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = "[server]\nstate = \"here\"\npublic_url = \"https://gnomon.example.com\"\n\
                  [[upstream]]\nname = \"u\"\nurl = \"http://127.0.0.1:9\"\n[[route]]\nname = \"r\"\nupstream = \"u\"\n";
    std::fs::write(folder.path().join("gnomon.toml"), config)?;
    let mut command = Command::new(GNOMON);
    command.args(["user", "create", "ada", "--role", "admin"]).current_dir(folder.path()).env_remove("GNOMON_STATE");
    let output = command.env("HOME", folder.path().join("home")).stdin(Stdio::null()).output()?;
    let told = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(folder.path().join("here/gnomon.db").exists() && !folder.path().join("home").exists());
    assert!(told.contains("state of gnomon.toml: here"), "{told}");
    assert!(String::from_utf8(output.stdout)?.starts_with("https://gnomon.example.com/sign-in/once?token="));
    Ok(())
}

#[test]
fn accounts_are_changed_from_the_command_line_and_every_act_is_recorded() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("password"), "moss grows on stones")?;
    for arguments in [
        &["user", "create", "ada", "--role", "admin"][..],
        &["user", "create", "eve", "--role", "auditor", "--expires", "2099-12-31"],
        &["user", "sign-in", "eve"],
        &["user", "password", "eve", "--password-file", "password"],
        &["user", "sign-out", "eve"],
        &["user", "disable", "eve"],
        &["user", "enable", "eve", "--expires", "2099-12-31"],
    ] {
        let output = gnomon(folder.path(), arguments)?;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(gnomon(folder.path(), &["user", "disable", "ada"])?.status.code(), Some(2), "the last admin");
    let tail = String::from_utf8(gnomon(folder.path(), &["evidence", "tail", "-n", "100"])?.stdout)?;
    for act in ["user.create", "user.link", "user.password", "user.end_sessions", "user.disable", "user.enable"] {
        assert!(tail.contains(act), "{act} is not on record:\n{tail}");
    }
    assert_eq!(tail.matches("\"by\":\"cli:").count(), tail.lines().filter(|line| line.contains("admin")).count());
    let from = String::from_utf8(gnomon(folder.path(), &["evidence", "tail", "--from", "1", "-n", "2"])?.stdout)?;
    let lines: Vec<&str> = tail.lines().skip(1).take(2).collect();
    assert_eq!(from.lines().collect::<Vec<_>>(), lines);
    Ok(())
}

#[test]
fn an_export_is_on_record() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    assert_eq!(gnomon(folder.path(), &["key", "create", "app"])?.status.code(), Some(0));
    let export = ["evidence", "export", "--out", "pack", "--from", "2026-01-01", "--until", "2026-01-01"];
    let output = gnomon(folder.path(), &export)?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let tail = String::from_utf8(gnomon(folder.path(), &["evidence", "tail"])?.stdout)?;
    let act = tail.lines().find(|line| line.contains("evidence.export")).unwrap();
    assert!(act.contains("2026-01-01T00:00:00.000Z to 2026-01-02T00:00:00.000Z"), "{act}");
    Ok(())
}

#[test]
fn doctor_looks_at_what_the_configuration_names() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let write = |upstream: std::net::SocketAddr| {
        let config = format!(
            "[server]\nstate = \"state\"\n[policy]\ndir = \"rules\"\n[[upstream]]\nname = \"u\"\nurl = \"http://{upstream}\"\n\
             [[route]]\nname = \"r\"\nupstream = \"u\"\n"
        );
        std::fs::write(folder.path().join("gnomon.toml"), config)
    };
    assert_eq!(gnomon(folder.path(), &["policy", "init", "rules"])?.status.code(), Some(0));
    let doctor = || gnomon(folder.path(), &["doctor", "--config", "gnomon.toml"]);
    write(listener.local_addr()?)?;
    let fine = doctor()?;
    assert_eq!(fine.status.code(), Some(0), "{}", String::from_utf8_lossy(&fine.stdout));
    write(gnomon_testkit::product::free_port()?)?;
    let broken = "forbid (principal, action, resource) when { resource.colour == \"red\" };\n";
    std::fs::write(folder.path().join("rules/99-broken.cedar"), broken)?;
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder.path().join("state"), std::fs::Permissions::from_mode(0o755))?;
    let sick = doctor()?;
    let shown = String::from_utf8(sick.stdout)?;
    assert_eq!(sick.status.code(), Some(1), "{shown}");
    for check in ["policies", "state folder", "upstream"] {
        let found = shown.lines().any(|line| line.starts_with(check) && line.contains("PROBLEM"));
        assert!(found, "{check} is fine in:\n{shown}");
    }
    Ok(())
}
