//! Sums that a record from before them does not have. Made from its own rows and not from the log, since retention may
//! have removed records that the rows still count.

use super::rebuild;
use crate::db::{Row, Tx};
use crate::error::InventoryError;
use crate::store::asset_id::{AssetId, AssetKind};
use crate::store::tallies::{Tallies, Tally};
use crate::store::words::model_name;
use gnomon_types::ids::ServiceId;
use gnomon_types::time::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// Sums of models, callers and keys.
pub(crate) async fn asset_sums(tx: &mut Tx) -> Result<(), InventoryError> {
    let mut sums = rebuild::imported(tx).await?.assets;
    for kind in AssetKind::ALL {
        add_decisions(tx, kind, &mut sums).await?;
    }
    sums.save(tx).await
}

async fn add_decisions(tx: &mut Tx, kind: AssetKind, sums: &mut Tallies) -> Result<(), InventoryError> {
    let (service, id) = match kind {
        AssetKind::Model => ("service", "model"),
        AssetKind::Caller => ("''", "caller"),
        AssetKind::Key => ("''", "key_id"),
    };
    let sql = format!(
        "SELECT {service} AS place, {id} AS id, received_at / {DAY_MS} AS use_day, MIN(received_at), MAX(received_at),
            COUNT(*), CAST(SUM(sent) AS BIGINT), CAST(SUM(COALESCE(input_tokens, 0)) AS BIGINT),
            CAST(SUM(COALESCE(output_tokens, 0)) AS BIGINT)
        FROM decisions WHERE {id} IS NOT NULL AND {service} IS NOT NULL GROUP BY place, {id}, use_day"
    );
    for row in tx.rows(&sql, &[]).await? {
        let (service, id) = (row.text(0)?, row.text(1)?);
        let asset = match kind {
            AssetKind::Model => AssetId::model(&ServiceId::sanitised(&service), &model_name(&id)),
            AssetKind::Caller | AssetKind::Key => AssetId::new(kind, &id),
        };
        let day = Timestamp::from_millis(row.int(2)?.saturating_mul(DAY_MS)).day();
        sums.add(asset, day, tally(&row)?);
    }
    Ok(())
}

fn tally(row: &Row) -> Result<Tally, InventoryError> {
    let forwarded = row.count(6)?;
    Ok(Tally {
        first: row.time(3)?,
        last: row.time(4)?,
        requests: forwarded,
        attempts: row.count(5)?,
        forwarded,
        input_tokens: row.count(7)?,
        output_tokens: row.count(8)?,
    })
}
