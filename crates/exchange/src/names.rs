//! Interned addresses and texts: each is stored once, rows carry small numbers.

use crate::lookup::Lookup;
use std::hash::Hasher;
use std::net::IpAddr;

/// The number of "none" among interned things.
pub(crate) const NONE: u32 = u32::MAX;

/// Number of an interned address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressId(pub u32);

impl AddressId {
    /// No address.
    pub(crate) const NONE: Self = Self(NONE);
}

/// One end of a flow as a place sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The address; [`crate::Exchanges::addresses`] has it by this number.
    pub address: AddressId,
    /// The port, or the identifier of an echo request (RFC 792).
    pub port: u16,
}

/// All addresses seen, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    list: Vec<IpAddr>,
    by_bits: Lookup<(u64, u64), u32>,
}

impl Addresses {
    pub(crate) fn intern(&mut self, address: IpAddr) -> AddressId {
        let list = &mut self.list;
        let id = self.by_bits.or_insert_with(bits(address), || {
            list.push(address);
            u32::try_from(list.len() - 1).expect("fewer addresses than 2^32 fit in memory")
        });
        AddressId(id)
    }

    pub(crate) fn get(&self, id: AddressId) -> Option<IpAddr> {
        self.list.get(id.0 as usize).copied()
    }

    pub(crate) fn list(&self) -> &[IpAddr] {
        &self.list
    }
}

/// IPv4 addresses go to `ffff:ffff:ffff:ffff::/64`: multicast with all flags and the scope reserved
/// (RFC 4291 section 2.7), which no host uses.
fn bits(address: IpAddr) -> (u64, u64) {
    match address {
        IpAddr::V4(v4) => (u64::MAX, u64::from(u32::from(v4))),
        IpAddr::V6(v6) => {
            let all = v6.to_bits();
            #[expect(clippy::cast_possible_truncation, reason = "the two halves of 128 bits")]
            let halves = ((all >> 64) as u64, all as u64);
            halves
        }
    }
}

/// All texts seen (DNS names and the like), in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    list: Vec<String>,
    by_hash: Lookup<u64, u32>,
}

impl Texts {
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(text.as_bytes());
        let mut hash = hasher.finish();
        while let Some(id) = self.by_hash.get(&hash) {
            if self.list[id as usize] == text {
                return id;
            }
            hash = hash.wrapping_add(1);
        }
        let id = u32::try_from(self.list.len()).expect("fewer texts than 2^32 fit in memory");
        self.list.push(text.to_owned());
        self.by_hash.insert(hash, id);
        id
    }

    pub(crate) fn list(&self) -> &[String] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_number_and_v4_is_not_its_mapped_v6() {
        let mut a = Addresses::default();
        let v4: IpAddr = "10.0.0.1".parse().unwrap();
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        let (first, second) = (a.intern(v4), a.intern(mapped));
        assert_ne!(first, second);
        assert_eq!(a.intern(v4), first);
        assert_eq!(a.get(second), Some(mapped));
        assert_eq!(a.get(AddressId::NONE), None);
    }

    #[test]
    fn a_text_keeps_its_number() {
        let mut t = Texts::default();
        let first = t.intern("a.example");
        assert_ne!(t.intern("b.example"), first);
        assert_eq!(t.intern("a.example"), first);
    }
}
