//! From instructions with labels to instructions with distances.
//!
//! Classic BPF only jumps forward, a conditional jump at most 255 instructions. A target that is farther away is
//! reached through an unconditional jump right after it. Which jumps need that is found by laying the program out
//! again and again, until none is added.

use super::Instruction;
use std::collections::BTreeMap;

/// Operation codes (linux/bpf_common.h, linux/filter.h).
pub(super) mod code {
    /// A = 32, 16, 8 bits at X + value.
    pub(in crate::filter) const LOAD_WORD: u16 = 0x40;
    pub(in crate::filter) const LOAD_HALF: u16 = 0x48;
    pub(in crate::filter) const LOAD_BYTE: u16 = 0x50;
    /// A or X = M\[value\], and back.
    pub(in crate::filter) const RECALL: u16 = 0x60;
    pub(in crate::filter) const RECALL_X: u16 = 0x61;
    pub(in crate::filter) const STORE: u16 = 0x02;
    pub(in crate::filter) const STORE_X: u16 = 0x03;
    /// A = value.
    pub(in crate::filter) const SET: u16 = 0x00;
    /// Arithmetic with the value, and with X.
    pub(in crate::filter) const ADD: u16 = 0x04;
    pub(in crate::filter) const AND: u16 = 0x54;
    pub(in crate::filter) const SHIFT_LEFT: u16 = 0x64;
    pub(in crate::filter) const ADD_X: u16 = 0x0c;
    /// Jumps.
    pub(in crate::filter) const GO: u16 = 0x05;
    pub(in crate::filter) const IF_EQUAL: u16 = 0x15;
    pub(in crate::filter) const IF_AT_LEAST: u16 = 0x35;
    pub(in crate::filter) const IF_ANY_BIT: u16 = 0x45;
    /// The end: this many bytes are kept, 0 drops the frame.
    pub(in crate::filter) const KEEP: u16 = 0x06;
}

/// A place in the program that can be jumped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Label(usize);

#[derive(Clone, Copy, Debug)]
enum Item {
    Plain { code: u16, value: u32 },
    Place(Label),
    Go(Label),
    Branch { code: u16, value: u32, yes: Option<Label>, no: Option<Label> },
}

/// Collects the program.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    items: Vec<Item>,
    labels: usize,
}

impl Assembler {
    /// A label that is placed later.
    pub(super) const fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels - 1)
    }

    /// The next instruction is where `label` leads to.
    pub(super) fn place(&mut self, label: Label) {
        self.items.push(Item::Place(label));
    }

    /// An instruction without a jump.
    pub(super) fn plain(&mut self, code: u16, value: u32) {
        self.items.push(Item::Plain { code, value });
    }

    /// Goes to the label.
    pub(super) fn go(&mut self, label: Label) {
        self.items.push(Item::Go(label));
    }

    /// Goes to the label when the condition holds.
    pub(super) fn go_if(&mut self, code: u16, value: u32, yes: Label) {
        self.items.push(Item::Branch { code, value, yes: Some(yes), no: None });
    }

    /// Goes to the label unless the condition holds.
    pub(super) fn go_unless(&mut self, code: u16, value: u32, no: Label) {
        self.items.push(Item::Branch { code, value, yes: None, no: Some(no) });
    }

    /// The program. Every label that is used must have been placed after its use.
    pub(super) fn assemble(&self) -> Vec<Instruction> {
        // For each item, whether its two targets are reached through a jump after it.
        let mut far = vec![[false; 2]; self.items.len()];
        loop {
            let places = self.places(&far);
            let mut program = Vec::new();
            let mut grew = false;
            for (item, far) in self.items.iter().zip(&mut far) {
                grew |= emit(item, far, &places, &mut program);
            }
            if !grew {
                return program;
            }
        }
    }

    /// Where each label is when these jumps are far ones.
    fn places(&self, far: &[[bool; 2]]) -> BTreeMap<Label, usize> {
        let mut places = BTreeMap::new();
        let mut at = 0;
        for (item, far) in self.items.iter().zip(far) {
            match item {
                Item::Place(label) => {
                    places.insert(*label, at);
                }
                Item::Plain { .. } | Item::Go(_) => at += 1,
                Item::Branch { .. } => at += 1 + far.iter().filter(|far| **far).count(),
            }
        }
        places
    }
}

/// Appends an item; returns whether a target turned out to be too far away, so that everything must be laid out again.
fn emit(
    item: &Item,
    far: &mut [bool; 2],
    places: &BTreeMap<Label, usize>,
    program: &mut Vec<Instruction>,
) -> bool {
    let distance = |label: &Label, from: usize| {
        let to = places.get(label).expect("every label is placed");
        to.checked_sub(from + 1).expect("labels are placed behind their use")
    };
    match item {
        Item::Place(_) => false,
        Item::Plain { code, value } => {
            program.push(Instruction { code: *code, yes: 0, no: 0, value: *value });
            false
        }
        Item::Go(label) => {
            program.push(go(distance(label, program.len())));
            false
        }
        Item::Branch { code, value, yes, no } => {
            let at = program.len();
            let behind = far.iter().filter(|far| **far).count();
            let mut jumps = Vec::new();
            let mut grew = false;
            let mut targets = [0_u8; 2];
            for ((label, far), target) in [yes, no].into_iter().zip(far).zip(&mut targets) {
                let steps = match label {
                    // Falling through skips the jumps after it.
                    None => behind,
                    Some(label) if *far => {
                        jumps.push(go(distance(label, at + 1 + jumps.len())));
                        jumps.len() - 1
                    }
                    Some(label) => distance(label, at),
                };
                *target = u8::try_from(steps).unwrap_or_else(|_| {
                    *far = true;
                    grew = true;
                    0
                });
            }
            let [yes, no] = targets;
            program.push(Instruction { code: *code, yes, no, value: *value });
            program.extend(jumps);
            grew
        }
    }
}

fn go(distance: usize) -> Instruction {
    let value = u32::try_from(distance).expect("programs are short");
    Instruction { code: code::GO, yes: 0, no: 0, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_target_is_reached_over_a_jump_behind() {
        let mut assembler = Assembler::default();
        let (near, distant) = (assembler.label(), assembler.label());
        assembler.go_if(code::IF_EQUAL, 1, distant);
        assembler.go_unless(code::IF_EQUAL, 2, near);
        assembler.plain(code::SET, 0);
        assembler.place(near);
        for _ in 0..300 {
            assembler.plain(code::SET, 0);
        }
        assembler.place(distant);
        assembler.plain(code::KEEP, 0);
        let program = assembler.assemble();
        assert_eq!(program.len(), 2 + 1 + 1 + 300 + 1);
        assert_eq!(program[0], Instruction { code: code::IF_EQUAL, yes: 0, no: 1, value: 1 });
        assert_eq!(program[1], Instruction { code: code::GO, yes: 0, no: 0, value: 302 });
        assert_eq!(program[2], Instruction { code: code::IF_EQUAL, yes: 0, no: 1, value: 2 });
    }

    #[test]
    fn a_target_255_instructions_away_is_near() {
        let mut assembler = Assembler::default();
        let end = assembler.label();
        assembler.go_if(code::IF_EQUAL, 1, end);
        for _ in 0..255 {
            assembler.plain(code::SET, 0);
        }
        assembler.place(end);
        assembler.plain(code::KEEP, 0);
        assert_eq!(assembler.assemble()[0].yes, 255);
    }
}
