//! Settings files edited in place: what was there stays as it was.

use serde_json::json;

use super::*;

fn doc(text: &str) -> Document {
    Document::parse(Path::new("settings.json"), Some(text.as_bytes())).unwrap()
}

fn text(document: &Document) -> String {
    String::from_utf8(document.bytes()).unwrap()
}

/// Files as people and programs leave them.
const NASTY: [&str; 22] = [
    "{\n  \"a\": 1\n}\n",
    "{\n  \"a\": 1\n}",
    "{\n\t\"a\": 1,\n\t\"b\": [1,2,  3]\n}\n",
    "{\r\n    \"a\": {\r\n        \"b\": 1\r\n    }\r\n}\r\n",
    "\u{feff}{\n  \"a\": 1\n}\n",
    "{\"a\":1}",
    "{\"a\":1}\n",
    "{ \"a\": 1 }",
    "{\"a\": 1, \"b\": {}}",
    "\n\n  {\n\n\n  \"a\":1\n\n\n}\n\n",
    "{\n  // why\n  \"a\": 1 // because\n}\n",
    "{\n  \"a\": 1, // because\n}\n",
    "{\n  \"a\": 1,\n}\n",
    "{\n  /* one */ \"a\" /* two */ : /* three */ 1 /* four */\n  /* five */\n}\n",
    "{\"a\": 1 // last\n}",
    "{\n  \"a\": \"x, } ] // \\\" /* \\u0041 \u{e4}\u{1f600}\"\n}\n",
    "{\"a\":\n1\n,\n\"b\"\n:\n2\n}",
    "{\n      \"a\": 1,\n  \"b\": 2\n}\n",
    "{\n  \"a\": 1.0e10, \"c\": -0,\n  \"b\": 12345678901234567890123\n}\n",
    "{\n  \"env\": {\"X\": \"1\"},\n  \"z\": null\n}\n",
    "{\n  \"a\": 1\r\n}\n",
    "{\"a\": [\n]}",
];

#[test]
fn what_is_put_in_comes_out_again() {
    for before in NASTY {
        let mut document = doc(before);
        let value = json!({"one": ["x", "y"], "two": [{"three": 3}]});
        document.set(&keys(&["hooks"]), &value).unwrap();
        assert_eq!(
            document.get(&keys(&["hooks"])).unwrap(),
            Some(value),
            "{before}"
        );
        let whole = document.value().unwrap();
        for (key, old) in doc(before).value().unwrap().as_object().unwrap() {
            assert_eq!(whole.get(key), Some(old), "{before}");
        }
        let strict = doc(before).lenience().is_none();
        assert_eq!(document.lenience().is_none(), strict, "{before}");
        assert!(document.remove(&keys(&["hooks"])).unwrap());
        assert_eq!(text(&document), before);
    }
}

/// Insertions leave every old byte where it was, in order.
#[test]
fn no_byte_of_others_changes() {
    for before in NASTY {
        let mut document = doc(before);
        document.set(&keys(&["x", "y"]), &json!("z")).unwrap();
        document.push(&keys(&["l"]), &json!("one")).unwrap();
        document.push(&keys(&["l"]), &json!("two")).unwrap();
        let after = text(&document);
        let mut rest = after.chars();
        for c in before.chars() {
            assert!(rest.any(|d| d == c), "{before} => {after}");
        }
    }
}

#[test]
fn follows_the_layout_of_the_file() {
    let cases = [
        ("{}\n", "{\n  \"k\": {\n    \"l\": [\"v\"]\n  }\n}\n"),
        ("", "{\n  \"k\": {\n    \"l\": [\"v\"]\n  }\n}\n"),
        (" \n", "{\n  \"k\": {\n    \"l\": [\"v\"]\n  }\n}\n"),
        ("{\"a\":1}", "{\"a\":1,\"k\":{\"l\":[\"v\"]}}"),
        ("{\"a\": 1}", "{\"a\": 1, \"k\": {\"l\": [\"v\"]}}"),
        (
            "{\r\n\t\"a\": 1\r\n}\r\n",
            "{\r\n\t\"a\": 1,\r\n\t\"k\": {\r\n\t\t\"l\": [\"v\"]\r\n\t}\r\n}\r\n",
        ),
        (
            "{\n    \"k\": {}\n}\n",
            "{\n    \"k\": {\n        \"l\": [\"v\"]\n    }\n}\n",
        ),
        (
            "{\n  \"k\": {\"l\": []}\n}\n",
            "{\n  \"k\": {\"l\": [\"v\"]}\n}\n",
        ),
        (
            "{\n  \"k\": {\"l\": [\"u\"]}\n}\n",
            "{\n  \"k\": {\"l\": [\"u\", \"v\"]}\n}\n",
        ),
        (
            "{\n  \"k\": {\n    \"l\": [\n      \"u\"\n    ]\n  }\n}\n",
            "{\n  \"k\": {\n    \"l\": [\n      \"u\",\n      \"v\"\n    ]\n  }\n}\n",
        ),
        (
            "{\n  \"k\": {\n    \"l\": [\n      \"u\" // c\n    ]\n  }\n}\n",
            "{\n  \"k\": {\n    \"l\": [\n      \"u\", // c\n      \"v\"\n    ]\n  }\n}\n",
        ),
    ];
    for (before, after) in cases {
        let mut document = doc(before);
        document.push(&keys(&["k", "l"]), &json!("v")).unwrap();
        assert_eq!(text(&document), after, "{before}");
    }
}

#[test]
fn removing_keeps_the_neighbours() {
    let list = |text: &str, at: usize| {
        let mut document = doc(text);
        document.remove(&[Step::Key("l"), Step::At(at)]).unwrap();
        document.value().unwrap();
        self::text(&document)
    };
    assert_eq!(list("{\"l\": [1, 2, 3]}", 0), "{\"l\": [2, 3]}");
    assert_eq!(list("{\"l\": [1, 2, 3]}", 1), "{\"l\": [1, 3]}");
    assert_eq!(list("{\"l\": [1, 2, 3]}", 2), "{\"l\": [1, 2]}");
    assert_eq!(list("{\"l\": [1, 2, 3,]}", 2), "{\"l\": [1, 2,]}");
    assert_eq!(list("{\"l\": [1]}", 0), "{\"l\": []}");
    assert_eq!(list("{\"l\": [\n  1\n]}", 0), "{\"l\": []}");
    assert_eq!(list("{\"l\": [\n  1,\n  2\n]}", 0), "{\"l\": [\n  2\n]}");
    assert_eq!(list("{\"l\": [\n  1,\n  2\n]}", 1), "{\"l\": [\n  1\n]}");
    assert_eq!(
        list("{\"l\": [\n  1, // one\n  2 // two\n]}", 0),
        "{\"l\": [\n  // one\n  2 // two\n]}"
    );
    assert_eq!(
        list("{\"l\": [\n  1, // one\n  2 // two\n]}", 1),
        "{\"l\": [\n  1 // one\n // two\n]}"
    );
    assert_eq!(list("{\"l\": [1, // one\n2]}", 1), "{\"l\": [1 // one\n]}");
    assert_eq!(list("{\"l\": [1 /* c */, 2]}", 0), "{\"l\": [ /* c */ 2]}");
    assert_eq!(list("{\"l\": [/* c */ 1]}", 0), "{\"l\": [/* c */ ]}");
    assert_eq!(list("{\"l\": [1, 2]}", 7), "{\"l\": [1, 2]}");
}

#[test]
fn refuses_what_is_no_settings_file() {
    for (text, line) in [
        ("nonsense", 1),
        ("{\n  \"a\": \n}", 3),
        ("{\"a\": 1", 1),
        ("[1]", 1),
        ("\n\"x\"", 2),
        ("{'a': 1}", 1),
        ("{a: 1}", 1),
        ("{\"a\": 0x1}", 1),
        ("{\"a\": 1 \"b\": 2}", 1),
        ("{} {}", 1),
    ] {
        let error = Document::parse(Path::new("s.json"), Some(text.as_bytes())).unwrap_err();
        match error {
            Error::Config { line: found, .. } => assert_eq!(found, line, "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
    assert!(Document::parse(Path::new("s"), Some(b"{\"a\": \"\xff\"}")).is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(
        Document::parse(
            Path::new("s"),
            Some(format!("{{\"a\": {deep}}}").as_bytes())
        )
        .is_err()
    );
}

#[test]
fn refuses_to_edit_another_shape() {
    for text in [
        "{\"k\": 1}",
        "{\"k\": [1]}",
        "{\"k\": null}",
        "{\"k\": {\"l\": 1}}",
        "{\"k\": {}, \"k\": {}}",
        "{\"k\": {\"l\": [], \"l\": []}}",
    ] {
        let mut document = doc(text);
        let error = document.push(&keys(&["k", "l"]), &json!(1)).unwrap_err();
        assert!(
            matches!(error, Error::Config { line: 1, .. }),
            "{text}: {error}"
        );
        assert_eq!(self::text(&document), text);
    }
}

#[test]
fn a_replaced_value_keeps_its_place() {
    let mut document = doc("{\n  \"a\": \"old\", // c\n  \"b\": 2\n}\n");
    document.set(&keys(&["a"]), &json!("new")).unwrap();
    assert_eq!(
        text(&document),
        "{\n  \"a\": \"new\", // c\n  \"b\": 2\n}\n"
    );
}

proptest::proptest! {
    /// Whatever the text: no panic, and what can be edited stays JSON.
    #[test]
    fn any_text_is_refused_or_edited(text in "[\\[\\]{},:\"a1 \n/*]{0,40}") {
        if let Ok(mut document) = Document::parse(Path::new("s"), Some(text.as_bytes()))
            && document.push(&keys(&["a", "b"]), &json!({"c": 1})).is_ok()
        {
            document.value().unwrap();
            document.remove(&keys(&["a", "b"])).unwrap();
            document.value().unwrap();
        }
    }
}
