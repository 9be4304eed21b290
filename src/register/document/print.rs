//! A value as text, in the manner of the file that it goes into.

use serde_json::Value;

/// How a text is laid out.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) newline: &'static str,
    /// One level of indentation.
    pub(super) unit: String,
    /// Whether there are blanks after commas and colons on one line.
    pub(super) spaced: bool,
}

impl Style {
    pub(super) fn of(text: &str) -> Self {
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let unit = text
            .lines()
            .find_map(|line| {
                let rest = line.trim_start_matches([' ', '\t']);
                let width = line.len() - rest.len();
                (width > 0 && rest.starts_with('"')).then(|| line[..width].to_owned())
            })
            .unwrap_or_else(|| "  ".to_owned());
        Self {
            newline,
            unit,
            spaced: text.contains("\": ") || !text.contains("\":"),
        }
    }

    /// Over several lines, the first of which is already indented. Arrays of
    /// plain values stay on one line.
    pub(super) fn pretty(&self, value: &Value, indent: &str) -> String {
        let inner = format!("{indent}{}", self.unit);
        let (open, lines, close) = match value {
            Value::Object(map) if !map.is_empty() => {
                let lines: Vec<String> = map
                    .iter()
                    .map(|(k, v)| format!("{}: {}", quote(k), self.pretty(v, &inner)))
                    .collect();
                ('{', lines, '}')
            }
            Value::Array(list) if list.iter().any(|v| v.is_object() || v.is_array()) => {
                let lines = list.iter().map(|v| self.pretty(v, &inner)).collect();
                ('[', lines, ']')
            }
            plain => return Self::one_line(plain, true),
        };
        let newline = self.newline;
        let between = format!(",{newline}{inner}");
        format!(
            "{open}{newline}{inner}{}{newline}{indent}{close}",
            lines.join(&between)
        )
    }

    /// On one line.
    pub(super) fn compact(&self, value: &Value) -> String {
        Self::one_line(value, self.spaced)
    }

    fn one_line(value: &Value, spaced: bool) -> String {
        let (comma, colon) = if spaced { (", ", ": ") } else { (",", ":") };
        match value {
            Value::Object(map) => {
                let parts: Vec<String> = map
                    .iter()
                    .map(|(k, v)| format!("{}{colon}{}", quote(k), Self::one_line(v, spaced)))
                    .collect();
                format!("{{{}}}", parts.join(comma))
            }
            Value::Array(list) => {
                let parts: Vec<String> = list.iter().map(|v| Self::one_line(v, spaced)).collect();
                format!("[{}]", parts.join(comma))
            }
            plain => plain.to_string(),
        }
    }
}

pub(super) fn quote(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
