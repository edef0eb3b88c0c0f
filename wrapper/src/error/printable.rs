//! Texts that may be shown: what a service sends must not steer a terminal or turn a line of a log into two.

/// `text` with escapes such as `\u{1b}` in place of control characters, of line breaks, and of characters that change the
/// direction of writing or are invisible.
pub(crate) fn printable(text: impl Into<String>) -> String {
    let text = text.into();
    if !text.contains(steers) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match steers(letter) {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        for (text, shown) in [
            ("schlicht, 漢字 und 😀", "schlicht, 漢字 und 😀"),
            ("\u{1b}[31mred\u{7}", r"\u{1b}[31mred\u{7}"),
            ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
            ("\u{7f}\u{9b}2J", r"\u{7f}\u{9b}2J"),
            ("exe.\u{202e}fdp\u{2066}", r"exe.\u{202e}fdp\u{2066}"),
            ("\u{feff}\u{200b}\u{2028}", r"\u{feff}\u{200b}\u{2028}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
