//! `gnomon user`: accounts of the console.

use crate::args::{ListArgs, UserCommand, UserCreateArgs, UserSignInArgs};
use crate::config;
use crate::failure::{Outcome, Usage};
use crate::output::{self, Column};
use crate::wire::state::State;
use anyhow::Context as _;
use gnomon_inventory::{Inventory, NewUser, Role, User};
use gnomon_types::secret::Secret;
use std::path::Path;

/// How long a one-time link is good.
pub(crate) const LINK_MS: i64 = 15 * 60 * 1000;

pub(super) async fn run(command: UserCommand) -> anyhow::Result<Outcome> {
    match command {
        UserCommand::Create(args) => create(&args).await,
        UserCommand::List(args) => list(&args).await,
        UserCommand::SignIn(args) => sign_in(&args).await,
    }
}

async fn create(args: &UserCreateArgs) -> anyhow::Result<Outcome> {
    let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let role = Role::from_word(&args.role)
        .ok_or_else(|| Usage::new(format!("`{}` is not a role", args.role), format!("use {}", known.join(", "))))?;
    let password = args.password_file.as_deref().map(read_password).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    let by_link = password.is_none();
    let new = NewUser { name: args.name.clone(), password, roles: vec![role], expires: None };
    inventory.create_user(&super::acting(), new).await?;
    output::message(&format!("account `{}` has the role {}", args.name, role.as_str()));
    if by_link {
        print_link(&inventory, &args.name, args.state.config.as_deref()).await?;
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

fn read_password(path: &Path) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

async fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let rows = State::of_args(&args.state)?.inventory().await?.users().await?;
    let columns = [
        Column::<User> { heading: "name", cell: |row| row.name.clone() },
        Column {
            heading: "roles",
            cell: |row| row.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "),
        },
    ];
    output::rows(args.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

async fn sign_in(args: &UserSignInArgs) -> anyhow::Result<Outcome> {
    let inventory = State::of_args(&args.state)?.inventory().await?;
    print_link(&inventory, &args.name, args.state.config.as_deref()).await?;
    Ok(Outcome::Fine)
}

async fn print_link(inventory: &Inventory, name: &str, config: Option<&Path>) -> anyhow::Result<()> {
    let admin = match config {
        Some(path) => config::load(path)?.server.admin.to_string(),
        None => "127.0.0.1:8081".to_owned(),
    };
    let token = inventory.create_sign_in(name, LINK_MS).await?;
    output::line(&sign_in_link(&admin, &token))?;
    output::message("the link signs in once and lapses after 15 minutes");
    Ok(())
}

/// The link that signs an account in once.
pub(crate) fn sign_in_link(admin: &str, token: &Secret) -> String {
    format!("http://{admin}/sign-in/once?token={}", token.expose())
}
