//! A list of an enum's variants that does not compile when one is missing.

/// One value of each variant, by the variant's name. A new variant is missing in the match, which then
/// does not compile.
macro_rules! every {
    ($type:ident $(<$parameter:ty>)? { $($variant:ident $with:tt)* }) => {{
        let listed: fn(&$type $(<$parameter>)?) = |fact| match fact { $($type::$variant { .. } => (),)* };
        let all = vec![$(every!(@one $type $variant $with)),*];
        all.iter().for_each(listed);
        all
    }};
    (@one $type:ident $variant:ident ()) => { $type::$variant };
    (@one $type:ident $variant:ident ($($value:expr),+)) => { $type::$variant($($value),+) };
    (@one $type:ident $variant:ident {$($field:ident: $value:expr),+}) => {
        $type::$variant { $($field: $value),+ }
    };
}

pub(crate) use every;
