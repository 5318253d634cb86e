//! The JSON Schema of a tool's arguments, compiled so that checking is bounded.
//!
//! A schema comes from the sender, so before it is compiled its worst case is counted: how often one place of the
//! arguments could be looked at. What refers to another document, refers in circles without going deeper into the
//! arguments, or would look too often, is not compiled. Patterns run in linear time. Nothing is ever fetched.

use gnomon_types::limits::JSON_DEPTH_MAX;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Largest schema in bytes.
const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// Most patterns in one schema, and the memory that compiling each may take.
const PATTERNS_MAX: usize = 16;
const PATTERN_BYTES_MAX: usize = 64 * 1024;
/// Levels of a schema and of everything it refers to, one after the other, and schemas that are open at once on the way
/// down through the deepest arguments: compiling and checking recurse so deep.
const LEVELS_MAX: usize = 256;
/// Deepest nesting of arguments that a schema with references is counted for. One without ends by itself.
const ARGUMENT_DEPTH_MAX: usize = 16;
/// Looks at one place of the arguments beyond which a schema is not compiled.
const LOOKS_MAX: u64 = 20_000;

/// Fields that are data and not schemas.
const DATA: [&str; 7] = ["const", "default", "enum", "example", "examples", "required", "type"];
/// Fields that hold schemas by name, which count only where something refers to them.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];
/// Fields whose schemas are for what is within the value, by name.
const INNER_BY_NAME: [&str; 2] = ["patternProperties", "properties"];
/// Fields whose schemas are for what is within the value.
const INNER: [&str; 8] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "items",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// References whose target depends on how they are reached, or changes what others mean.
const MOVING: [&str; 5] = ["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"];

/// A schema that can be checked in bounded time.
#[derive(Debug)]
pub(crate) struct Compiled {
    validator: Validator,
    /// Looks at one place of arguments, by how deep they nest if the schema refers to itself or its parts.
    looks: Vec<u64>,
    refers: bool,
}

impl Compiled {
    /// Compiles a schema; nothing when it is no schema or none whose checking is bounded.
    pub(crate) fn new(text: &str) -> Option<Self> {
        if text.len() > SCHEMA_BYTES_MAX {
            return None;
        }
        let schema: Value = serde_json::from_str(text).ok()?;
        let mut targets = BTreeSet::new();
        references(&schema, &mut targets);
        let referred = targets.iter().filter_map(|target| schema.pointer(target));
        let levels = referred.map(levels).sum::<usize>() + levels(&schema);
        if levels > LEVELS_MAX || patterns(&schema) > PATTERNS_MAX {
            return None;
        }
        let mut count = Count { root: &schema, known: HashMap::new(), open: BTreeSet::new() };
        let looks = if targets.is_empty() {
            vec![count.work(&schema, JSON_DEPTH_MAX)?.looks]
        } else {
            let depths = 0..=ARGUMENT_DEPTH_MAX;
            depths.map(|depth| Some(count.work(&schema, depth)?.looks)).collect::<Option<_>>()?
        };
        if looks.first()? > &LOOKS_MAX {
            return None;
        }
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
        let options = jsonschema::options().offline().with_pattern_options(patterns).should_validate_formats(false);
        Some(Self { validator: options.build(&schema).ok()?, looks, refers: !targets.is_empty() })
    }

    /// The most that checking can cost, in looks at one place; nothing when the arguments nest too deep to say.
    pub(crate) fn cost(&self, arguments: &Value) -> Option<u64> {
        let (depth, places) = extent(arguments);
        let looks = self.looks.get(if self.refers { depth } else { 0 })?;
        looks.checked_mul(places)
    }

    pub(crate) fn accepts(&self, arguments: &Value) -> bool {
        self.validator.is_valid(arguments)
    }
}

/// What checking one value can come to.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    /// Looks at the places on one way down through the value.
    looks: u64,
    /// Schemas that are open at once.
    height: usize,
}

/// Counts the work of a schema.
struct Count<'s> {
    root: &'s Value,
    /// By the schema's address within the root and the depth of the value.
    known: HashMap<(usize, usize), Work>,
    /// What is being counted: to come to it again without going deeper is a circle.
    open: BTreeSet<(usize, usize)>,
}

impl<'s> Count<'s> {
    /// The work on a value that nests so deep; nothing when it cannot be bounded.
    fn work(&mut self, schema: &'s Value, depth: usize) -> Option<Work> {
        let Some(fields) = schema.as_object() else {
            return self.sum(schema.as_array().into_iter().flatten(), depth);
        };
        let key = (std::ptr::from_ref(schema).addr(), depth);
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        if !self.open.insert(key) {
            return None;
        }
        let mut work = Work { looks: 1, height: 0 };
        for (name, value) in fields {
            work = work.and(self.field(name, value, depth)?);
        }
        work.height += 1;
        self.open.remove(&key);
        self.known.insert(key, work);
        (work.height <= LEVELS_MAX).then_some(work)
    }

    fn field(&mut self, name: &str, value: &'s Value, depth: usize) -> Option<Work> {
        let within = depth.checked_sub(1);
        match name {
            "$ref" => self.work(self.root.pointer(value.as_str()?.strip_prefix('#')?)?, depth),
            // Another base would change what `#` means.
            "$id" | "id" if value.is_string() => None,
            name if MOVING.contains(&name) => None,
            // The cost of a list of words is that of comparing with each.
            "enum" => Some(Work { looks: value.as_array().map_or(1, |words| words.len() as u64 / 16), height: 0 }),
            name if DATA.contains(&name) || DEFINITIONS.contains(&name) => Some(Work::default()),
            name if INNER_BY_NAME.contains(&name) => match within {
                Some(depth) => self.sum(value.as_object()?.values(), depth),
                None => Some(Work::default()),
            },
            name if INNER.contains(&name) => within.map_or(Some(Work::default()), |depth| self.work(value, depth)),
            "dependentSchemas" | "dependencies" => self.sum(value.as_object()?.values(), depth),
            // Fields that are no keyword are never looked at; counting them as schemas of the same place only adds.
            _ => self.work(value, depth),
        }
    }

    fn sum(&mut self, schemas: impl Iterator<Item = &'s Value>, depth: usize) -> Option<Work> {
        let mut sum = Work::default();
        for schema in schemas {
            sum = sum.and(self.work(schema, depth)?);
        }
        Some(sum)
    }
}

impl Work {
    fn and(self, other: Self) -> Self {
        Self { looks: self.looks.saturating_add(other.looks), height: self.height.max(other.height) }
    }
}

/// Levels of nesting. The text was read with a limit on it, so recursion ends.
fn levels(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(levels).max(),
        Value::Object(fields) => fields.values().map(levels).max(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return 0,
    };
    inner.unwrap_or(0) + 1
}

/// Every pointer that something refers to.
fn references<'s>(value: &'s Value, targets: &mut BTreeSet<&'s str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, targets)),
        Value::Object(fields) => {
            let target = fields.get("$ref").and_then(Value::as_str);
            targets.extend(target.and_then(|target| target.strip_prefix('#')));
            fields.values().for_each(|field| references(field, targets));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// How many patterns there are, at most.
fn patterns(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(patterns).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| patterns_of_field(name, value) + patterns(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn patterns_of_field(name: &str, value: &Value) -> usize {
    match name {
        "pattern" => 1,
        "patternProperties" => value.as_object().map_or(0, serde_json::Map::len),
        _ => 0,
    }
}

/// How deep a value nests, and how many places it has.
fn extent(value: &Value) -> (usize, u64) {
    let add = |(depth, places): (usize, u64), inner: &Value| {
        let (inner_depth, inner_places) = extent(inner);
        (depth.max(inner_depth + 1), places.saturating_add(inner_places))
    };
    match value {
        Value::Array(items) => items.iter().fold((1, 1), add),
        Value::Object(fields) => fields.values().fold((1, 1), add),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (0, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn says_whether_arguments_fit() {
        let tree = r##"{"type":"object","properties":{"name":{"type":"string"},"next":{"$ref":"#"}},"required":["name"],"additionalProperties":false}"##;
        for (schema, arguments, expected) in [
            (r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#, json!({"n": 1}), true),
            (r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#, json!({"n": "1"}), false),
            (r#"{"type":"object","properties":{"u":{"enum":["c","f"]}}}"#, json!({"u": "k"}), false),
            (r#"{"properties":{"id":{"type":"string"},"pattern":{"type":"string"}}}"#, json!({"id": "a"}), true),
            (r#"{"properties":{"p":{"pattern":"^[a-z]+$"}}}"#, json!({"p": "A"}), false),
            (r##"{"$defs":{"a":{"type":"string"}},"properties":{"p":{"$ref":"#/$defs/a"}}}"##, json!({"p": 1}), false),
            (tree, json!({"name": "a", "next": {"name": "b"}}), true),
            (tree, json!({"name": "a", "next": {"nome": "b"}}), false),
            (
                r#"{"properties":{"p":{"pattern":"^[\\w.+-]+@[\\w-]+(\\.[\\w-]+)+$"}}}"#,
                json!({"p": "a@b.example"}),
                true,
            ),
            (r#"{"properties":{"p":{"pattern":"^\\p{L}+ \\d{4}$"}}}"#, json!({"p": "März 2026"}), true),
            ("true", json!({"any": 1}), true),
        ] {
            let compiled = Compiled::new(schema).unwrap_or_else(|| panic!("{schema}"));
            assert!(compiled.cost(&arguments).is_some());
            assert_eq!(compiled.accepts(&arguments), expected, "{schema} {arguments}");
        }
    }

    #[test]
    fn what_cannot_be_checked_in_bounds_is_not_compiled() {
        let doubling = |count: usize| {
            let step = |n: usize| {
                format!(r##""d{n}":{{"allOf":[{{"$ref":"#/$defs/d{m}"}},{{"$ref":"#/$defs/d{m}"}}]}}"##, m = n + 1)
            };
            let steps: Vec<String> = (0..count).map(step).collect();
            format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d{count}":{{}}}}}}"##, steps.join(","))
        };
        assert!(Compiled::new(&doubling(4)).is_some());
        let many: Vec<String> = (0..=PATTERNS_MAX).map(|n| format!(r#""p{n}":{{"pattern":"a"}}"#)).collect();
        for broken in [
            "{".to_owned(),
            r#"{"type":"strin"}"#.to_owned(),
            r#"{"properties":{"a":{"pattern":"(?=a)b"}}}"#.to_owned(),
            r#"{"properties":{"a":{"pattern":"(((a{999}){999}){999})"}}}"#.to_owned(),
            r##"{"$ref":"#"}"##.to_owned(),
            r##"{"$ref":"#/nowhere"}"##.to_owned(),
            r##"{"anyOf":[{"type":"string"},{"$ref":"#"}]}"##.to_owned(),
            r##"{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}},"b":{"allOf":[{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}"##
                .to_owned(),
            r##"{"properties":{"a":{"$ref":"other.json"}}}"##.to_owned(),
            r##"{"properties":{"a":{"$ref":"https://example.com/schema"}}}"##.to_owned(),
            r##"{"properties":{"a":{"$dynamicRef":"#meta"}}}"##.to_owned(),
            r#"{"$schema":"https://example.com/meta"}"#.to_owned(),
            format!(r#"{{"properties":{{{}}}}}"#, many.join(",")),
            format!(r#"{{"title":"{}"}}"#, "x".repeat(SCHEMA_BYTES_MAX)),
            doubling(40),
        ] {
            assert!(Compiled::new(&broken).is_none(), "{}", broken.get(..200).unwrap_or(&broken));
        }
    }

    #[test]
    fn what_branches_with_every_level_costs_more_than_any_budget() {
        let branching =
            r##"{"anyOf":[{"type":"number"},{"items":{"$ref":"#"}},{"additionalProperties":{"$ref":"#"}}]}"##;
        let compiled = Compiled::new(branching).unwrap();
        let mut nested = json!(1);
        for _ in 0..ARGUMENT_DEPTH_MAX {
            nested = json!([nested]);
        }
        assert!(compiled.cost(&json!([1, 2])).unwrap() < 100);
        assert!(compiled.cost(&nested).unwrap() > 1 << ARGUMENT_DEPTH_MAX);
        assert_eq!(compiled.cost(&json!([nested])), None, "deeper than it is counted for");
    }

    /// Runs on a test's stack of 2 MiB, as large as that of a worker.
    #[test]
    fn the_deepest_schema_that_is_compiled_leaves_room_on_the_stack() {
        let deep = |levels: usize| format!("{}{}{}", r#"{"not":"#.repeat(levels), "true", "}".repeat(levels));
        let chain = |count: usize| {
            let step = |n: usize| format!(r##""d{n}":{{"properties":{{"a":{{"$ref":"#/$defs/d{m}"}}}}}}"##, m = n + 1);
            let steps: Vec<String> = (0..count).map(step).collect();
            format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d{count}":{{}}}}}}"##, steps.join(","))
        };
        assert!(Compiled::new(&deep(100)).is_some_and(|compiled| compiled.accepts(&json!({}))));
        let longest = (1..200).map(chain).filter(|text| Compiled::new(text).is_some()).count();
        assert!((60..100).contains(&longest), "{longest}");
        assert!(Compiled::new(&chain(199)).is_none());
        let around = |count: usize| {
            let step = |n: usize| format!(r##""d{n}":{{"$ref":"#/$defs/d{m}"}}"##, m = n + 1);
            let steps: Vec<String> = (0..count).map(step).collect();
            let last = r##"{"properties":{"a":{"$ref":"#"}}}"##;
            format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d{count}":{last}}}}}"##, steps.join(","))
        };
        let mut arguments = json!({});
        for _ in 1..ARGUMENT_DEPTH_MAX {
            arguments = json!({ "a": arguments });
        }
        let accepts = |text: &str| Compiled::new(text).map(|compiled| compiled.accepts(&arguments));
        let longest = (1..200).filter_map(|count| accepts(&around(count))).filter(|fits| *fits).count();
        assert!((8..20).contains(&longest), "{longest}");
    }
}
