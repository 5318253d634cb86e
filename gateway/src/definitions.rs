//! Definitions of tools that were seen since the snapshot in force was made. What the record does not say yet is kept here,
//! so that each definition is told once, and one taken on trust is pinned from its first request on.

use crate::ledger::Ledger;
use crate::live::Tools;
use arc_swap::ArcSwap;
use gnomon_dialects::Declared;
use gnomon_policy::{Offer, Pin, PinBook, Standing, ToolPins, Toolbox};
use gnomon_types::conversation::DialectName;
use gnomon_types::ids::{DecisionId, ServiceId};
use gnomon_types::record::RecordBody;
use gnomon_types::tool::{Definition, ToolChange};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// New definitions that one request is told of.
const TOLD_MAX: usize = 256;

/// What was seen, which the record does not say yet.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    seen: ArcSwap<PinBook>,
    /// What each tool server listed last, as far as it went through here.
    listed: ArcSwap<BTreeMap<ServiceId, Arc<Toolbox>>>,
    writing: Mutex<()>,
}

/// What came of noting the definitions of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// These are new, and are to be recorded.
    New(Vec<ToolChange>),
    /// Another request was first with a tool that this one would have taken on trust: it must be judged again.
    JudgeAgain,
}

impl Definitions {
    /// What was seen up to now.
    pub(crate) fn seen(&self) -> Arc<PinBook> {
        self.seen.load_full()
    }

    /// What a tool server listed last; nothing of other services.
    pub(crate) fn listed(&self, dialect: DialectName, service: &ServiceId) -> Arc<Toolbox> {
        let listed = self.listed.load();
        listed.get(service).filter(|_| dialect == DialectName::Mcp).cloned().unwrap_or_default()
    }

    /// Keeps what a tool server lists. It counts whether or not the client gets the list.
    pub(crate) fn list(&self, service: &ServiceId, declared: &[Declared], offers: &[(String, Offer)]) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = BTreeMap::clone(&self.listed.load());
        let mut toolbox = all.get(service).map(|known| Toolbox::clone(known)).unwrap_or_default();
        toolbox.list(declared, offers);
        all.insert(service.clone(), Arc::new(toolbox));
        self.listed.store(Arc::new(all));
    }

    /// Notes the definitions of a judged request.
    pub(crate) fn note(&self, tools: &Tools, offers: &[Offer], decision: &DecisionId) -> Noted {
        let is_new = |seen: &PinBook, definition: &Definition| {
            tools.pins.pin(definition).is_none() && seen.pin(definition).is_none()
        };
        let seen = self.seen.load();
        if !offers.iter().any(|(definition, _)| is_new(&seen, definition)) {
            return Noted::New(Vec::new());
        }
        drop(seen);
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = PinBook::clone(&self.seen.load());
        // The record has caught up with these.
        seen.retain(|definition| tools.pins.pin(definition).is_none());
        let mut changes = Vec::new();
        for (definition, standing) in offers.iter().filter(|(definition, _)| tools.pins.pin(definition).is_none()) {
            let pins =
                ToolPins { decided: &tools.pins, seen: &seen, first_use: tools.first_use, ..ToolPins::default() };
            if *standing == Standing::FirstUse
                && !matches!(pins.standing(definition), Standing::FirstUse | Standing::Approved)
            {
                return Noted::JudgeAgain;
            }
            if seen.pin(definition).is_some() || changes.len() >= TOLD_MAX || !pins.has_room(&definition.source) {
                continue;
            }
            let pin = if *standing == Standing::FirstUse { Pin::Approved } else { Pin::Undecided };
            seen.put(definition.clone(), pin);
            let (definition, decision) = (definition.clone(), decision.clone());
            changes.push(ToolChange { definition, status: standing.status(), decision });
        }
        self.seen.store(Arc::new(seen));
        Noted::New(changes)
    }

    /// Records new definitions.
    pub(crate) async fn tell(&self, ledger: &Ledger, changes: Vec<ToolChange>) {
        for change in changes {
            let definition = change.definition.clone();
            if !ledger.settle(RecordBody::ToolChange(change)).await {
                self.forget(&definition);
            }
        }
    }

    /// Takes back a definition whose record could not be written: the next request with it is told again.
    fn forget(&self, definition: &Definition) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = PinBook::clone(&self.seen.load());
        seen.retain(|known| known != definition);
        self.seen.store(Arc::new(seen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gnomon_policy::FirstUse;
    use gnomon_types::digest::Digest;
    use gnomon_types::ids::ToolName;
    use gnomon_types::tool::{DefinitionStatus, ToolSource};

    fn definition(tool: &str, byte: u8) -> Definition {
        let source = ToolSource::parse("caller/bot").unwrap();
        Definition { source, tool: ToolName::new(tool).unwrap(), sha256: Digest([byte; 32]) }
    }

    fn told(noted: &Noted) -> Vec<(u8, DefinitionStatus)> {
        let Noted::New(changes) = noted else { panic!("{noted:?}") };
        changes.iter().map(|change| (change.definition.sha256.0[0], change.status)).collect()
    }

    #[test]
    fn a_definition_is_told_once_and_again_when_its_record_was_lost() {
        let (definitions, decision) = (Definitions::default(), DecisionId::new("dec_1").unwrap());
        let mut tools = Tools::default();
        let offers = [(definition("search", 1), Standing::New), (definition("search", 2), Standing::New)];
        let note = |tools: &Tools| definitions.note(tools, &offers, &decision);
        let (one, two) = ((1, DefinitionStatus::New), (2, DefinitionStatus::New));
        assert_eq!(told(&note(&tools)), [one, two]);
        assert!(told(&note(&tools)).is_empty());
        definitions.forget(&offers[1].0);
        assert_eq!(told(&note(&tools)), [two]);
        definitions.forget(&offers[1].0);
        tools.pins = Arc::new([(offers[0].0.clone(), Pin::Approved)].into_iter().collect());
        assert_eq!(told(&note(&tools)), [two]);
        assert_eq!(definitions.seen().pin(&offers[0].0), None, "the record knows it");
    }

    #[test]
    fn of_two_first_definitions_one_is_trusted() {
        let (definitions, decision) = (Definitions::default(), DecisionId::new("dec_1").unwrap());
        let tools = Tools { first_use: FirstUse::Trust, ..Tools::default() };
        let first = [(definition("search", 1), Standing::FirstUse)];
        let other = [(definition("search", 2), Standing::FirstUse), (definition("read", 3), Standing::FirstUse)];
        assert_eq!(told(&definitions.note(&tools, &first, &decision)), [(1, DefinitionStatus::Approved)]);
        assert_eq!(definitions.note(&tools, &other, &decision), Noted::JudgeAgain);
        assert_eq!(told(&definitions.note(&tools, &first, &decision)), [], "the same at the same time is no other");
        let seen = definitions.seen();
        let pins = ToolPins { decided: &tools.pins, seen: &seen, first_use: tools.first_use, ..ToolPins::default() };
        assert_eq!(pins.standing(&other[0].0), Standing::Changed(vec![Digest([1; 32])]));
        assert_eq!(
            pins.standing(&other[1].0),
            Standing::FirstUse,
            "nothing of a request that is judged again is pinned"
        );
    }
}
