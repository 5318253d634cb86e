//! `gnomon user`: accounts of the console.

use crate::args::{ListArgs, UserCommand, UserCreateArgs, UserEnableArgs, UserNameArgs, UserPasswordArgs};
use crate::failure::{Outcome, Usage, unreadable};
use crate::output::{self, Column};
use crate::wire::state::State;
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
        UserCommand::Password(args) => password(&args).await,
        UserCommand::SignOut(args) => sign_out(&args).await,
        UserCommand::Disable(args) => disable(&args).await,
        UserCommand::Enable(args) => enable(&args).await,
    }
}

async fn create(args: &UserCreateArgs) -> anyhow::Result<Outcome> {
    let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let role = Role::from_word(&args.role)
        .ok_or_else(|| Usage::new(format!("`{}` is not a role", args.role), format!("use {}", known.join(", "))))?;
    let password = args.password_file.as_deref().map(read_password).transpose()?;
    let expires = args.expires.as_deref().map(super::end_of_day).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    let by_link = password.is_none();
    let new = NewUser { name: args.name.clone(), password, roles: vec![role], expires };
    inventory.create_user(&super::acting(), new).await?;
    output::message(&format!("account `{}` has the role {}", args.name, role.as_str()));
    if by_link {
        print_link(&inventory, &args.name, &state.console).await?;
    }
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

async fn password(args: &UserPasswordArgs) -> anyhow::Result<Outcome> {
    let password = read_password(&args.password_file)?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    inventory.set_password(&super::acting(), &args.name, password).await?;
    state.flush_changes(&inventory).await;
    output::message(&format!("`{}` has another password; every session of the account is ended", args.name));
    Ok(Outcome::Fine)
}

async fn sign_out(args: &UserNameArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    inventory.end_sessions(&super::acting(), &args.name).await?;
    state.flush_changes(&inventory).await;
    output::message(&format!("every session of `{}` is ended", args.name));
    Ok(Outcome::Fine)
}

async fn disable(args: &UserNameArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    inventory.disable_user(&super::acting(), &args.name).await?;
    state.flush_changes(&inventory).await;
    output::message(&format!("`{}` is shut; every session of the account is ended", args.name));
    Ok(Outcome::Fine)
}

async fn enable(args: &UserEnableArgs) -> anyhow::Result<Outcome> {
    let expires = args.expires.as_deref().map(super::end_of_day).transpose()?;
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    inventory.enable_user(&super::acting(), &args.name, expires).await?;
    state.flush_changes(&inventory).await;
    output::message(&format!("`{}` is open again", args.name));
    Ok(Outcome::Fine)
}

fn read_password(path: &Path) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
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
        Column { heading: "ends", cell: |row| row.expires.map(|end| end.to_string()).unwrap_or_default() },
    ];
    output::rows(args.format, &rows, &columns)?;
    Ok(Outcome::Fine)
}

async fn sign_in(args: &UserNameArgs) -> anyhow::Result<Outcome> {
    let state = State::of_args(&args.state)?;
    let inventory = state.inventory().await?;
    print_link(&inventory, &args.name, &state.console).await?;
    state.flush_changes(&inventory).await;
    Ok(Outcome::Fine)
}

/// Whoever makes a link can act as the account: that is on record.
async fn print_link(inventory: &Inventory, name: &str, console: &str) -> anyhow::Result<()> {
    let token = inventory.create_sign_in(name, LINK_MS).await?;
    inventory.note_act(&super::acting(), "user.link", name, None).await?;
    output::line(&sign_in_link(console, &token))?;
    output::message("the link signs in once and lapses after 15 minutes");
    Ok(())
}

/// The link that signs an account in once.
pub(crate) fn sign_in_link(console: &str, token: &Secret) -> String {
    format!("{console}/sign-in/once?token={}", token.expose())
}
