//! Work on columns, on as many threads as there are.

/// More threads than this are of no use to a table.
const THREADS_MAX: usize = 8;

/// Threads for so many pieces of work.
pub(crate) fn count(pieces: usize) -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(pieces.max(1))
}

/// Does the same to each item; on several threads where that is worth it.
pub(crate) fn each<T: Send>(items: &mut [T], worth_it: bool, work: impl Fn(&mut T) + Sync) {
    let threads = if worth_it { count(items.len()) } else { 1 };
    if threads < 2 {
        items.iter_mut().for_each(work);
        return;
    }
    // Neighbours differ in size: every so many-th goes to the same thread.
    let mut shares: Vec<Vec<&mut T>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, item) in items.iter_mut().enumerate() {
        if let Some(share) = shares.get_mut(index % threads) {
            share.push(item);
        }
    }
    let work = &work;
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || share.into_iter().for_each(work));
        }
    });
}
