//! A JSON object whose values are kept as they came, in their order.
//!
//! `{"a": 1.0, "b": "x"}` with `b` replaced goes back with `1.0` and not `1`,
//! and with its fields where they were. A key that stands twice is refused:
//! readers differ on which one counts.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// An object's fields, borrowed from the input.
#[derive(Debug, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

impl<'a> Fields<'a> {
    /// Reads an object.
    ///
    /// # Errors
    /// Where the text is no object, or names a field twice.
    pub fn parse(raw: &'a RawValue) -> serde_json::Result<Self> {
        serde_json::from_str(raw.get())
    }

    /// A field's bytes.
    pub fn raw(&self, key: &str) -> Option<&RawValue> {
        self.0
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.as_ref())
    }

    /// Whether the field is there and not `null`.
    pub fn has(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|v| v.get() != "null")
    }

    /// A text field; `None` where it is missing or not a text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.raw(key)
            .and_then(|v| serde_json::from_str(v.get()).ok())
    }

    /// Replaces a field's value, or adds the field at the end.
    pub fn set(&mut self, key: &str, value: &str) {
        let Ok(raw) = to_raw_value(value) else { return };
        match self.0.iter_mut().find(|(k, _)| k == key) {
            Some((_, v)) => *v = Cow::Owned(raw),
            None => self.0.push((Cow::Owned(key.to_owned()), Cow::Owned(raw))),
        }
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(k, v)| (k.as_ref(), v.as_ref()))
    }
}

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value.as_ref())?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields: Vec<(Cow<'de, str>, Cow<'de, RawValue>)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    if fields.iter().any(|(k, _)| *k == key.0) {
                        return Err(A::Error::custom(format_args!("`{}` stands twice", key.0)));
                    }
                    fields.push((key.0, Cow::Borrowed(value)));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_goes_back_as_it_came() {
        let text = r#"{"b":1.0,"a\u0062":"x","n":null,"deep":{"z":[1e3]}}"#;
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let mut fields = Fields::parse(raw).unwrap();
        assert!(!fields.has("n") && fields.has("b"));
        fields.set("ab", "y\n");
        let out = serde_json::to_string(&fields).unwrap();
        assert_eq!(out, r#"{"b":1.0,"ab":"y\n","n":null,"deep":{"z":[1e3]}}"#);
    }

    #[test]
    fn a_field_that_stands_twice_is_refused() {
        let raw: &RawValue = serde_json::from_str(r#"{"a":1,"a":2}"#).unwrap();
        assert!(Fields::parse(raw).is_err());
    }
}
