//! Words beside a number that say what it is.

use crate::patterns::before;

/// The words that stand before a place, in lower case, within a reach of `bytes` and the same line.
pub(super) fn words_before(text: &str, at: usize, bytes: usize) -> String {
    let head = before(text, at, bytes);
    let line = head.rsplit('\n').next().unwrap_or_default();
    line.to_lowercase()
}

/// Whether one of the words stands in the context, not inside another word at its start.
pub(super) fn names(context: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        context.match_indices(word).any(|(at, _)| {
            context.get(..at).and_then(|head| head.chars().next_back()).is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    })
}

/// Words that claim the number behind them for something that is no person.
pub(super) fn is_about_things(text: &str, at: usize) -> bool {
    let context = words_before(text, at, 28);
    names(&context, &THINGS)
}

const THINGS: [&str; 71] = [
    "order",
    "tracking",
    "invoice",
    "ticket",
    "isbn",
    "issn",
    "ean",
    "gtin",
    "upc",
    "part",
    "version",
    "ver.",
    "release",
    "firmware",
    "build",
    "commit",
    "sku",
    "article",
    "serial",
    "shipment",
    "parcel",
    "revision",
    "asset",
    "model",
    "chapter",
    "section",
    "room",
    "batch",
    "lot",
    "hash",
    "trace",
    "span_id",
    "request",
    "job",
    "pid",
    "port",
    "timestamp",
    "epoch",
    "purchase",
    "contract",
    "bestell",
    "auftrag",
    "rechnung",
    "sendung",
    "artikel",
    "vertrag",
    "lieferschein",
    "raum",
    "commande",
    "facture",
    "colis",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "zamówieni",
    "faktur",
    "faktura",
    "bestelling",
    "factuur",
    "encomenda",
    "fatura",
    "po ",
    "po-",
    "case",
    "claim",
    "incident",
    "doi",
    "rfc",
    "seq",
    "offset",
];
