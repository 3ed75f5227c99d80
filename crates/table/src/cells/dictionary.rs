//! Texts, each once, with numbers in the order in which they came.

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Steps from the place where a text should be to where it is. More than chance ever makes in a table that is half empty:
/// such texts were chosen to meet in one place (judgement).
const STEPS_MAX: usize = 4096;

/// Different texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    /// All texts, one after the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
    /// An open hash table: of each text the upper half of its hash, and its number plus one; 0 is free. Empty where nothing more
    /// will come.
    slots: Vec<u64>,
}

/// A text that cannot be taken in: there are too many, or they are too long.
#[derive(Debug)]
pub(super) struct Full;

impl Dictionary {
    /// Different texts.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that it takes once it is sealed.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<u32>()
    }

    /// The text of a number; an empty one for a number that there is not.
    pub(crate) fn get(&self, code: u32) -> &[u8] {
        let code = code as usize;
        let from = code.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let to = self.ends.get(code).copied().unwrap_or(from);
        self.bytes.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The texts in the order of their numbers.
    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        (0_u32..).take(self.len()).map(|code| self.get(code))
    }

    /// The number of a text, which is new if it has none.
    pub(super) fn code(&mut self, text: &[u8]) -> Result<u32, Full> {
        if (self.len() + 1) * 2 > self.slots.len() {
            self.grow()?;
        }
        let hash = hash(text);
        let mask = self.slots.len() - 1;
        for step in 0..STEPS_MAX {
            let place = (at(hash) + step) & mask;
            let slot = self.slots.get(place).copied().unwrap_or(0);
            if slot == 0 {
                return self.add(text, hash, place);
            }
            let code = number(slot);
            if slot >> 32 == hash >> 32 && self.get(code) == text {
                return Ok(code);
            }
        }
        Err(Full)
    }

    fn add(&mut self, text: &[u8], hash: u64, place: usize) -> Result<u32, Full> {
        let code = u32::try_from(self.len()).map_err(|_| Full)?;
        let end = u32::try_from(self.bytes.len() + text.len()).map_err(|_| Full)?;
        let next = code.checked_add(1).ok_or(Full)?;
        self.bytes.extend_from_slice(text);
        self.ends.push(end);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (hash >> 32) << 32 | u64::from(next);
        }
        Ok(code)
    }

    /// Makes room for twice as many.
    fn grow(&mut self) -> Result<(), Full> {
        let size = ((self.len() + 1) * 4).next_power_of_two().max(64);
        let mut slots = vec![0_u64; size];
        for (code, text) in (0_u32..).zip(self.values()) {
            let hash = hash(text);
            let free = (0..STEPS_MAX).map(|step| (at(hash) + step) & (size - 1));
            let mut free = free.filter(|place| slots.get(*place) == Some(&0));
            let place = free.next().ok_or(Full)?;
            if let Some(slot) = slots.get_mut(place) {
                *slot = (hash >> 32) << 32 | (u64::from(code) + 1);
            }
        }
        self.slots = slots;
        Ok(())
    }

    /// Gives back what is only needed to add texts.
    pub(super) fn seal(&mut self) {
        self.slots = Vec::new();
    }
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.write_usize(text.len());
    hasher.finish()
}

/// Where a text with this hash is looked for first.
#[expect(clippy::cast_possible_truncation, reason = "masked to the size of the table")]
const fn at(hash: u64) -> usize {
    hash as usize
}

/// The number in a slot that is taken.
#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
const fn number(slot: u64) -> u32 {
    (slot as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::Dictionary;

    #[test]
    fn each_text_has_one_number_however_many_there_are() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> =
            (0..5000).map(|n| format!("text {}", n * n)).chain([String::new()]).collect();
        for (number, text) in (0_u32..).zip(&texts) {
            assert_eq!(dictionary.code(text.as_bytes()).unwrap(), number);
        }
        dictionary.seal();
        for (number, text) in (0_u32..).zip(&texts) {
            assert_eq!(dictionary.code(text.as_bytes()).unwrap(), number, "{text} is known");
            assert_eq!(dictionary.get(number), text.as_bytes());
        }
        assert_eq!(dictionary.len(), texts.len());
        assert!(dictionary.get(6000).is_empty());
    }
}
