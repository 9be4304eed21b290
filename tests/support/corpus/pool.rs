//! Work spread over a few threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many commands run at a time: a little more than the machine has
/// processors, for some of them only wait.
pub fn width() -> usize {
    let own = std::thread::available_parallelism().map_or(2, usize::from);
    (own * 2).clamp(2, 8)
}

/// What `work` makes of each item, in their order; `start` makes what a thread
/// keeps for itself.
pub fn map<T: Sync, W, R: Send>(
    items: &[T],
    start: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..width().min(items.len()) {
            scope.spawn(|| {
                let mut own = start();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let result = work(&mut own, item);
                    done.lock().expect("no thread panicked").push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no thread panicked");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
