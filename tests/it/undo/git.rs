//! Verbs of git that lose work, undone with the files of `.git` they change.

use super::bench::Bench;
use super::tree::assert_same;
use agentsh::checkpoint::Coverage;
use agentsh::policy::Extent::{GitIgnored, GitIndex, GitState, GitUntracked, GitWorktree, UnlinkedTree};
use agentsh::policy::{Extent, Obligation};

/// A repository with history, uncommitted work of every sort, ignored files and a stash. Objects are not compared: no
/// verb here removes one, and new ones do no harm.
fn repository() -> Bench {
    let bench = Bench::new().without(&[".git/objects"]);
    bench.sh("git init -q -b main . && mkdir -p src/deep && echo 1 > a && echo 2 > src/b && echo 3 > src/deep/c && ln -s a link \
        && printf 'target\\n*.log\\n' > .gitignore && echo x > tool && chmod +x tool && git add -A && git commit -qm one \
        && git checkout -qb other && echo other > a && echo new > only-here && mkdir nd && echo n > nd/f && git add -A && git commit -qm two \
        && git checkout -q main && echo stashed > src/b && git stash -q && git tag v1 \
        && sleep 0.02 && touch -d '2020-01-02 03:04:05.123456789' a src/deep/c && git update-index -q --refresh; \
        echo staged > src/deep/c && git add src/deep/c && echo unstaged >> src/b && rm tool \
        && echo untracked > u && mkdir -p ud/x target/debug && echo 1 > ud/x/y && echo built > target/debug/out && echo l > a.log");
    bench
}

#[track_caller]
fn round(line: &str, extent: Extent) {
    repository().round(line, &[(".git", extent)]);
}

#[test]
fn reset_hard() {
    round("git reset -q --hard", GitWorktree);
}

#[test]
fn reset_hard_to_another_commit_then_back() {
    round("git reset -q --hard other", GitWorktree);
}

#[test]
fn checkout_of_everything() {
    round("git checkout -q -- .", GitWorktree);
}

#[test]
fn forced_checkout_of_a_branch_with_new_files() {
    round("git checkout -qf other", GitWorktree);
}

#[test]
fn clean_with_and_without_ignored_files() {
    round("git clean -qfd", GitUntracked);
    round("git clean -qfdx", GitIgnored);
}

#[test]
fn stash_drop_and_stash_with_untracked_files() {
    round("git stash drop -q", GitState);
    round("git stash -qu", GitUntracked);
    round("git stash -qu && git stash pop -q", GitUntracked);
}

#[test]
fn branch_and_tag_deletion() {
    round("git branch -qD other; git tag -d v1; git pack-refs --all", GitState);
}

#[test]
fn commit_amend_rebase_and_merge() {
    round("git add -A && git commit -qm more", GitState);
    round("git commit -qa --amend -m changed && git rebase -q other || git rebase --abort", GitWorktree);
    round("git stash -q; git merge -q other", GitWorktree);
}

#[test]
fn the_line_of_the_three_losses() {
    let bench = repository();
    bench.round("git reset --hard -q && git clean -fdxq && rm -rf src", &[(".git", GitIgnored), ("src", UnlinkedTree)]);
    // The same as three steps, undone one after the other.
    let before = bench.tree();
    let first = bench.step("git reset -q --hard", &[(".git", GitWorktree)]);
    let second = bench.step("git clean -fdxq", &[(".git", GitIgnored)]);
    let third = bench.step("rm -rf src", &[("src", UnlinkedTree)]);
    for id in [third, second, first] {
        let (_, applied) = bench.undo(&id);
        assert_eq!((applied.skipped(), applied.notes.len()), (0, 0), "{applied:?}");
    }
    assert_same(&before, &bench.tree(), "three steps");
}

#[test]
fn add_is_undone_by_the_index_alone() {
    round("git add -A", GitIndex);
}

#[test]
fn index_version_4_and_line_ends() {
    let bench = repository();
    bench.sh("git update-index --index-version 4");
    bench.round("git reset -q --hard", &[(".git", GitWorktree)]);
    bench.sh(
        "printf '* text=auto\\n' > .gitattributes; printf 'crlf\\r\\n' > w; git add .gitattributes w; git commit -qm w",
    );
    bench.round("git rm -qrf .", &[(".git", GitWorktree)]);
}

#[test]
fn a_clean_file_is_known_by_its_blob_and_not_copied() {
    let bench = Bench::new().without(&[".git/objects"]);
    bench
        .sh("git init -q -b main . && head -c 50000 /dev/urandom > a && head -c 50000 /dev/urandom > b && git add -A \
        && git commit -qm one && touch -d '2020-01-02' a b && git update-index -q --refresh");
    let before = bench.tree();
    let id = bench.step("git rm -q a b && git commit -qm gone", &[(".git", GitWorktree)]);
    let log = bench.state.join(format!("sessions/s1/{id}.log"));
    assert!(log.metadata().expect("stat").len() < 60_000, "contents were copied");
    let (_, applied) = bench.undo(&id);
    assert_eq!(applied.skipped(), 0, "{applied:?}");
    assert_same(&before, &bench.tree(), "blobs");
}

#[test]
fn a_linked_work_tree() {
    let bench = repository();
    bench.sh("git worktree add -q wt other && echo dirty > wt/a");
    bench.round("cd wt && git reset -q --hard main && git branch -D main2; git tag t", &[("wt/.git", GitWorktree)]);
}

#[test]
fn what_is_no_repository_is_said() {
    let bench = Bench::new();
    bench.sh("mkdir .git");
    let (pack, _) = bench.begin();
    assert!(pack.capture(&Obligation { path: bench.path(".git"), extent: GitWorktree }).is_err());
    assert!(matches!(pack.coverage(), Coverage::Partial(_)));
}
