#!/bin/bash
# Replays recorded calls of agents' shells with the real shell and with agentsh, and says what differs.
#
# usage: tests/compat/replay-agents.sh BIN FILE
#
# BIN is the directory of a built agentsh and agentshctl. FILE holds JSON Lines, one call each: `argv`, `env`, `stdin` (null,
# pipe, pty …), `inner` (the line the agent asked for, or null), `typed` (what is typed into the shell, in order). In the text
# __SHELL__ stands for the shell, __HOME__ and __PROJ__ for directories, other __NAMES__ for absent ones. Each call runs twice,
# in directories made anew: stdout, stderr, status and the files left behind must be the same, and `agentshctl check` must find
# `inner`. Lines that ask are run with rules that allow everything, so that both run them. Sleeps are cut short.
# Needs python3 and git. Exit status 0 when nothing differs.
set -euo pipefail

[ $# -eq 2 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2; exit 2; }
exec python3 - "$(realpath -- "$1")" "$(realpath -- "$2")" <<'PYTHON'
import json, os, pty, re, select, shutil, signal, subprocess, sys, tempfile, time

BIN, FILE = sys.argv[1:3]
ROOT = os.path.realpath(tempfile.mkdtemp(prefix="replay-"))
NAMES = os.path.join(ROOT, "names")
os.makedirs(NAMES)
for name in ("bash", "sh", "zsh", "agentsh"):
    shutil.copy(os.path.join(BIN, "agentsh"), os.path.join(NAMES, name))
PATH = "/usr/local/bin:/usr/bin:/bin"
ALLOW = '[[rule]]\nid = "replay"\nverdict = "allow"\neffect = { irreversible = true }\nwhy = "Both runs are to do the same."\n'


def real(name):
    name = name if name in ("sh", "zsh") else "bash"
    return shutil.which(name, path=PATH) or "/bin/bash"


class Place:
    """Directories for one run; the same paths for both, so that outputs can be compared."""

    def __init__(self):
        self.top = os.path.join(ROOT, "place")
        shutil.rmtree(self.top, ignore_errors=True)
        self.home, self.proj = self.top + "/home", self.top + "/proj"
        for folder in (".claude/shell-snapshots", ".codex/shell_snapshots"):
            os.makedirs(os.path.join(self.home, folder))
        os.makedirs(self.proj + "/sub")
        os.makedirs(self.top + "/config/agentsh/rules")
        with open(self.top + "/config/agentsh/rules/50-replay.toml", "w") as rules:
            rules.write(ALLOW)
        git = dict(GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_DATE="2026-01-01T00:00:00Z", GIT_COMMITTER_DATE="2026-01-01T00:00:00Z",
                   GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@b.invalid", GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@b.invalid",
                   PATH=PATH)
        script = "git init -qb main . && git init -q --bare ../origin && git remote add origin ../origin && echo 1 > a.txt && git add a.txt && git commit -qm first"
        subprocess.run(["sh", "-ec", script], cwd=self.proj, env=git, check=True)

    def text(self, text):
        text = text.replace("__HOME__", self.home).replace("__PROJ__", self.proj).replace("__SHELL__", NAMES + "/bash")
        text = re.sub(r"__(AGENTBIN|W|VSCODE)__", "/nonexistent", text)
        text = re.sub(r"\bsleep \d+", "sleep 0.2", text)
        return re.sub(r"time\.sleep\(\d+\)", "time.sleep(0.2)", text)

    def files(self):
        found = {}
        for folder, folders, names in os.walk(self.top):
            folders[:] = [name for name in folders if name not in ("state",)]
            for name in names:
                path = os.path.join(folder, name)
                # Git's own records hold times.
                if "/.git/" in path and name in ("index", "HEAD") or "/logs/" in path:
                    continue
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.top)] = file.read() if os.path.isfile(path) else b""
        return found


def marks(text):
    """Files outside the place that the wrapper itself writes."""
    return re.findall(r"/tmp/claude-[0-9a-f]{4}-cwd", text)


def run(row, program, argv0):
    place = Place()
    argv = [place.text(word) for word in row["argv"]]
    for file in re.findall(r"[^\s'\"=]*/\.(?:claude/shell-snapshots|codex/shell_snapshots)/[^\s'\";]+", " ".join(argv)):
        if "SNAPSHOT_FILE=" + file not in " ".join(argv):
            with open(file, "w") as snapshot:
                snapshot.write("export FROM_SNAPSHOT=1\n")
    folders = re.findall(r"(/tmp/gemini-shell-\w+)/", " ".join(argv))
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
    env = {name: place.text(value) for name, value in row["env"].items()}
    env.update(HOME=place.home, PATH=PATH, XDG_STATE_HOME=place.top + "/state", XDG_CONFIG_HOME=place.top + "/config",
               TERM="dumb", LC_ALL="C.UTF-8", GIT_CONFIG_SYSTEM="/dev/null", SHELL=NAMES + "/bash")
    argv[0] = argv0
    typed = row.get("typed")
    on_terminal = typed is not None or row.get("stdin") == "pty" or len(argv) == 1
    kwargs = dict(executable=program, cwd=place.proj, env=env, start_new_session=True)
    if on_terminal:
        master, slave = pty.openpty()
        child = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, **kwargs)
        os.close(slave)
        out, err = terminal(master, child, [place.text(line) for line in typed or []]), b""
    else:
        stdin = subprocess.DEVNULL if row.get("stdin") == "null" else subprocess.PIPE
        child = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
        try:
            out, err = child.communicate(b"" if stdin == subprocess.PIPE else None, timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
    time.sleep(0.05)
    files = place.files()
    for file in marks(" ".join(argv)):
        if os.path.exists(file):
            with open(file, "rb") as mark:
                files[file] = mark.read()
            os.remove(file)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    same = lambda data: normal(data, child.pid)
    return dict(status=child.returncode, out=same(out), err=same(err), files={name: same(data) for name, data in files.items()})


def terminal(master, child, lines):
    printed, waiting, since = b"", list(lines) + ["exit\n"], time.time()
    while True:
        ready, _, _ = select.select([master], [], [], 0.3)
        if ready:
            try:
                data = os.read(master, 65536)
            except OSError:
                data = b""
            if not data:
                break
            printed += data
        elif child.poll() is not None or time.time() - since > 30:
            break
        elif waiting:
            os.write(master, waiting.pop(0).encode())
    if child.poll() is None:
        try:
            child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    os.close(master)
    return printed


def normal(data, pid):
    """What differs from run to run by its nature: process ids, times, terminals."""
    text = data.decode("utf-8", "replace").replace(str(pid), "PID").replace(NAMES + "/", "/SHELLS/")
    text = re.sub(r"/(usr/)?bin/(bash|sh|zsh|dash)\b", r"/SHELLS/\2", text)
    text = re.sub(r"[^\r\n]*\r(?!\n)", "", text)
    text = re.sub(r"[\d.]+ [KMG]?i?B(ytes)?/s", "RATE", text)
    text = re.sub(r"/dev/pts/\d+", "/dev/pts/N", text)
    text = re.sub(r"\d{5,}", "N", text)
    return re.sub(r"\b\d{3,5} (?=\(|[RS]\b)|(?<=[\s\[])\d{3,5}(?=[\s\]:])", "N", text)


def line_of(argv):
    for at, word in enumerate(argv[1:], 1):
        if re.fullmatch(r"-[a-z]*c[a-z]*", word):
            rest = [other for other in argv[at + 1:] if not re.fullmatch(r"-[a-z]+", other)]
            return rest[0] if rest else None
    return argv[1] if len(argv) == 2 and " " in argv[1] else None


def inner_of(row):
    place = Place()
    argv = [place.text(word) for word in row["argv"]]
    line = line_of(argv)
    if line is None:
        return None, None, None
    os.remove(place.top + "/config/agentsh/rules/50-replay.toml")
    env = dict(HOME=place.home, PATH=PATH, XDG_STATE_HOME=place.top + "/state", XDG_CONFIG_HOME=place.top + "/config", LC_ALL="C.UTF-8")
    done = subprocess.run([BIN + "/agentshctl", "check", "--json", "--cwd", place.proj, "--", line], env=env, capture_output=True)
    report = json.loads(done.stdout)
    expected = row["inner"] if row["inner"] is None else place.text(row["inner"])
    return report.get("inner", line), expected, report["verdict"]


same = found = with_inner = asked_at_start = 0
rows = [json.loads(line) for line in open(FILE) if line.strip()]
for row in rows:
    name = os.path.basename(row["argv"][0].lstrip("-")).replace("__SHELL__", "bash")
    name = name if name in ("sh", "zsh") else "bash"
    dash = "-" if row["argv"][0].startswith("-") else ""
    prefix_form = len(row["argv"]) == 2 and " " in row["argv"][1]
    expected = run(row, real(name), dash + name)
    if prefix_form:
        # agentsh 'LINE' stands for agentsh -c 'LINE'; no other shell has this form.
        expected = run(dict(row, argv=[row["argv"][0], "-c", row["argv"][1]]), real(name), dash + name)
    shim = "agentsh" if prefix_form else name
    seen = run(row, os.path.join(NAMES, shim), dash + shim)
    differs = [key for key in expected if expected[key] != seen[key]]
    same += not differs
    if differs:
        print(f"DIFFERS {row['id']}: {', '.join(differs)}")
        for key in differs:
            print(f"    {key}: {str(expected[key])[-300:]!r}\n    now: {str(seen[key])[-300:]!r}")
    got, wanted, verdict = inner_of(row)
    if row["kind"].startswith("startup") and verdict not in (None, "allow"):
        asked_at_start += 1
        print(f"ASKED AT START {row['id']}")
    if wanted is not None and got is not None:
        with_inner += 1
        found += got == wanted
        if got != wanted:
            print(f"INNER {row['id']}: found {got!r}, recorded {wanted!r}")
shutil.rmtree(ROOT, ignore_errors=True)
print(f"{same} of {len(rows)} calls the same as the real shell; inner found in {found} of {with_inner}; {asked_at_start} start-up probes asked about")
sys.exit(0 if same == len(rows) and found == with_inner and not asked_at_start else 1)
PYTHON
