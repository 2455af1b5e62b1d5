//! How much a path holds.

use crate::ui::bytes_text;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// More entries, or a longer walk, are not counted: the card says *at least*.
const ENTRIES: u64 = 50_000;
const TIME: Duration = Duration::from_millis(150);

/// What a path holds, as a card says it: `directory, 1 204 entries, 3.1 MiB`, `file, 12 bytes`, `link to x`, `nothing there`.
pub(super) fn weigh(path: &Path) -> String {
    let Ok(metadata) = fs::symlink_metadata(path) else { return "nothing there now".to_owned() };
    if metadata.file_type().is_symlink() {
        let target = fs::read_link(path).map(|target| target.display().to_string()).unwrap_or_default();
        return format!("link to {target}");
    }
    if !metadata.is_dir() {
        return format!("file, {}", bytes_text(metadata.len()));
    }
    let deadline = Instant::now() + TIME;
    let (mut entries, mut bytes, mut unread, mut cut) = (0_u64, 0_u64, 0_u64, false);
    let mut waiting: Vec<PathBuf> = vec![path.to_path_buf()];
    'walk: while let Some(directory) = waiting.pop() {
        let Ok(names) = fs::read_dir(&directory) else {
            unread += 1;
            continue;
        };
        for name in names.flatten() {
            if entries >= ENTRIES || (entries % 256 == 255 && Instant::now() > deadline) {
                cut = true;
                break 'walk;
            }
            entries += 1;
            match name.metadata() {
                Ok(found) if found.is_dir() => waiting.push(name.path()),
                Ok(found) if found.is_file() => bytes += found.len(),
                Ok(_) => {}
                Err(_) => unread += 1,
            }
        }
    }
    let least = if cut { "at least " } else { "" };
    let plural = if entries == 1 { "entry" } else { "entries" };
    let unread = if unread > 0 { format!(", {unread} unreadable") } else { String::new() };
    format!("directory, {least}{entries} {plural}, {least}{}{unread}", bytes_text(bytes))
}

#[cfg(test)]
mod tests {
    use super::weigh;
    use std::fs;

    #[test]
    fn each_kind_is_told() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path();
        fs::create_dir_all(path.join("d/e")).expect("makes");
        fs::write(path.join("d/e/f"), [0; 2048]).expect("writes");
        std::os::unix::fs::symlink("d", path.join("l")).expect("links");
        assert_eq!(weigh(&path.join("d")), "directory, 2 entries, 2.0 KiB");
        assert_eq!(weigh(&path.join("d/e/f")), "file, 2.0 KiB");
        assert_eq!(weigh(&path.join("l")), "link to d");
        assert_eq!(weigh(&path.join("x")), "nothing there now");
    }
}
