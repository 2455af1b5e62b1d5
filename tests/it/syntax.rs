//! How lines are read.

use agentsh::syntax::{Command, ReadOptions, WordPart, read};

/// The plain words of the first command of a line that holds no expansion.
fn words(line: &str) -> Vec<String> {
    let reading = read(line.as_bytes(), &ReadOptions::default());
    assert!(reading.complete(), "{line}: {:?}", reading.gaps);
    let Command::Simple(simple) = &reading.scripts[0].items[0].first.stages[0] else { panic!("{line}: not simple") };
    let text = |part: &WordPart| match part {
        WordPart::Bare(text) | WordPart::Quoted(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    };
    simple.words.iter().map(|word| word.parts.iter().map(text).collect()).collect()
}

#[test]
fn a_simple_command_is_read() {
    assert_eq!(words(r"rm -rf 'a b' c\ d"), ["rm", "-rf", "a b", "c d"]);
}
