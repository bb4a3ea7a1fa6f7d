//! The same work for each of several things, shared among threads.

use std::panic::resume_unwind;
use std::sync::Mutex;

/// Does something to each item, several at a time; gives the results in the order
/// of the items.
///
/// # Errors
/// One of the errors of the work; what was not begun by then is left.
pub fn on_threads<I: Send, T: Send, E: Send>(
    threads: usize,
    items: Vec<I>,
    work: impl Fn(usize, I) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let threads = threads.min(items.len());
    let items = items.into_iter().enumerate();
    if threads < 2 {
        return items.map(|(at, item)| work(at, item)).collect();
    }
    let next = Mutex::new(items);
    let take = || next.lock().ok()?.next();
    let run = || {
        let mut done = Vec::new();
        while let Some((at, item)) = take() {
            done.push((at, work(at, item)?));
        }
        Ok(done)
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut done = run()?;
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(done)
    })?;
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items_and_errors_are_told() {
        for threads in [0, 1, 2, 8] {
            let items: Vec<usize> = (0..100).collect();
            let twice = on_threads(threads, items.clone(), |_, item| Ok::<_, ()>(item * 2));
            assert_eq!(twice, Ok((0..200).step_by(2).collect()));
            let odd = |_, item| if item == 77 { Err(item) } else { Ok(item) };
            assert_eq!(on_threads(threads, items, odd), Err(77));
            assert_eq!(on_threads(threads, Vec::new(), odd), Ok(Vec::new()));
        }
    }
}
