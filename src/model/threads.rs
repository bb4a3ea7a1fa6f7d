//! The same work for each of several things, shared among threads.

use std::panic::resume_unwind;
use std::sync::Mutex;

/// Does something to each item, several at a time; gives the results in the order
/// of the items.
pub fn on_threads<I: Send, T: Send>(
    threads: usize,
    items: Vec<I>,
    work: impl Fn(usize, I) -> T + Sync,
) -> Vec<T> {
    let threads = threads.min(items.len());
    let items = items.into_iter().enumerate();
    if threads < 2 {
        return items.map(|(at, item)| work(at, item)).collect();
    }
    let next = Mutex::new(items);
    let take = || next.lock().ok()?.next();
    let run = || {
        let done = std::iter::from_fn(take).map(|(at, item)| (at, work(at, item)));
        done.collect::<Vec<_>>()
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for threads in [0, 1, 2, 8] {
            let items: Vec<usize> = (0..100).collect();
            let twice = on_threads(threads, items, |at, item| (at, item * 2));
            assert_eq!(twice, (0..100).map(|at| (at, at * 2)).collect::<Vec<_>>());
            assert_eq!(on_threads(threads, Vec::new(), |_, item: ()| item), []);
        }
    }
}
