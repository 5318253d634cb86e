//! `gnomon demo`: starts everything, plays the scenario, and either waits for people or checks itself and stops.

use crate::args::{DemoArgs, Format};
use crate::clock::SystemClock;
use crate::cmd::evidence::verify_path;
use crate::cmd::user::{LINK_MS, sign_in_link};
use crate::demo::{self, Scenario, Step, Summary};
use crate::failure::Outcome;
use crate::output::{self, Column};
use crate::wire::product::Product;
use anyhow::{Context as _, ensure};
use gnomon_compliance::{ExportRequest, Framework, Window};
use gnomon_types::time::{Clock as _, Timestamp};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

pub(super) fn run(args: DemoArgs) -> anyhow::Result<Outcome> {
    super::block_on(demo(args))
}

async fn demo(args: DemoArgs) -> anyhow::Result<Outcome> {
    let temporary = tempfile::Builder::new().prefix("gnomon-demo-").tempdir()?;
    let state = args.state.clone().unwrap_or_else(|| temporary.path().to_owned());
    if args.once {
        let mut summary = Summary::default();
        once(&args, &state, &mut summary).await;
        report(&summary, args.format)
    } else {
        let (product, _upstream) = start(&args, &state).await?;
        wait_for_people(product, &state).await
    }
}

/// The product, and the built-in upstream, which serves as long as its handle lives.
async fn start(args: &DemoArgs, state: &Path) -> anyhow::Result<(Product, JoinSet<()>)> {
    std::fs::create_dir_all(state).with_context(|| format!("cannot make `{}`", state.display()))?;
    // A run that nobody looks at takes whatever ports are free.
    let port = |port| if args.once { ANY_PORT } else { SocketAddr::new(ANY_PORT.ip(), port) };
    let (listen, admin) = (args.listen.unwrap_or_else(|| port(8080)), args.admin.unwrap_or_else(|| port(8081)));
    let (upstream, serving) = demo::start_upstream(ANY_PORT).await.context("cannot start the built-in upstream")?;
    let config = demo::config(listen, admin, upstream, state)?;
    Ok((Product::start(config, None).await?, serving))
}

/// Tries every part; what cannot be tried because an earlier part failed is not in the summary.
async fn once(args: &DemoArgs, state: &Path, summary: &mut Summary) {
    let (product, _upstream) = match start(args, state).await {
        Ok(started) => started,
        Err(error) => return summary.note("start", Err(error)),
    };
    let serving = format!("gateway on {}, console on {}", product.gateway_address, product.admin_address);
    summary.note("start", Ok(serving));
    match Scenario::prepare(&product).await {
        Ok(scenario) => {
            summary.note("prepare", Ok("an account and two access keys".to_owned()));
            scenario.play(summary).await;
            summary.note("gateway: hold, approve", scenario.held_and_approved().await);
        }
        Err(error) => summary.note("prepare", Err(error)),
    }
    summary.note("console", console_answers(&product).await);
    summary.note("twin: ML-BOM", ml_bom(&product).await);
    summary.note("twin: feed", feed(&product, state).await);
    let log = product.evidence();
    summary.note("stop", product.stop().await.map(|()| "drained; nothing left over".to_owned()));
    summary.note("evidence: verify log", verified(&log));
    let pack = fresh_pack(state);
    summary.note("evidence: export", export(&log, &pack));
    summary.note("evidence: verify pack", verified(&pack));
}

/// `pack`, or the first of `pack-2`, `pack-3` ... that is not there yet.
fn fresh_pack(state: &Path) -> PathBuf {
    let names = std::iter::once("pack".to_owned()).chain((2_u32..).map(|number| format!("pack-{number}")));
    names.map(|name| state.join(name)).find(|path| !path.exists()).unwrap_or_else(|| state.join("pack"))
}

fn report(summary: &Summary, format: Format) -> anyhow::Result<Outcome> {
    let columns = [
        Column::<Step> { heading: "part", cell: |step| step.part.to_owned() },
        Column { heading: "ok", cell: |step| step.ok.to_string() },
        Column { heading: "detail", cell: |step| step.detail.clone() },
    ];
    match format {
        Format::Table => summary.print()?,
        Format::Csv => output::rows(format, &summary.steps, &columns)?,
        Format::Json | Format::Ndjson => output::object(format, summary)?,
    }
    if !summary.ok {
        let failed: Vec<&str> = summary.steps.iter().filter(|step| !step.ok).map(|step| step.part).collect();
        output::message(&format!("error: these parts did not work: {}", failed.join(", ")));
    }
    Ok(if summary.ok { Outcome::Fine } else { Outcome::Findings })
}

async fn console_answers(product: &Product) -> anyhow::Result<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(product.admin_address).await?;
    stream.write_all(b"GET /sign-in HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(
        answer.starts_with("HTTP/1.1 200"),
        "the sign-in page answers {}",
        answer.lines().next().unwrap_or_default()
    );
    Ok(format!("http://{} answers", product.admin_address))
}

async fn ml_bom(product: &Product) -> anyhow::Result<String> {
    let document = gnomon_twin_bridge::cyclonedx(&product.inventory.twin_assets().await?);
    let count = |list: &str| document.get(list).and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    ensure!(count("services") > 0, "the ML-BOM lists no service");
    Ok(format!("CycloneDX 1.7 with {} services and {} models", count("services"), count("components")))
}

async fn feed(product: &Product, state: &Path) -> anyhow::Result<String> {
    let file = state.join("twin-events.ndjson");
    let events = std::fs::read_to_string(&file).unwrap_or_default().lines().count();
    let behind: u64 = product.inventory.sinks().await?.iter().map(|sink| sink.waiting).sum();
    ensure!(events > 0, "no event reached the sink");
    Ok(format!("{events} CloudEvents delivered, {behind} on their way"))
}

fn verified(path: &Path) -> anyhow::Result<String> {
    let report = verify_path(path, None)?;
    let first = report.failures.first().map(|failure| format!("{}: {}", failure.code, failure.detail));
    ensure!(report.ok, "{}", first.unwrap_or_default());
    Ok(format!("{} records, root {}", report.size, report.root))
}

fn export(log: &Path, out: &Path) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let request = ExportRequest {
        log_dir: log.to_owned(),
        window: Window { from: Timestamp::from_millis(0), until: now },
        frameworks: vec![Framework::AiAct, Framework::Nis2],
        out: out.to_owned(),
        now,
    };
    gnomon_compliance::export(&request)?;
    Ok("AI Act and NIS2, with HTML report and OSCAL".to_owned())
}

async fn wait_for_people(product: Product, state: &Path) -> anyhow::Result<Outcome> {
    let played = show_to_people(&product, state).await;
    output::message("stopping");
    product.stop().await?;
    Ok(if played?.ok { Outcome::Fine } else { Outcome::Findings })
}

/// Plays the scenario, says what to do next, keeps a request held, and returns when somebody presses Ctrl-C.
async fn show_to_people(product: &Product, state: &Path) -> anyhow::Result<Summary> {
    let mut summary = Summary::default();
    let scenario = Scenario::prepare(product).await?;
    scenario.play(&mut summary).await;
    summary.print()?;
    let token = product.inventory.create_sign_in(demo::ACCOUNT, LINK_MS).await?;
    let link = sign_in_link(&format!("http://{}", product.admin_address), &token);
    output::line(&next_steps(product, scenario.key(), &link, state))?;
    let held = scenario.held();
    tokio::pin!(held);
    let mut answered = false;
    let mut terminate = signal(SignalKind::terminate()).context("cannot receive SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot receive SIGINT")?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(summary),
            _ = interrupt.recv() => return Ok(summary),
            answer = &mut held, if !answered => {
                answered = true;
                let seen = answer.map(|answer| if answer.body.contains("[DONE]") { "was answered" } else { "was refused" });
                output::line(&format!("the held request {}", seen.unwrap_or("broke off")))?;
            }
        }
    }
}

fn next_steps(product: &Product, key: &str, link: &str, state: &Path) -> String {
    let gateway = product.gateway_address;
    let state = state.display();
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("gnomon"));
    let gnomon = program.display();
    format!(
        "
Console (signs you in once):
  {link}
A request of an agent waits for you there under Approvals.

Point a client at the gateway:
  export OPENAI_BASE_URL=http://{gateway}/v1
  export OPENAI_API_KEY={key}
  export ANTHROPIC_BASE_URL=http://{gateway}/anthropic
  export ANTHROPIC_API_KEY={key}

Or try:
  curl http://{gateway}/v1/chat/completions -H 'authorization: Bearer {key}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"demo-1\",\"messages\":[{{\"role\":\"user\",\"content\":\"Write to anna.weiss@example.com\"}}]}}'

Look at what was recorded:
  {gnomon} inventory list --state {state}
  {gnomon} evidence tail --state {state}
  {gnomon} evidence export --state {state} --out pack && {gnomon} evidence verify pack

Stop with Ctrl-C; the demo's state goes with it unless you gave --state."
    )
}
