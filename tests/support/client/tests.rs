//! The harness itself: what the scripted API answers, waits for and keeps. No client is needed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Api, Block, Condition, Script, Step, calls};

/// Posts a request with these messages to the API, as the client would, and returns the whole answer.
fn post(api: &Api, messages: &Value) -> String {
    let address = api
        .url()
        .strip_prefix("http://")
        .expect("the URL of the API is one of http")
        .to_owned();
    let body = json!({"model": "m", "tools": [{"name": "Bash"}], "messages": messages}).to_string();
    let mut stream = TcpStream::connect(address).expect("the API accepts connections");
    write!(
        stream,
        "POST /v1/messages?beta=true HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         x-claude-code-agent-id: a1\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the request can be sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer can be read");
    answer
}

fn prompt(text: &str) -> Value {
    json!({"role": "user", "content": [{"type": "text", "text": text}]})
}

#[test]
fn a_step_is_the_number_of_answers_so_far() {
    let steps = vec![Step::call(calls::bash("ls")), Step::say("second")];
    let api = Api::start(Script::new().conversation("main go", steps));
    let call = json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}]});
    let result = json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": "no such file"},
        {"type": "text", "text": "a note"},
    ]});

    let first = post(&api, &json!([prompt("please: main go")]));
    assert!(
        first.contains("\"tool_use\"") && first.contains("ls"),
        "{first}"
    );
    let second = post(&api, &json!([prompt("please: main go"), call, result]));
    assert!(
        second.contains("second") && second.contains("end_turn"),
        "{second}"
    );

    assert_eq!(api.requests_of("main go").len(), 2);
    assert_eq!(api.agent_ids("main go").len(), 1);
    let results = api.tool_results("main go");
    assert_eq!(results.len(), 1);
    assert!(results[0].is_error && results[0].text == "no such file" && results[0].tool == "Bash");
    assert_eq!(api.tool_errors().len(), 1);
    assert!(api.context_text("main go").contains("a note"));
    api.assert_no_problems();
}

#[test]
fn the_longest_marker_names_the_conversation() {
    let script = Script::new()
        .conversation("go", vec![Step::say("short")])
        .conversation("main go", vec![Step::say("long")]);
    let api = Api::start(script);
    assert!(post(&api, &json!([prompt("main go")])).contains("long"));
}

#[test]
fn a_step_waits_for_its_conditions() {
    let ready = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ready);
    let script = Script::new()
        .conversation(
            "first go",
            vec![
                Step::compute(move |_| {
                    ready.store(true, Ordering::SeqCst);
                    vec![Block::text("first")]
                })
                .after(Condition::reached("second go", 0)),
            ],
        )
        .conversation(
            "second go",
            vec![
                Step::say("second")
                    .after(Condition::holds("the first to have answered", move || {
                        seen.load(Ordering::SeqCst)
                    }))
                    .after(Condition::stopped("first go")),
            ],
        );
    let api = Api::start(script);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| post(&api, &json!([prompt("first go")])));
        assert!(post(&api, &json!([prompt("second go")])).contains("second"));
        let first = first.join().expect("the first conversation ends");
        assert!(first.contains("first"));
    });
    api.assert_no_problems();
}

#[test]
#[should_panic(expected = "waited too long for \"nobody\" to reach step 0")]
fn a_wait_that_takes_too_long_is_a_problem() {
    let step = Step::say("late")
        .after(Condition::reached("nobody", 0))
        .within(Duration::from_millis(50));
    let api = Api::start(Script::new().conversation("main go", vec![step]));
    assert!(post(&api, &json!([prompt("main go")])).contains("late"));
    api.assert_no_problems();
}

#[test]
#[should_panic(expected = "no conversation of the script has its marker in")]
fn an_unknown_conversation_is_a_problem() {
    let api = Api::start(Script::new());
    post(&api, &json!([prompt("who are you?")]));
    api.assert_no_problems();
}
