//! An expression cut into words and signs, each with its column.

/// A word or a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    And,
    Or,
    Not,
    Open,
    Close,
    /// A sign that only expressions over bytes have.
    Sign(char),
}

/// A token, and the number of its first character, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed<'a> {
    pub(super) token: Token<'a>,
    pub(super) column: usize,
}

/// All tokens. Nothing is wrong here yet: that depends on what is expected.
pub(super) fn tokens(text: &str) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut column = 1;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() || is_sign(c) => c.len_utf8(),
            _ => rest.find(|c: char| c.is_whitespace() || is_sign(c)).unwrap_or(rest.len()),
        };
        let length = if rest.starts_with("&&") || rest.starts_with("||") { 2 } else { length };
        let (word, after) = rest.split_at(length);
        if !first.is_whitespace() {
            found.push(Placed { token: token(word, first), column });
        }
        column += word.chars().count();
        rest = after;
    }
    found
}

fn is_sign(c: char) -> bool {
    "()!&|[]<>=+*^%~".contains(c)
}

fn token(word: &str, first: char) -> Token<'_> {
    match word {
        "and" | "&&" => Token::And,
        "or" | "||" => Token::Or,
        "not" | "!" => Token::Not,
        "(" => Token::Open,
        ")" => Token::Close,
        _ if is_sign(first) => Token::Sign(first),
        _ => Token::Word(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_need_no_blanks_around_them() {
        let found: Vec<(Token<'_>, usize)> =
            tokens("(é||!b&&tcp[1]) not").into_iter().map(|p| (p.token, p.column)).collect();
        let expected = [
            (Token::Open, 1),
            (Token::Word("é"), 2),
            (Token::Or, 3),
            (Token::Not, 5),
            (Token::Word("b"), 6),
            (Token::And, 7),
            (Token::Word("tcp"), 9),
            (Token::Sign('['), 12),
            (Token::Word("1"), 13),
            (Token::Sign(']'), 14),
            (Token::Close, 15),
            (Token::Not, 17),
        ];
        assert_eq!(found, expected);
    }
}
