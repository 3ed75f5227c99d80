//! Delta debugging of a list.

/// The items that are needed: a part of `all`, in order, for which `test` holds and of which no single
/// item can be removed (Zeller and Hildebrandt 2002, algorithm ddmin, with the empty list tried first).
/// `test` must hold for `all`; it is called at most about n^2 + 3n times, usually far less.
pub(super) fn ddmin<T: Clone>(all: &[T], test: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    if all.is_empty() || test(&[]) {
        return Vec::new();
    }
    let mut kept = all.to_vec();
    let mut parts = 2;
    while kept.len() > 1 {
        let size = kept.len().div_ceil(parts);
        let chunks: Vec<Vec<T>> = kept.chunks(size).map(<[T]>::to_vec).collect();
        if let Some(chunk) = chunks.iter().find(|chunk| test(chunk)) {
            kept.clone_from(chunk);
            parts = 2;
            continue;
        }
        let rest = |without: usize| -> Vec<T> {
            let others = chunks.iter().enumerate().filter(|(index, _)| *index != without);
            others.flat_map(|(_, chunk)| chunk.iter().cloned()).collect()
        };
        // Of two halves, each is the other's complement.
        let smaller = if parts == 2 { None } else { (0..chunks.len()).map(rest).find(|rest| test(rest)) };
        if let Some(smaller) = smaller {
            kept = smaller;
            parts = (parts - 1).max(2);
        } else if parts < kept.len() {
            parts = (parts * 2).min(kept.len());
        } else {
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(needed: &'static [u32]) -> impl FnMut(&[u32]) -> bool {
        move |kept| needed.iter().all(|item| kept.contains(item))
    }

    #[test]
    fn exactly_what_is_needed_is_kept() {
        let all: Vec<u32> = (0..40).collect();
        for needed in [&[][..], &[7], &[0, 39], &[3, 4, 21], &[1, 9, 17, 25, 33]] {
            assert_eq!(ddmin(&all, &mut needs(needed)), needed);
        }
        assert_eq!(ddmin(&[5], &mut needs(&[5])), [5]);
        assert_eq!(ddmin(&[], &mut needs(&[])), [0_u32; 0]);
    }

    #[test]
    fn one_of_two_that_do_as_well_is_enough() {
        let all: Vec<u32> = (0..10).collect();
        let kept = ddmin(&all, &mut |kept| kept.contains(&2) || kept.contains(&8));
        assert_eq!(kept, [2]);
    }

    #[test]
    fn a_few_needed_items_among_many_take_few_questions() {
        let all: Vec<u32> = (0..256).collect();
        let mut asked = 0;
        let mut test = needs(&[100]);
        assert_eq!(
            ddmin(&all, &mut |kept| {
                asked += 1;
                test(kept)
            }),
            [100]
        );
        // One call for nothing, then at most two per halving.
        assert!(asked <= 1 + 2 * 8, "{asked}");
    }
}
