#!/usr/bin/env python3
"""Replays recorded calls of agents' shells with the real shell and with agentsh, and says what differs.

usage: tests/compat/replay-agents.py BIN FILE [ROUNDS]

BIN is the directory of a built agentsh and agentshctl. FILE holds JSON Lines, one call each: `argv`, `env`, `kind`, `inner` (the
line the agent asked for, or null), `typed` (what is typed into the shell, in order), and how it was started: `stdin` (null,
pipe, pty), `stdout` and `stderr` (fifo, sock, file, tty, chr), `setsid`, `newpgrp`, `ctty` (none, human, agent-pty), `sigign`,
`extra_fds`. In the text __SHELL__ stands for the shell, __HOME__ and __PROJ__ for directories, other __NAMES__ for absent ones.

Each call runs twice, in directories made anew at the same paths: stdout, stderr, status or signal and the files left behind must be
the same. `agentshctl check` must find `inner`, and what the call leaves in the journal must be that line. Where rules ask, the
person's rules here allow it, so that both run it; git reaches nothing but directories, and sleeps are cut short. What agents run
at their start (kind startup-…) must not be asked about with the shipped rules; each is timed ROUNDS times (15).
Needs python3 and git. Exit status 0 when nothing differs and no start took 20 ms longer than with the real shell.
"""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

if len(sys.argv) < 3:
    sys.exit(__doc__)
BIN, FILE = (os.path.realpath(word) for word in sys.argv[1:3])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 15
ROOT = os.path.realpath(tempfile.mkdtemp(prefix="replay-"))
NAMES = os.path.join(ROOT, "names")
PATH = "/usr/local/bin:/usr/bin:/bin"
ALLOW = '[[rule]]\nid = "replay"\nverdict = "allow"\neffect = { irreversible = true }\nwhy = "Both runs are to do the same."\n'
PATIENCE = 30.0
LIMIT = 0.020


def real(name):
    return shutil.which(name, path=PATH) or "/bin/bash"


class Place:
    """Directories for one run; the same paths for both, so that outputs can be compared."""

    def __init__(self, rules=ALLOW):
        self.top = os.path.join(ROOT, "place")
        shutil.rmtree(self.top, ignore_errors=True)
        self.home, self.proj = self.top + "/home", self.top + "/proj"
        for folder in (".claude/shell-snapshots", ".codex/shell_snapshots"):
            os.makedirs(os.path.join(self.home, folder))
        os.makedirs(self.proj + "/sub")
        os.makedirs(self.top + "/config/agentsh/rules")
        if rules:
            with open(self.top + "/config/agentsh/rules/50-replay.toml", "w") as file:
                file.write(rules)
        self.git = dict(
            GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_ALLOW_PROTOCOL="file",
            GIT_AUTHOR_DATE="2026-01-01T00:00:00Z", GIT_COMMITTER_DATE="2026-01-01T00:00:00Z", GIT_AUTHOR_NAME="a",
            GIT_AUTHOR_EMAIL="a@b.invalid", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b.invalid")
        script = ("git init -qb main . && git init -q --bare ../origin && git remote add origin ../origin && echo 1 > a.txt"
                  " && git add a.txt && git commit -qm first")
        subprocess.run(["sh", "-ec", script], cwd=self.proj, env={**self.git, "PATH": PATH, "HOME": self.home}, check=True)

    def text(self, text):
        text = text.replace("__HOME__", self.home).replace("__PROJ__", self.proj).replace("__SHELL__", NAMES + "/bash")
        text = re.sub(r"__(AGENTBIN|W|VSCODE)__", "/nonexistent", text)
        text = re.sub(r"\bsleep \d+", "sleep 0.2", text)
        return re.sub(r"time\.sleep\(\d+\)", "time.sleep(0.2)", text)

    def env(self, given=None):
        own = dict(HOME=self.home, PATH=PATH, XDG_STATE_HOME=self.top + "/state", XDG_CONFIG_HOME=self.top + "/config", TERM="dumb",
                   LC_ALL="C.UTF-8", SHELL=NAMES + "/bash")
        return {**{name: self.text(value) for name, value in (given or {}).items()}, **self.git, **own}

    def files(self):
        found = {}
        for folder, folders, names in os.walk(self.top):
            folders[:] = [name for name in folders if os.path.join(folder, name) != self.top + "/state"]
            for name in names + folders:
                path = os.path.join(folder, name)
                # Git's own records hold times.
                if "/.git/" in path and name == "index" or "/logs/" in path:
                    continue
                mode = os.lstat(path).st_mode
                data = b"-> " + os.readlink(path).encode() if os.path.islink(path) else b""
                if os.path.isfile(path) and not data:
                    with open(path, "rb") as file:
                        data = file.read()
                found[os.path.relpath(path, self.top)] = f"{mode:o} ".encode() + data
        return found


class Started:
    """A call on its way: its streams are what was recorded, and what it prints is collected."""

    def __init__(self, row, program, argv, place):
        self.typed = row.get("typed")
        on_terminal = "pty" in (row.get("stdin"), self.typed and "pty") or row.get("stdout") == "tty" or row.get("ctty") == "agent-pty"
        self.master, self.slave = pty.openpty() if on_terminal or row.get("ctty") == "human" else (None, None)
        self.readers, self.file, close = {}, None, []
        wanted = {0: row.get("stdin"), 1: row.get("stdout"), 2: row.get("stderr")}
        if self.typed:
            wanted = {0: "pty", 1: "tty", 2: "tty"}
        ends = {number: self.end(number, kind, close) for number, kind in wanted.items()}
        status_read, status_write = os.pipe()
        began = time.monotonic()
        self.keeper = os.fork()
        if self.keeper == 0:
            self.keep(row, program, argv, place, ends, status_write)
        for number in {*close, status_write}:
            os.close(number)
        with os.fdopen(status_read) as status:
            self.out, self.err = self.collect(place, status.fileno(), began)
            text = status.read().split()
        os.waitpid(self.keeper, 0)
        self.pid, self.status, self.took = int(text[0]), int(text[1]), float(text[2])
        if self.file:
            with open(self.file.name, "rb") as file:
                self.out += file.read()
            os.remove(self.file.name)
        for number in {self.master, self.slave} - {None}:
            os.close(number)

    def end(self, number, kind, close):
        """The command's end of one of its streams."""
        if kind in ("pty", "tty"):
            return self.slave
        if kind in ("null", "chr", None):
            close.append(os.open("/dev/null", os.O_RDWR))
            return close[-1]
        if kind == "file":
            # One file for both, to which everything is appended.
            if not self.file:
                self.file = open(os.path.join(ROOT, "printed"), "wb")
            close.append(os.open(self.file.name, os.O_WRONLY | os.O_APPEND))
            return close[-1]
        if number == 0 and kind in ("pipe", "fifo"):
            # Nothing comes.
            ours = os.pipe()
            os.close(ours[1])
            close.append(ours[0])
            return ours[0]
        if kind == "sock":
            near, far = (end.detach() for end in socket.socketpair())
        else:
            near, far = os.pipe()
        self.readers[near] = number
        close.append(far)
        return far

    def keep(self, row, program, argv, place, ends, status):
        """The process above the call: the leader of a session where the call gets none of its own. Does not return."""
        os.setsid()
        if row.get("ctty") == "human":
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            for number in row.get("sigign") or []:
                signal.signal(number, signal.SIG_IGN)
            if row.get("setsid"):
                os.setsid()
                if row.get("ctty") == "agent-pty" or self.typed:
                    fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            elif row.get("newpgrp"):
                os.setpgid(0, 0)
            # Away from the numbers they are to have.
            spare = {number: fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 40) for number, end in ends.items()}
            for number, end in spare.items():
                os.dup2(end, number)
            for number in row.get("extra_fds") or []:
                os.dup2(os.open("/dev/null", os.O_RDWR), int(number))
            os.chdir(place.proj)
            try:
                os.execve(program, argv, place.env(row["env"]))
            finally:
                os._exit(127)
        _, ended = os.waitpid(child, 0)
        code = -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)
        os.write(status, f"{child} {code} {time.monotonic() - began}".encode())
        # What it left running writes on; who held the terminal gives it back only at the end.
        os._exit(0)

    def collect(self, place, status, began):
        printed = {1: b"", 2: b""}
        lines = [place.text(line).encode() for line in self.typed or []]
        interactive = self.typed is not None or self.master is not None and not self.readers and not self.file
        lines += [b"exit\n"] if interactive else []
        watched = set(self.readers) | {status} | ({self.master} if self.master is not None else set())
        quiet, ended = 0, False
        while time.monotonic() - began < PATIENCE:
            ready, _, _ = select.select(list(watched), [], [], 0.1)
            if status in ready:
                # It has ended, and all it wrote by itself is there.
                watched.discard(status)
                ended, began = True, time.monotonic() - PATIENCE + 1.0
            for number in set(ready) - {status}:
                try:
                    data = os.read(number, 65536)
                except OSError:
                    data = b""
                if not data:
                    watched.discard(number)
                elif number == self.master:
                    printed[1] += data
                else:
                    printed[self.readers[number]] += data
            quiet = quiet + 1 if not ready else 0
            if ended and (not ready or not watched - {self.master}):
                break
            if quiet >= 4 and not ended and lines:
                os.write(self.master, lines.pop(0))
                quiet = 0
        for number in self.readers:
            os.close(number)
        return printed[1], printed[2]


def run(row, program, argv0, rules=ALLOW):
    place = Place(rules)
    argv = [place.text(word) for word in row["argv"]]
    joined = " ".join(argv)
    for file in re.findall(r"[^\s'\"=]*/\.(?:claude/shell-snapshots|codex/shell_snapshots)/[^\s'\";]+", joined):
        if "SNAPSHOT_FILE=" + file not in joined:
            with open(file, "w") as snapshot:
                snapshot.write("export FROM_SNAPSHOT=1\n")
    folders = re.findall(r"(/tmp/gemini-shell-\w+)/", joined)
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    argv[0] = argv0
    done = Started(row, program, argv, place)
    files = place.files()
    # Files outside the place that the wrapper itself writes.
    for file in re.findall(r"/tmp/claude-[0-9a-f]{4}-cwd", joined):
        if os.path.exists(file):
            with open(file, "rb") as mark:
                files[file] = mark.read()
            os.remove(file)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    same = lambda data: normal(data, done.pid)
    seen = dict(status=done.status, out=same(done.out), err=same(done.err), files={name: same(data) for name, data in files.items()})
    return seen, done.took, place


def normal(data, pid):
    """What differs from run to run by its nature: process ids, times, terminals."""
    text = re.sub(rf"\b{pid}\b", "PID", data.decode("utf-8", "replace")).replace(NAMES + "/", "/SHELLS/")
    # Of proc_pid_stat(5) the ids are the caller's to rely on; what follows counts faults and ticks.
    text = re.sub(r"(\(\w+\) [RS](?: -?\w+){5}) [-\d ]+", r"\1", text)
    text = re.sub(r"/(usr/)?bin/(bash|sh|zsh|dash)\b", r"/SHELLS/\2", text)
    text = re.sub(r"[^\r\n]*\r(?!\n)", "", text)
    text = re.sub(r"[\d.]+ [KMG]?i?B(ytes)?/s", "RATE", text)
    text = re.sub(r"/dev/pts/\d+", "/dev/pts/N", text)
    text = re.sub(r"(socket|pipe):\[\d+\]", r"\1:[N]", text)
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "TIME", text)
    text = re.sub(r"\d{5,}", "N", text)
    return re.sub(r"\b\d{3,5} (?=\(|[RS]\b)|(?<=[\s\[])\d{3,5}(?=[\s\]:])", "N", text)


def line_of(argv):
    for at, word in enumerate(argv[1:], 1):
        if re.fullmatch(r"-[a-z]*c[a-z]*", word):
            rest = [other for other in argv[at + 1:] if not re.fullmatch(r"-[a-z]+", other)]
            return rest[0] if rest else None
    return argv[1] if len(argv) == 2 and " " in argv[1] else None


def control(place, *words):
    done = subprocess.run([BIN + "/agentshctl", *words], env=place.env(), cwd=place.proj, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def judged(row):
    """The line found inside, the one recorded, and the verdict of the shipped rules."""
    place = Place(rules=None)
    line = line_of([place.text(word) for word in row["argv"]])
    if line is None:
        return None, None, None
    report = control(place, "check", "--json", "--cwd", place.proj, "--", line)[0]
    expected = row["inner"] if row["inner"] is None else place.text(row["inner"])
    return report.get("inner", line), expected, report["verdict"]


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    os.makedirs(NAMES)
    for name in ("bash", "sh", "zsh", "agentsh"):
        shutil.copy(os.path.join(BIN, "agentsh"), os.path.join(NAMES, name))
    rows = [json.loads(line) for line in open(FILE) if line.strip()]
    same = found = with_inner = journalled = in_journal = asked = slow = 0
    starts = []
    for row in rows:
        name = os.path.basename(row["argv"][0].lstrip("-")).replace("__SHELL__", "bash")
        name = name if name in ("sh", "zsh") else "bash"
        dash = "-" if row["argv"][0].startswith("-") else ""
        prefix_form = len(row["argv"]) == 2 and " " in row["argv"][1]
        # agentsh 'LINE' stands for agentsh -c 'LINE'; no other shell has this form.
        plain = dict(row, argv=[row["argv"][0], "-c", row["argv"][1]]) if prefix_form else row
        shim = "agentsh" if prefix_form else name
        expected, _, _ = run(plain, real(name), dash + name)
        seen, _, place = run(row, os.path.join(NAMES, shim), dash + shim)
        lines = [step["line"] for step in control(place, "log", "--json", "--all")]
        differs = [key for key in expected if expected[key] != seen[key]]
        same += not differs
        if differs:
            print(f"DIFFERS {row['id']}: {', '.join(differs)}")
            for key in differs:
                one, other = expected[key], seen[key]
                if key == "files":
                    names = [name for name in {*one, *other} if one.get(name) != other.get(name)]
                    one, other = ({name: side.get(name) for name in names} for side in (one, other))
                print(f"    {key}: {str(one)[-300:]!r}\n    now: {str(other)[-300:]!r}")
        got, wanted, verdict = judged(row)
        if wanted is not None and got is not None:
            with_inner += 1
            # A hook may have put assignments in front.
            wanted = got if re.sub(r"^(\w+=[\w-]+ )+", "", got) == wanted else wanted
            found += got == wanted
            if got != wanted:
                print(f"INNER {row['id']}: found {got!r}, recorded {wanted!r}")
            if lines:
                in_journal += 1
                journalled += wanted in lines
                if wanted not in lines:
                    print(f"JOURNAL {row['id']}: {lines!r}, recorded {wanted!r}")
        if row["kind"].startswith("startup"):
            if verdict not in (None, "allow"):
                asked += 1
                print(f"ASKED AT START {row['id']}")
            times = {"real": [], "ours": []}
            for _ in range(ROUNDS):
                times["real"].append(run(plain, real(name), dash + name, None)[1])
                times["ours"].append(run(row, os.path.join(NAMES, shim), dash + shim, None)[1])
            starts.append((row["id"], times))
    print(f"\n{'start-up of':<32}{'real p50':>10}{'ours p50':>10}{'ours max':>10}{'added p50':>11}   ms")
    for name, times in starts:
        figures = [median(times["real"]), median(times["ours"]), max(times["ours"]), median(times["ours"]) - median(times["real"])]
        slow += figures[3] >= LIMIT
        print(f"{name:<32}" + "".join(f"{figure * 1000:>{width}.1f}" for figure, width in zip(figures, (10, 10, 10, 11))))
    shutil.rmtree(ROOT, ignore_errors=True)
    print(f"\n{same} of {len(rows)} calls the same as the real shell; inner found in {found} of {with_inner}, in the journal in"
          f" {journalled} of {in_journal}; {asked} start-ups asked about, {slow} slow")
    return 0 if (same, found, journalled, asked, slow) == (len(rows), with_inner, in_journal, 0, 0) else 1


sys.exit(main())
