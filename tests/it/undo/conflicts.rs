//! Later work is never overwritten.

use super::bench::Bench;
use agentsh::policy::Extent::{Contents, ContentsTree, Name, Unlinked};
use agentsh::undo::{Conflict, Standing};

#[test]
fn a_later_edit_by_a_person_stays() {
    let bench = Bench::new();
    bench.sh("echo one > a; echo two > b");
    let id = bench.step("echo changed > a; echo changed > b", &[("a", Contents), ("b", Contents)]);
    bench.sh("echo mine > a");
    let plan = bench.plan(&id);
    assert!(plan.is_partial());
    assert_eq!(plan.lines(), ["SKIP a (changed since)", "restore b"]);
    let (_, applied) = bench.undo(&id);
    assert_eq!((applied.done(), applied.skipped()), (1, 1));
    assert_eq!((bench.read("a").as_str(), bench.read("b").as_str()), ("mine\n", "two\n"));
}

#[test]
fn a_created_file_that_someone_changed_stays() {
    let bench = Bench::new();
    let id = bench.step("mkdir n; echo x > n/f; echo y > n/g", &[("n", Name)]);
    bench.sh("echo more >> n/f; echo z > n/h");
    let (_, applied) = bench.undo(&id);
    let skipped: Vec<_> = applied.items.iter().filter(|item| !item.is_ready()).collect();
    assert_eq!(skipped[0].standing, Standing::Skip(Conflict::NotEmpty));
    assert_eq!(skipped[1].standing, Standing::Skip(Conflict::ChangedSince));
    assert!(bench.path("n/h").exists() && bench.path("n/f").exists() && !bench.path("n/g").exists());
}

#[test]
fn undoing_twice_changes_nothing() {
    let bench = Bench::new();
    bench.sh("echo one > a");
    let id = bench.step("rm a", &[("a", Unlinked)]);
    bench.undo(&id);
    assert!(bench.plan(&id).is_empty());
}

#[test]
fn other_files_of_a_captured_tree_are_not_touched() {
    let bench = Bench::new();
    bench.sh("mkdir d; echo 1 > d/a; echo 2 > d/b");
    let id = bench.step("echo x > d/a", &[("d", ContentsTree)]);
    bench.sh("echo mine > d/b; echo new > d/c");
    let (_, applied) = bench.undo(&id);
    assert_eq!(applied.skipped(), 0, "{applied:?}");
    assert_eq!(
        (bench.read("d/a"), bench.read("d/b"), bench.read("d/c")),
        ("1\n".into(), "mine\n".into(), "new\n".into())
    );
}

#[test]
fn a_parent_that_became_a_link_is_refused() {
    let bench = Bench::new();
    bench.sh("mkdir d elsewhere; echo 1 > d/a; echo precious > elsewhere/a");
    let id = bench.step("rm d/a", &[("d/a", Unlinked)]);
    bench.sh("rm elsewhere/a; rmdir d; ln -s elsewhere d");
    let (_, applied) = bench.undo(&id);
    assert_eq!((applied.done(), applied.skipped()), (0, 1), "{applied:?}");
    assert!(!bench.path("elsewhere/a").exists());
}

#[test]
fn names_the_later_steps_that_changed_a_path() {
    let bench = Bench::new();
    bench.sh("echo 1 > a");
    let first = bench.step("echo 2 > a", &[("a", Contents)]);
    let second = bench.step("echo 3 > a", &[("a", Contents)]);
    let later = [bench.load(&second)];
    let options = agentsh::undo::PlanOptions { later: &later, ..Default::default() };
    let plan = agentsh::undo::UndoPlan::of(&bench.load(&first), &options);
    assert_eq!(plan.lines(), [format!("SKIP a (changed later by {second})")]);
    bench.undo(&second);
    bench.undo(&first);
    assert_eq!(bench.read("a"), "1\n");
}

#[test]
fn outward_effects_are_listed_as_not_undone() {
    let bench = Bench::new();
    let id = bench.step("echo n > new.txt", &[("new.txt", Name)]);
    let outward = ["git push origin".to_owned()];
    let options = agentsh::undo::PlanOptions { outward: &outward, ..Default::default() };
    let plan = agentsh::undo::UndoPlan::of(&bench.load(&id), &options);
    assert_eq!(plan.lines(), [format!("delete new.txt (created by {id})"), "NOT UNDONE: git push origin".to_owned()]);
}
