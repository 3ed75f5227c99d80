//! Classic BPF as the kernel runs it: a load beyond the frame drops it; everything that the kernel's checker
//! refuses is a panic here.

use unanswered_live::Instruction;

/// How many bytes are kept.
pub(crate) fn run(program: &[Instruction], frame: &[u8]) -> u32 {
    let (mut a, mut x) = (0_u32, 0_u32);
    let mut memory: [Option<u32>; 16] = [None; 16];
    let mut at = 0_usize;
    let load = |offset: u32, bytes: usize| -> Option<u32> {
        let field = frame.get(usize::try_from(offset).ok()?..)?.get(..bytes)?;
        Some(field.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    };
    loop {
        let Instruction { code, yes, no, value } = program[at];
        at += 1;
        let branch = |holds: bool| usize::from(if holds { yes } else { no });
        let slot = usize::try_from(value).unwrap_or(usize::MAX);
        match code {
            0x40 | 0x48 | 0x50 => {
                let bytes = match code {
                    0x40 => 4,
                    0x48 => 2,
                    _ => 1,
                };
                match x.checked_add(value).and_then(|offset| load(offset, bytes)) {
                    Some(loaded) => a = loaded,
                    None => return 0,
                }
            }
            0x60 => a = memory[slot].expect("written before it is read"),
            0x61 => x = memory[slot].expect("written before it is read"),
            0x02 => memory[slot] = Some(a),
            0x03 => memory[slot] = Some(x),
            0x00 => a = value,
            0x04 => a = a.wrapping_add(value),
            0x0c => a = a.wrapping_add(x),
            0x54 => a &= value,
            0x64 => a <<= value,
            0x05 => at += slot,
            0x15 => at += branch(a == value),
            0x35 => at += branch(a >= value),
            0x45 => at += branch(a & value != 0),
            0x06 => return value,
            _ => panic!("code {code:#x} is not among those that the program uses"),
        }
    }
}
