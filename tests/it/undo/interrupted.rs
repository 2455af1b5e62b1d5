//! An undo that was killed is completed, wherever it was killed.

use super::bench::Bench;
use super::tree::assert_same;
use agentsh::policy::Extent::{Contents, Name, Unlinked, UnlinkedTree};
use agentsh::undo::{PlanOptions, UndoPlan, complete_unfinished};

#[test]
fn killed_after_any_number_of_changes() {
    for changes in 0.. {
        let bench = Bench::limited(|limits| limits.inline_tree_bytes = 4);
        bench.sh(
            "mkdir -p d/e; echo 1 > d/a; echo 22222 > d/b; ln d/b d/e/b; echo 3 > keep; echo 4 > two; ln two names; \
            head -c 100000 /dev/urandom > big; touch -d 2001-01-01 d d/e .",
        );
        let before = bench.tree();
        let id = bench.step(
            "rm -r d big; echo x > keep; echo y > two; mkdir n; echo n > n/f; chmod 600 names",
            &[
                ("d", UnlinkedTree),
                ("big", Unlinked),
                ("keep", Contents),
                ("two", Contents),
                ("names", Contents),
                ("n", Name),
            ],
        );
        let after = bench.tree();
        let step = bench.load(&id);
        let (pack, undo) = bench.begin();
        let plan = UndoPlan::of(&step, &PlanOptions::default());
        let died = plan.apply_and_die(&step, &pack, changes).is_err();
        drop(pack);
        let resumed = complete_unfinished(&bench.store, "s1").expect("resume");
        assert_eq!(resumed.len(), usize::from(died));
        for one in &resumed {
            let skipped: Vec<_> = one.applied.items.iter().filter(|item| !item.is_ready()).collect();
            assert!(one.of == id && skipped.is_empty(), "killed after {changes}: {skipped:?}");
        }
        assert_same(&before, &bench.tree(), &format!("killed after {changes}"));
        assert!(complete_unfinished(&bench.store, "s1").expect("again").is_empty());
        let (_, applied) = bench.undo(&undo);
        assert_eq!(applied.skipped(), 0, "{applied:?}");
        assert_same(&after, &bench.tree(), &format!("redo after being killed after {changes}"));
        if !died {
            assert!(changes > 10);
            return;
        }
    }
}

#[test]
fn a_persons_work_in_between_is_left_alone() {
    let bench = Bench::new();
    bench.sh("echo 1 > a; echo 2 > b");
    let id = bench.step("echo x > a; echo y > b", &[("a", Contents), ("b", Contents)]);
    let step = bench.load(&id);
    let (pack, _) = bench.begin();
    let plan = UndoPlan::of(&step, &PlanOptions::default());
    plan.apply_and_die(&step, &pack, 1).expect_err("stopped");
    drop(pack);
    bench.sh("rm b; echo mine > b");
    let resumed = complete_unfinished(&bench.store, "s1").expect("resume");
    assert_eq!(resumed[0].applied.skipped(), 1);
    assert_eq!((bench.read("a").as_str(), bench.read("b").as_str()), ("1\n", "mine\n"));
}
