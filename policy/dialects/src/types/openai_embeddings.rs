//! The parameters of `embeddings.create` of the official SDK (2.54). The reader itself looks at `input`.

use super::Type::{Fields, Text, Whole};
use super::{Type, may};

pub(super) static REQUEST: Type =
    Fields(&[may("dimensions", Whole), may("encoding_format", Text), may("model", Text), may("user", Text)]);
