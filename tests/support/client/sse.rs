//! An answer as the event stream of the Messages API.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::script::Block;

/// The whole stream as one text; the client reads it as it would read it piece by piece.
pub(super) fn stream(model: &Value, blocks: &[Block]) -> String {
    let mut out = String::new();
    event(
        &mut out,
        &json!({"type": "message_start", "message": {
            "id": unique_id("msg"), "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 10, "output_tokens": 1},
        }}),
    );
    for (index, block) in blocks.iter().enumerate() {
        let (start, delta) = match block {
            Block::Text(text) => (
                json!({"type": "text", "text": ""}),
                json!({"type": "text_delta", "text": text}),
            ),
            Block::Call { name, input } => (
                json!({"type": "tool_use", "id": unique_id("toolu"), "name": name, "input": {}}),
                json!({"type": "input_json_delta", "partial_json": input.to_string()}),
            ),
        };
        event(
            &mut out,
            &json!({"type": "content_block_start", "index": index, "content_block": start}),
        );
        event(
            &mut out,
            &json!({"type": "content_block_delta", "index": index, "delta": delta}),
        );
        event(
            &mut out,
            &json!({"type": "content_block_stop", "index": index}),
        );
    }
    let stop_reason = if ends_the_turn(blocks) {
        "end_turn"
    } else {
        "tool_use"
    };
    event(
        &mut out,
        &json!({"type": "message_delta", "delta": {"stop_reason": stop_reason, "stop_sequence": null},
            "usage": {"output_tokens": 5}}),
    );
    event(&mut out, &json!({"type": "message_stop"}));
    out
}

/// Whether an answer calls no tool.
pub(super) fn ends_the_turn(blocks: &[Block]) -> bool {
    !blocks
        .iter()
        .any(|block| matches!(block, Block::Call { .. }))
}

fn event(out: &mut String, data: &Value) {
    let name = data["type"].as_str().unwrap_or_default();
    writeln!(out, "event: {name}\ndata: {data}\n").expect("writing to a String does not fail");
}

fn unique_id(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{prefix}_{:08x}{number:016x}", std::process::id())
}
