//! Every verb of git that can lose something, run by the real git under agentsh and undone: work tree, index, refs, logs,
//! stash and configuration are as before, untracked and ignored files too.

use super::lines::Lines;

/// Two branches that differ, one of which tracks what is ignored here; a stash, a tag, a linked work tree, a submodule, an
/// upstream that is ahead; untracked and ignored files.
const GROW: &str = r"
    export GIT_ALLOW_PROTOCOL=file
    printf '1\n2\n3\n4\n5\n6\n7\n8\n9\n' > a; mkdir -p src/deep d; echo b > src/b; echo c > src/deep/c; ln -s a link
    echo x > tool; chmod +x tool; echo d > d/d
    printf '/dist\n*.log\nignored.conf\nnode_modules\n!.env.*\n' > .gitignore
    git add -A; git commit -qm base; git tag v1; git tag -am annotated v2
    git init -q ../part; (cd ../part; echo p > p; echo q > q; git add -A; git commit -qm part)
    git submodule --quiet add ../part sub; git commit -qm submodule
    git checkout -qb other; echo other > a; echo new > only-here; mkdir nd dist; echo n > nd/f; echo site > dist/index.html
    echo theirs > ignored.conf; rm tool; git add -A -f; git commit -qm other; git checkout -q main
    git checkout -qb topic; echo t >> src/b; git commit -qam topic1; echo t2 > t2; git add t2; git commit -qm topic2
    git checkout -q main; git format-patch -q -1 topic --stdout > ../topic.mbox; git diff main topic > ../topic.patch
    git checkout -qb ahead; mkdir dist; echo upstream > dist/index.html; git add -f dist; git commit -qm ahead
    git push -q origin ahead:main; git checkout -q main; git branch -qD ahead; git reset -q --hard
    git branch -q -u origin/main 2>/dev/null || { git fetch -q; git branch -q -u origin/main; }
    git update-ref -d refs/remotes/origin/main; git config pull.rebase false
    echo m >> src/deep/c; git commit -qam main2
    echo s > src/b; git stash -q
    git worktree add -q linked v1; echo dirty > linked/a; echo u > linked/untracked
    echo '/linked' >> .git/info/exclude
    echo untracked > untracked; mkdir -p ud/x dist node_modules/dep; echo y > ud/x/y; ln -s y ud/x/l; echo built > dist/index.html
    echo app > dist/app.js; echo dep > node_modules/dep/i.js; echo mine > ignored.conf; echo l > x.log; chmod 600 ignored.conf
    touch -d '2020-01-02 03:04:05.123456789' a src/deep/c ignored.conf dist/index.html; echo patched > t2.orig
    echo dirty > sub/p; echo untracked > sub/u
    git update-index -q --refresh || true
";
/// On top of it, changes that are not committed, staged and not.
const DIRTY: &str =
    "echo unstaged >> a; echo staged > src/b; git add src/b; rm tool; echo intent > intent; git add -N intent";

fn repository(dirty: bool) -> Lines {
    let lines = Lines::new(false).without(&[".git/modules/sub/objects"]);
    lines.machine.run(GROW);
    if dirty {
        lines.machine.run(DIRTY);
    }
    lines
}

/// Runs the lines one after the other, each on the tree that undoing the one before has left. Those of `asked` must be
/// refused where nobody can be asked, the others must run.
#[track_caller]
fn rounds(dirty: bool, run: &[&str], asked: &[&str]) {
    let lines = repository(dirty);
    let before = lines.tree();
    for line in run {
        let ran = lines.round(line);
        assert_ne!(ran.status, Some(126), "{line} was asked about: {}", ran.text);
    }
    for line in asked {
        let ran = lines.round(line);
        assert_eq!(ran.status, Some(126), "{line} was not asked about: {}", ran.text);
    }
    super::tree::assert_same(&before, &lines.tree(), "after all");
    let text = lines.machine.run("git fsck --no-dangling 2>&1; git status --short");
    assert!(text.contains("ignored.conf") || !text.is_empty() || !dirty, "{text}");
}

#[test]
fn throwing_changes_away() {
    rounds(
        true,
        &[
            "git reset -q --hard",
            "git reset -q --hard other",
            "git reset -q --hard HEAD~1",
            "git reset -q --merge v1; git reset --keep -q v1",
            "git reset -q v1",
            "git reset -q --soft v1",
            "git checkout -- .",
            "git checkout -qf other",
            "git checkout -q -f -B main other",
            "git restore .",
            "git restore -q --source=other --staged --worktree .",
            "git switch -q --discard-changes other",
            "git switch -q -f --detach v1",
            "git read-tree -u --reset other",
            "git checkout-index -qfa",
        ],
        &[],
    );
}

#[test]
fn paths_of_another_tree_over_untracked_and_ignored_files() {
    rounds(
        true,
        &[
            "git checkout -q other -- ignored.conf",
            "git checkout -q other -- dist",
            "git checkout -q other -- .",
            "git checkout -q other ignored.conf dist/index.html",
            "git restore -q -s other dist ignored.conf a",
            "git show other:dist/index.html > dist/index.html",
        ],
        &[],
    );
}

#[test]
fn another_branch_over_ignored_files() {
    rounds(
        false,
        &[
            "git checkout -q other",
            "git switch -q other",
            "git merge -q --no-edit other",
            "git merge -q --squash other",
            "git checkout -q $(git rev-parse other)",
            "B=other; git checkout -q $B",
            "git rebase -q other",
            "git rebase -q --onto other v1 topic",
            "git cherry-pick other topic~1 topic",
            "git revert --no-edit HEAD",
            "git pull -q --no-edit",
            "git pull -q --rebase",
            "git am -q ../topic.mbox",
            "git apply ../topic.patch",
            "git apply --3way ../topic.patch",
            "git bisect start HEAD v1; git bisect good; git bisect bad; git bisect reset",
            "git stash -q -u && git checkout -q other && git checkout -q main && git stash pop -q",
        ],
        &[],
    );
}

#[test]
fn cleaning() {
    rounds(
        true,
        &[
            "git clean -qfd",
            "git clean -qfdx",
            "git clean -qfdX",
            "git clean -qffdx -e linked",
            "git clean -qfd -e ud",
            "git clean -qfx dist ignored.conf",
            "rm .gitignore; git clean -qfd",
            "echo > .gitignore; git clean -qfd",
            "git reset -q --hard v1~0 && git clean -qfd",
            "git checkout -q other -- .gitignore; git clean -qfd",
            "git submodule foreach --quiet 'git reset -q --hard; git clean -qfd'",
        ],
        &[],
    );
}

#[test]
fn an_ignored_directory_that_another_list_takes_back() {
    let lines = repository(true);
    lines.machine.run("mkdir -p ud/dist d/node_modules; echo 1 > ud/dist/1; echo 2 > d/node_modules/2; printf '!node_modules\\n' > d/.gitignore");
    lines.machine.run("printf '!/dist\\n' >> .gitignore; printf '!dist\\n' > ud/.gitignore");
    lines.round("git clean -qfd");
    assert!(!lines.machine.run("git clean -nfd").is_empty());
}

#[test]
fn a_directory_in_the_place_of_a_tracked_file() {
    let lines = repository(false);
    lines.machine.run(
        "git ls-files | head -3 | while read -r f; do rm $f; mkdir -p $f/deep; echo x > $f/x; echo y > $f/deep/y; done",
    );
    for line in
        ["git add -A . && git commit -qm all", "git stash -q -u", "git add -A .; git rm -rqf .", "git reset -q --hard"]
    {
        lines.round(line);
    }
}

#[test]
fn the_stash() {
    rounds(
        true,
        &[
            "git stash -q",
            "git stash push -q -m x -- a",
            "git stash -qu",
            "git stash -qa",
            "git stash push -q --staged",
            "git stash -q && git stash pop -q",
            "git stash drop -q",
            "git stash clear",
            "git stash -q; git stash branch made 'stash@{1}'",
            "git checkout -q -f main; git stash apply -q",
        ],
        &[],
    );
}

#[test]
fn refs_logs_and_configuration() {
    rounds(
        true,
        &[
            "git branch -qD other topic",
            "git branch -m main renamed",
            "git branch -f topic v1",
            "git tag -d v1 v2",
            "git tag -f v1 other",
            "git update-ref -d refs/heads/other",
            "git update-ref refs/heads/topic v1",
            "git symbolic-ref HEAD refs/heads/other",
            "git pack-refs --all --prune",
            "git commit -qam all",
            "git commit -q --amend --no-edit",
            "git commit -q --allow-empty -m e; git reset -q --hard HEAD~1",
            "git config user.name nobody; git config --unset pull.rebase",
            "git remote remove origin",
            "git remote rename origin upstream",
            "git notes add -m n; git notes remove",
            "git replace -f other v1; git replace -d other",
            "git fetch -q",
            "git checkout -q --orphan fresh; git rm -rfq .",
        ],
        &[
            "git gc -q --prune=now",
            "git prune --expire=now",
            "git reflog expire --expire=now --all && git gc --prune=now",
        ],
    );
}

#[test]
fn names_and_index() {
    rounds(
        true,
        &[
            "git rm -rfq src",
            "git rm -rfq --cached .",
            "git mv src moved",
            "git mv -f a d/d",
            "git add -A",
            "git add -f dist ignored.conf",
            "git update-index --assume-unchanged a",
            "git update-index --force-remove a",
            "rm -f .git/index",
        ],
        &[],
    );
}

#[test]
fn work_trees_submodules_and_sparse_checkouts() {
    rounds(
        true,
        &[
            "git worktree remove --force linked",
            "git worktree add -q second other",
            "rm -r linked && git worktree prune",
            "git submodule --quiet update --force",
            "git submodule --quiet deinit -f sub",
            "git submodule --quiet deinit --all -f",
            "git rm -qf sub",
            "git -C sub reset -q --hard; git -C sub clean -qfd",
            "cd sub && git checkout -q -- . && git clean -qfd",
            "cd linked && git reset -q --hard other && git clean -qfd",
            "git -C linked checkout -qf --detach other",
            "git -C linked stash -qu",
            "git sparse-checkout set d",
            "git sparse-checkout set --no-cone /a; git sparse-checkout disable",
        ],
        &[],
    );
}

/// A repository made with these options of `git init`, with a branch, packed refs and work that is not committed; `None` where
/// git does not know the options.
fn made_with(options: &str) -> Option<Lines> {
    let lines = Lines::new(false);
    lines.machine.run("rm -rf .git");
    let made = lines.machine.command("sh").args(["-c", &format!("git init -q -b main {options} .")]).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return None;
    }
    lines.machine.run(
        "echo dist > .gitignore; echo 1 > a; echo 2 > b; git add -A \
        && git commit -qm one; git checkout -qb other; echo other > a; mkdir dist; echo site > dist/i; git add -f .; git commit -qm two; \
        git checkout -q main; git branch gone; git pack-refs --all; touch -d 2020-01-02 b; git update-index -q --refresh; echo mine > a; echo u > u; mkdir dist; echo built > dist/i",
    );
    Some(lines)
}

#[test]
fn repositories_with_other_objects_and_refs() {
    for options in ["--object-format=sha256", "--ref-format=reftable", "--ref-format=reftable --object-format=sha256"] {
        let Some(lines) = made_with(options) else { continue };
        for line in [
            "git reset -q --hard other",
            "git checkout -qf other",
            "git stash -qa",
            "git clean -fdxq",
            "git rm -rfq .",
            "git branch -qD gone",
            "git branch -m main renamed",
            "git tag t; git commit -qam more; git tag -d t",
            "git worktree add -q second other",
        ] {
            let ran = lines.round(line);
            assert_eq!(ran.status, Some(0), "{options}: {line}: {}", ran.text);
        }
    }
}
