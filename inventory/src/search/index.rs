//! The tantivy index: opening, writing with a cursor, finding.

use super::HitKind;
use super::documents::Document;
use crate::error::InventoryError;
use std::path::Path;
use std::sync::Mutex;
use tantivy::collector::TopDocs;
use tantivy::directory::MmapDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TEXT, Value as _};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

/// The least that tantivy takes; documents are small.
const WRITER_BYTES: usize = 15_000_000;

pub(super) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    /// Made at the first write, so that a process that only reads does not lock others out.
    writer: Mutex<Option<IndexWriter>>,
}

#[derive(Clone, Copy)]
struct Fields {
    key: Field,
    kind: Field,
    id: Field,
    title: Field,
    body: Field,
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let fields = Fields {
        key: builder.add_text_field("key", STRING),
        kind: builder.add_text_field("kind", STRING | STORED),
        id: builder.add_text_field("id", TEXT | STORED),
        title: builder.add_text_field("title", TEXT | STORED),
        body: builder.add_text_field("body", TEXT | STORED),
    };
    (builder.build(), fields)
}

fn failed(error: impl ToString) -> InventoryError {
    InventoryError::Search(error.to_string())
}

impl Index {
    pub(super) fn open(dir: &Path) -> Result<Self, InventoryError> {
        let (schema, fields) = schema();
        std::fs::create_dir_all(dir).map_err(failed)?;
        let open = |dir: &Path| tantivy::Index::open_or_create(MmapDirectory::open(dir)?, schema.clone());
        let index = match open(dir) {
            Ok(index) => index,
            // Made by another version, or damaged: a cache is thrown away, not repaired.
            Err(TantivyError::SchemaError(_) | TantivyError::DataCorruption(_)) => {
                std::fs::remove_dir_all(dir).map_err(failed)?;
                std::fs::create_dir_all(dir).map_err(failed)?;
                open(dir)?
            }
            Err(error) => return Err(error.into()),
        };
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader, fields, writer: Mutex::new(None) })
    }

    /// Ordinal of the newest change that is in the index.
    pub(super) fn cursor(&self) -> Result<i64, InventoryError> {
        Ok(self.index.load_metas()?.payload.and_then(|payload| payload.parse().ok()).unwrap_or(0))
    }

    /// Replaces documents and moves the cursor, in one commit. `false` when another process is the one that writes.
    pub(super) fn write(&self, documents: &[Document], cursor: i64) -> Result<bool, InventoryError> {
        self.with_writer(|writer| {
            for document in documents {
                let key = format!("{}:{}", document.kind, document.id);
                writer.delete_term(Term::from_field_text(self.fields.key, &key));
                let mut doc = TantivyDocument::new();
                doc.add_text(self.fields.key, &key);
                doc.add_text(self.fields.kind, document.kind);
                doc.add_text(self.fields.id, &document.id);
                doc.add_text(self.fields.title, &document.title);
                doc.add_text(self.fields.body, &document.body);
                writer.add_document(doc)?;
            }
            commit(writer, cursor)
        })
    }

    /// Removes everything. `false` when another process is the one that writes.
    pub(super) fn clear(&self) -> Result<bool, InventoryError> {
        self.with_writer(|writer| {
            writer.delete_all_documents()?;
            commit(writer, 0)
        })
    }

    fn with_writer(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> Result<(), TantivyError>,
    ) -> Result<bool, InventoryError> {
        let mut guard = self.writer.lock().map_err(failed)?;
        if guard.is_none() {
            match self.index.writer_with_num_threads(1, WRITER_BYTES) {
                Ok(writer) => *guard = Some(writer),
                Err(TantivyError::LockFailure(..)) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        let Some(writer) = guard.as_mut() else { return Ok(false) };
        let done = work(writer);
        if done.is_err() {
            // A writer that failed may be dead: the next write makes another.
            *guard = None;
        }
        done?;
        Ok(true)
    }

    /// Documents with every word, best first.
    pub(super) fn find(&self, words: &[String], limit: usize) -> Result<Vec<Document>, InventoryError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        self.reader.reload()?;
        let clauses = words.iter().map(|word| (Occur::Must, self.word_query(word))).collect();
        let searcher = self.reader.searcher();
        let found = searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(limit).order_by_score())?;
        let mut documents = Vec::new();
        for (_, address) in found {
            documents.extend(self.read(&searcher.doc(address)?));
        }
        Ok(documents)
    }

    /// A word in any field; in full counts more than begun, in a title more than elsewhere.
    fn word_query(&self, word: &str) -> Box<dyn Query> {
        let mut any: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (field, boost) in [(self.fields.title, 3.0), (self.fields.id, 2.0), (self.fields.body, 1.0)] {
            let term = Term::from_field_text(field, word);
            let whole: Box<dyn Query> = Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs));
            any.push((Occur::Should, Box::new(BoostQuery::new(whole, boost))));
            let begun: Box<dyn Query> = Box::new(FuzzyTermQuery::new_prefix(term, 0, false));
            any.push((Occur::Should, Box::new(BoostQuery::new(begun, boost / 10.0))));
        }
        Box::new(BooleanQuery::new(any))
    }

    fn read(&self, doc: &TantivyDocument) -> Option<Document> {
        let text = |field| doc.get_first(field).and_then(|value| value.as_str()).map(str::to_owned);
        let kind = HitKind::from_word(&text(self.fields.kind)?)?.as_str();
        Some(Document {
            kind,
            id: text(self.fields.id)?,
            title: text(self.fields.title)?,
            body: text(self.fields.body)?,
        })
    }
}

fn commit(writer: &mut IndexWriter, cursor: i64) -> Result<(), TantivyError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&cursor.to_string());
    prepared.commit().map(drop)
}
