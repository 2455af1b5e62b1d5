//! Open, closed and inherited descriptors.

use crate::support::probe::{check, line, probe};

#[test]
fn inherited_ones_are_kept_and_none_is_added() {
    let list = "for fd in /proc/$$/fd/*; do echo \"${fd##*/} $(readlink $fd | sed 's/[0-9]\\{4,\\}/N/')\"; done";
    check([
        line(list),
        line(list).before("exec 3< /dev/zero 57> /dev/null 200<> /dev/full"),
        line("read -u 57 x; echo $x; cat <&200").before("exec 57<<< three 200<<< four"),
        line("echo to five >&5").before("exec 5>&1"),
        probe(["script"]).file("script", list).before("exec 9< /dev/null"),
    ]);
}

#[test]
fn closed_ones_stay_closed() {
    let list = "for fd in 0 1 2; do test -e /proc/$$/fd/$fd && echo $fd; done >&9";
    let closings = ["exec 9>&1 <&-", "exec 9>&1 >&-", "exec 9>&1 2>&-", "exec 9>&1 <&- >&- 2>&-", "exec 9>&1 >&- 2>&-"];
    check(closings.into_iter().flat_map(|closing| {
        [
            line(list).before(closing),
            line("echo out; echo $? >&9; read x; echo $? >&9; cat; echo $? >&9; no_such_command_here").before(closing),
            line("exec 3< /etc/passwd; readlink /proc/$$/fd/0 /proc/$$/fd/3 >&9").before(closing),
            probe(["script"]).file("script", "echo out; echo end >&9").before(closing),
        ]
    }));
}

#[test]
fn a_script_on_a_closed_input() {
    check([
        probe(Vec::<&str>::new()).before("exec <&-"),
        probe(["-s"]).before("exec <&-"),
        probe(["/dev/fd/7"]),
        probe(["-i"]).before("exec <&-"),
    ]);
}

#[test]
fn full_and_broken_outputs() {
    check([
        line("echo x > /dev/full; echo $?"),
        line("yes | head -n 1; echo ${PIPESTATUS[@]}"),
        line("echo x; echo $? >&2").before("exec > /dev/full"),
        line("set -o pipefail; yes | head -n 2; echo $?"),
    ]);
}
