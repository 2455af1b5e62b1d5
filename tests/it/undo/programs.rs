//! One real program a test: what it does is undone to the last bit, and redone.

use super::bench::Bench;
use agentsh::policy::Extent::{Contents, ContentsTree, Metadata, MetadataTree, Name, Unlinked, UnlinkedTree};

fn bench() -> Bench {
    let bench = Bench::new();
    bench.sh("mkdir -p d/e/empty; echo one > a; echo two > d/b; head -c 300000 /dev/urandom > d/big; chmod 640 a; \
        ln -s ../a d/link; ln -s nowhere dangling; ln d/b d/e/hard; mkfifo d/pipe; touch -d '2001-02-03 04:05:06.789' a d/b d; \
        chmod 2750 d/e; chmod 4755 d/big");
    bench
}

#[test]
fn rm_of_a_small_and_a_large_file() {
    bench().round("rm a d/big", &[("a", Unlinked), ("d/big", Unlinked)]);
}

#[test]
fn rm_of_one_of_two_hard_links() {
    bench().round("rm d/b", &[("d/b", Unlinked)]);
}

#[test]
fn rm_of_a_tree() {
    bench().round("rm -rf d", &[("d", UnlinkedTree)]);
}

#[test]
fn rm_of_a_tree_kept_by_links_alone() {
    let bench = Bench::limited(|limits| limits.inline_tree_bytes = 0);
    bench.sh("mkdir -p d/e; for i in 1 2 3; do echo $i > d/$i; echo $i > d/e/$i; done; ln d/1 d/e/again; : > d/none");
    bench.round("rm -rf d", &[("d", UnlinkedTree)]);
}

#[test]
fn unlinked_links_and_special_files() {
    bench().round("rm d/link dangling d/pipe", &[("d/link", Unlinked), ("dangling", Unlinked), ("d/pipe", Unlinked)]);
}

#[test]
fn truncate_and_append_in_place() {
    bench().round("> a; echo more >> d/big", &[("a", Contents), ("d/big", Contents)]);
}

#[test]
fn in_place_write_to_a_file_with_two_names_keeps_both_names() {
    bench().round("echo changed > d/b", &[("d/b", Contents)]);
}

#[test]
fn sed_in_place() {
    bench().round("sed -i s/one/uno/ a", &[("a", Contents)]);
}

#[test]
fn sed_in_place_of_one_of_two_hard_links() {
    bench().round("sed -i s/two/due/ d/b", &[("d/b", Unlinked)]);
}

#[test]
fn mv_over_an_existing_file() {
    bench().round("mv -f d/b a", &[("d/b", Unlinked), ("a", Unlinked)]);
}

#[test]
fn mv_of_a_file_and_of_a_tree() {
    bench()
        .round("mv a new; mv d elsewhere", &[("a", Unlinked), ("new", Name), ("d", UnlinkedTree), ("elsewhere", Name)]);
}

#[test]
fn mv_of_a_large_file() {
    bench().round("mv d/big moved", &[("d/big", Unlinked), ("moved", Name)]);
}

#[test]
fn cp_creates_and_overwrites() {
    bench().round("cp -a d copy; cp d/b a", &[("copy", Name), ("a", Contents)]);
}

#[test]
fn cp_remove_destination() {
    bench().round("cp --remove-destination d/b a", &[("a", Unlinked)]);
}

#[test]
fn mkdir_and_files_below_it() {
    bench().round("mkdir -p x/y/z && echo 1 > x/y/f && ln -s f x/y/l && mkfifo x/p", &[("x/y/z", Name)]);
}

#[test]
fn chmod_chown_and_touch() {
    bench().round(
        "chmod -R go-rwx d; chmod 600 a; touch a d/b",
        &[("d", MetadataTree), ("a", Metadata), ("d/b", Metadata)],
    );
}

#[test]
fn dd_without_truncation_and_truncate() {
    bench().round(
        "printf XX | dd of=d/big bs=1 seek=100000 conv=notrunc; truncate -s 10 a",
        &[("d/big", Contents), ("a", Contents)],
    );
}

#[test]
fn tar_extracts_over_existing_files() {
    let bench = bench();
    bench.sh("tar cf t.tar a d/b d/e && echo other > a");
    bench.round(
        "tar xf t.tar; tar xf t.tar --one-top-level=new",
        &[("a", Unlinked), ("d", ContentsTree), ("new", Name)],
    );
}

#[test]
fn rmdir_of_an_empty_directory() {
    bench().round("rmdir d/e/empty", &[("d/e/empty", Unlinked)]);
}

#[test]
fn a_file_becomes_a_directory_and_a_directory_a_file() {
    bench().round("rm a; mkdir a; echo x > a/x; rm -rf d; echo d > d", &[("a", Unlinked), ("d", UnlinkedTree)]);
}

#[test]
fn a_link_becomes_a_file() {
    bench().round(
        "rm dangling; echo x > dangling; ln -sfn elsewhere d/link",
        &[("dangling", Unlinked), ("d/link", Unlinked)],
    );
}

#[test]
fn find_delete_and_new_names_in_a_tree() {
    bench().round(
        "find d -type f -delete; echo n > d/new; mkdir d/e/newdir; echo n > d/e/newdir/n",
        &[("d", ContentsTree)],
    );
}

#[test]
fn extended_attributes() {
    let bench = bench();
    let path = bench.path("a");
    if agentsh::sys::xattr::set(&path, "user.kept".as_ref(), b"1").is_err() {
        // No attributes on this file system: nothing to lose.
        return;
    }
    agentsh::sys::xattr::set(&bench.path("d"), "user.dir".as_ref(), b"2").expect("set");
    bench.round("cp --remove-destination d/b a; rm -rf d", &[("a", Unlinked), ("d", UnlinkedTree)]);
}

#[test]
fn more_files_than_descriptors() {
    let bench = Bench::new();
    bench.sh("mkdir d; for i in {1..3000}; do echo $i > d/$i; done");
    bench.round("rm -r d", &[("d", UnlinkedTree)]);
}
