//! Names of people as others may see them: the same for the same name, and nobody without the record's own key finds the
//! name by trying.

use crate::db::{Tx, values};
use crate::error::InventoryError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEY: &str = "pseudonyms";
/// Bytes of the code that are shown: enough that two people of a company do not meet.
const SHOWN_BYTES: usize = 8;

/// `person-` and sixteen hex digits.
pub(crate) async fn of_person(tx: &mut Tx, name: &str) -> Result<String, InventoryError> {
    let key = key(tx).await?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| missing())?;
    mac.update(name.as_bytes());
    let code = mac.finalize().into_bytes();
    Ok(format!("person-{}", hex(code.iter().take(SHOWN_BYTES))))
}

/// Drawn at first use; of two writers the first decides.
async fn key(tx: &mut Tx) -> Result<String, InventoryError> {
    let drawn: [u8; 32] = rand::random();
    let sql = "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING";
    tx.run(sql, &values![KEY, hex(drawn.iter())]).await?;
    let row = tx.row("SELECT value FROM secrets WHERE name = ?", &values![KEY]).await?;
    row.ok_or_else(missing)?.text(0)
}

fn missing() -> InventoryError {
    InventoryError::Damaged("the key of the pseudonyms is missing".to_owned())
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect()
}
