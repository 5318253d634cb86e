//! `gnomon init`, `check`, `completions`, `man`: what one does before running anything.

use crate::args::{CheckArgs, Cli, InitArgs};
use crate::config::{self, Config};
use crate::failure::{Outcome, Usage};
use crate::output;
use crate::wire::policies;
use anyhow::Context as _;
use clap::CommandFactory as _;
use std::io::Write as _;
use std::path::Path;

pub(super) fn init(args: &InitArgs) -> anyhow::Result<Outcome> {
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&args.file);
    let mut file = match created {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("`{}` exists already", args.file.display());
            return Err(Usage::new(message, "name another file: gnomon init FILE").into());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write `{}`", args.file.display())),
    };
    file.write_all(config::TEMPLATE.as_bytes())?;
    let file = args.file.display();
    output::message(&format!("wrote {file}; edit it, then: gnomon check --config {file}; gnomon run --config {file}"));
    Ok(Outcome::Fine)
}

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let config = config::load(&args.config)?;
    let snapshot = policies::of_config(&config)?;
    if args.explain {
        explain(&config, &snapshot)?;
    }
    if config.judge.is_some() && !snapshot.asks_judge() {
        output::message(
            "warning: [judge] names a model, but no policy asks for `context.judge`: it is never asked\n\
             help: add the rule `judge-objects` of the starter set; gnomon policy init DIR writes it",
        );
    }
    output::message(&format!(
        "{}: {} routes, {} upstreams, {} policies: no problem found",
        args.config.display(),
        config.routes.len(),
        config.upstreams.len(),
        snapshot.policies().len()
    ));
    Ok(Outcome::Fine)
}

fn explain(config: &Config, snapshot: &gnomon_policy::Snapshot) -> anyhow::Result<()> {
    let server = &config.server;
    let listen: Vec<String> = server.listen.iter().map(ToString::to_string).collect();
    output::line(&format!("clients connect to   {}", listen.join(", ")))?;
    output::line(&format!("console and API at   {}", server.console()))?;
    output::line(&format!("state in             {}", server.state.display()))?;
    output::line(&format!("evidence log         {}", config.evidence.origin))?;
    output::line(&format!("policy bundle        sha256 {}", snapshot.digest()))?;
    let detect = &config.detect;
    output::line(&format!(
        "detectors            decode {} deep and {} KiB of a text, work {} per byte; a prompt attack from score {} of 1000",
        detect.decode_depth,
        detect.decode_bytes_max >> 10,
        detect.work_per_byte,
        detect.attack_threshold
    ))?;
    if let Some(judge) = &config.judge {
        let (model, band) = (judge.prompt.model(), judge.terms.band);
        let at = judge.origin.authority();
        output::line(&format!(
            "judge model          {model} at {at}, for scores from {} to below {}",
            band.from, band.to
        ))?;
    }
    for route in &config.routes {
        let upstream = config.upstreams.iter().find(|upstream| upstream.name == route.upstream);
        let to = upstream.map_or_else(String::new, |upstream| {
            let scheme = if upstream.origin.tls { "https" } else { "http" };
            format!("{scheme}://{}{}", upstream.origin.authority(), upstream.origin.base_path)
        });
        let models = if route.models.is_empty() { "any model".to_owned() } else { route.models.join(", ") };
        output::line(&format!("route {:<14} {} ({models}) -> {} {to}", route.name, route.path, route.upstream))?;
    }
    Ok(())
}

pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gnomon", &mut script);
    output::bytes(&script)?;
    Ok(Outcome::Fine)
}

pub(super) fn man(out: Option<&Path>) -> anyhow::Result<Outcome> {
    match out {
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
            clap_mangen::generate_to(Cli::command(), folder)
                .with_context(|| format!("cannot write man pages into `{}`", folder.display()))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::bytes(&page)?;
        }
    }
    Ok(Outcome::Fine)
}
