//! `JSONRPCMessage` of the official SDK of the protocol (2.3), and the parameters of what is called by name.

use super::Type::{All, Each, Either, Fields, Object, Tagged, Text, Whole};
use super::{Tagged as ByWord, Type, may};

pub(super) static REQUEST: Type = Either(&[MESSAGE, Each(&MESSAGE)]);

const MESSAGE: Type = All(&[
    Fields(&[
        may("error", Object),
        may("id", Either(&[Text, Whole])),
        may("method", Text),
        may("params", Object),
        may("result", Object),
    ]),
    Tagged(&ByWord { key: "jsonrpc", cases: &[("2.0", Object)], absent: None, other: None }),
    Tagged(&ByWord {
        key: "method",
        cases: &[
            ("prompts/get", NAMED),
            ("resources/read", Fields(&[may("params", Fields(&[may("uri", Text)]))])),
            ("tools/call", NAMED),
        ],
        absent: Some(Object),
        other: Some(Object),
    }),
]);

const NAMED: Type = Fields(&[may("params", Fields(&[may("name", Text), may("arguments", Object)]))]);
