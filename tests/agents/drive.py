#!/usr/bin/env python3
"""Drives real agents, offline, and says for each whether its lines came through agentsh.

usage: tests/agents/drive.py BIN AGENTS [NAME...]

BIN is the directory of a built agentsh and agentshctl. AGENTS is where the agents are installed, for example by
    npm install --prefix AGENTS @anthropic-ai/claude-code @openai/codex @google/gemini-cli opencode-ai @github/copilot cline
    python3 -m venv AGENTS/aider && AGENTS/aider/bin/pip install aider-chat; the same for AGENTS/mini with mini-swe-agent mcp
NAME picks some of them. Each agent gets a home, a project with a remote, and model.py in place of its model service. A person
at a terminal of their own opens the session (`agentshctl run`), undoes and approves. The model asks for a line that reads, for
a deletion in the project, and for a push; the push is refused, approved and, in the same session, asked for once more.

Ways in: `guard` is `agentshctl run`; `shell` is `run --no-guard`, so that only the shell the agent is given judges; `setup` is
the agent started by itself after `agentshctl setup`. Not part of `cargo test`: it needs what is installed in AGENTS, and some
minutes. Exit status 0 when every agent that is installed did all four, each way.
"""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
BIN, AGENTS = (os.path.realpath(word) for word in sys.argv[1:3])
ONLY = sys.argv[3:]
ROOT = os.path.realpath(tempfile.mkdtemp(prefix="drive-"))
PREFIX = os.path.join(ROOT, "prefix")
# Seconds for one agent; a slow machine needs more.
PATIENCE = int(os.environ.get("PATIENCE", "180"))
# Where the agents' programs are, below AGENTS.
FOLDERS = ["node_modules/.bin", "bin", "aider/bin", "mini/bin"]
# What the model asks for. Codex refuses 'rm -f' by itself; aider takes up a file whose name it reads, before it runs the line.
ASKED = ["cat README*", "rm -r build", "git push origin main"]


def install():
    for folder in ("bin", "lib/agentsh"):
        os.makedirs(os.path.join(PREFIX, folder))
    for name in ("agentsh", "agentshctl"):
        shutil.copy(os.path.join(BIN, name), os.path.join(PREFIX, "bin", name))
    for name in ("bash", "sh"):
        shutil.copy(os.path.join(BIN, "agentsh"), os.path.join(PREFIX, "lib/agentsh", name))


class Machine:
    """A home and a project for one agent."""

    def __init__(self, name):
        self.top = os.path.join(ROOT, name)
        self.home, self.project = self.top + "/home", self.top + "/project"
        os.makedirs(self.home)
        os.makedirs(self.project + "/build")
        self.env = {
            "HOME": self.home, "PATH": ":".join([f"{AGENTS}/{folder}" for folder in FOLDERS] + [PREFIX + "/bin", os.environ["PATH"]]),
            "LANG": "C.UTF-8", "TERM": "xterm", "XDG_STATE_HOME": self.home + "/.local/state",
            "XDG_CONFIG_HOME": self.home + "/.config", "XDG_CACHE_HOME": self.home + "/.cache", "XDG_DATA_HOME": self.home + "/.local/share",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.invalid", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b.invalid",
            "NO_PROXY": "127.0.0.1", "IS_SANDBOX": "1",
        }
        script = ("git init -qb main . && git config user.name a && git config user.email a@b.invalid && git init -q --bare ../origin && git remote add origin ../origin && echo hello > README.md"
                  " && echo built > build/out && git add README.md && git commit -qm first")
        subprocess.run(["sh", "-ec", script], cwd=self.project, env=self.env, check=True)

    def person(self, command, more=None, answers=(), leave=None):
        """What a person types at a terminal that nothing of ours stands above; gives what was printed and the status. `answers`
        are pairs of an ending of what was printed and what is typed then; `leave` is one for when all has been seen. A question
        of agentsh's on this terminal is answered with no, and the next with yes."""
        master, slave = pty.openpty()
        words = ["setsid", "--fork", "--ctty", "sh", "-c", f"sleep 0.3; {command}\necho END=$?="]
        subprocess.run(words, stdin=slave, stdout=slave, stderr=slave, cwd=self.project, env={**self.env, **(more or {})}, check=True)
        os.close(slave)
        printed, answered, until = b"", 0, time.time() + PATIENCE
        replies = [b"n", b"y"]
        while time.time() < until:
            ready, _, _ = select.select([master], [], [], 0.5)
            if not ready:
                asked = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", printed[answered:]).rstrip(b" ")
                if leave and asked.endswith(leave[0]) and os.path.exists(self.top + "/seen"):
                    typed = leave[1]
                elif asked.endswith(b"view:") and b"Run it?" in asked and replies:
                    typed = replies.pop(0)
                    write(self.top + "/asked", "")
                else:
                    typed = next((text for ending, text in answers if asked.endswith(ending)), None)
                if typed is not None:
                    answered = len(printed)
                    os.write(master, typed)
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            printed += data
            if re.search(rb"END=\d+=", printed):
                break
        os.close(master)
        text = printed.decode("utf-8", "replace")
        found = re.search(r"END=(\d+)=", text)
        return text, int(found[1]) if found else None

    def control(self, *words):
        done = subprocess.run([PREFIX + "/bin/agentshctl", *words], cwd=self.project, env=self.env, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def pushed(self):
        done = subprocess.run(["git", "ls-remote", "--heads", "origin"], cwd=self.project, env=self.env, capture_output=True, text=True)
        return "refs/heads/main" in done.stdout


class Model:
    """The stand-in, with the lines it asks for."""

    def __init__(self, machine, *lines):
        self.file, self.log = machine.top + "/port", machine.top + "/told"
        if os.path.exists(self.file):
            os.remove(self.file)
        self.process = subprocess.Popen([sys.executable, HERE + "/model.py", self.file, *lines], stdout=open(self.log, "w"))
        until = time.time() + 20
        while not (os.path.exists(self.file) and open(self.file).read()) and time.time() < until:
            time.sleep(0.05)
        self.port = int(open(self.file).read())

    def told(self):
        return [json.loads(line) for line in open(self.log) if line.endswith("\n")]

    def end(self):
        self.process.kill()
        self.process.wait()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def claude(machine, port):
    env = {"ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}", "ANTHROPIC_API_KEY": "none", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
           "DISABLE_AUTOUPDATER": "1"}
    return "claude -p go --allowedTools Bash", env


def codex(machine, port):
    provider = f'{{name="stand-in",base_url="http://127.0.0.1:{port}/v1",wire_api="responses",env_key="NO_KEY"}}'
    write(machine.home + "/.codex/config.toml", f'model = "m"\nmodel_provider = "stand_in"\n[model_providers]\nstand_in = {provider}\n')
    command = "codex exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox --dangerously-bypass-hook-trust go"
    return command, {"NO_KEY": "none"}


def opencode(machine, port):
    file = machine.home + "/.config/opencode/opencode.json"
    settings = json.load(open(file)) if os.path.exists(file) else {}
    settings.update({
        "model": "stand/m", "small_model": "stand/m", "permission": {"bash": "allow"}, "autoupdate": False,
        "provider": {"stand": {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": f"http://127.0.0.1:{port}/v1", "apiKey": "none"},
                               "models": {"m": {"name": "m"}}}},
    })
    write(file, json.dumps(settings))
    return "opencode run go", {"OPENCODE_DISABLE_AUTOUPDATE": "1"}


def gemini(machine, port):
    file = machine.home + "/.gemini/settings.json"
    settings = json.load(open(file)) if os.path.exists(file) else {}
    settings["security"] = {"auth": {"selectedType": "gemini-api-key"}}
    write(file, json.dumps(settings))
    env = {"GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{port}", "GEMINI_API_KEY": "none", "GEMINI_TELEMETRY_ENABLED": "false"}
    return "gemini -p go --yolo --skip-trust -m gemini-2.5-flash", env


def copilot(machine, port):
    env = {"COPILOT_PROVIDER_BASE_URL": f"http://127.0.0.1:{port}/v1", "COPILOT_PROVIDER_API_KEY": "none", "COPILOT_MODEL": "m",
           "COPILOT_OFFLINE": "true", "COPILOT_AUTO_UPDATE": "false"}
    return "copilot -p go --allow-all-tools", env


def cline(machine, port):
    words = ["cline", "auth", "openai-compatible", "-k", "none", "-m", "m", "-b", f"http://127.0.0.1:{port}/v1"]
    subprocess.run(words, cwd=machine.project, env=machine.env, capture_output=True, timeout=PATIENCE)
    return "cline 'go on'", {"CLINE_NO_AUTO_UPDATE": "1"}


def aider(machine, port):
    flags = ("--model openai/m --edit-format diff --no-show-model-warnings --no-check-update --no-auto-commits --no-gitignore --map-tokens 0"
             " --analytics-disable --no-show-release-notes --no-pretty --no-stream --no-fancy-input")
    return "aider " + flags, {"OPENAI_API_BASE": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "none"}


# What the person types at aider, which asks before it runs anything.
aider.answers = [(b"[Yes]:", b"y\n"), (b"[No]:", b"y\n"), (b"diff>", b"go\n")]
aider.leave = (b"diff>", b"/exit\n")


def mini(machine, port):
    env = {"OPENAI_API_BASE": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "none", "MSWEA_CONFIGURED": "true",
           "MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return "mini -y --exit-immediately -m openai/m -t go", env


# Cline and mini-swe-agent start /bin/bash and /bin/sh by that path, Codex the shell of the passwd file.
WAYS = [
    ("claude-code", "claude", ["guard", "shell", "setup"], claude),
    ("codex", "codex", ["guard", "setup"], codex),
    ("gemini-cli", "gemini", ["guard", "shell", "setup"], gemini),
    ("opencode", "opencode", ["guard", "shell", "setup"], opencode),
    ("copilot-cli", "copilot", ["guard", "shell", "setup"], copilot),
    ("cline", "cline", ["guard", "setup"], cline),
    ("aider", "aider", ["guard", "shell", "setup"], aider),
    ("mini-swe-agent", "mini", ["guard"], mini),
]


def drive(agent, way, prepare):
    """What came of each line: read, deletion undone, push refused, push after the yes."""
    machine = Machine(f"{agent}-{way}")
    control = PREFIX + "/bin/agentshctl"
    if way == "setup":
        machine.person(f"{control} setup -y {agent}")
    session = {"guard": f"{control} run --session s1 --", "shell": f"{control} run --session s1 --no-guard --"}.get(way, "")

    model = Model(machine, *ASKED, "@" + ASKED[-1])
    command, more = prepare(machine, model.port)
    answers, leave = getattr(prepare, "answers", ()), getattr(prepare, "leave", None)
    script = f"{session} {command}" if answers else f"{session} {command} </dev/null"
    typed = threading.Thread(target=lambda: write(machine.top + "/printed", machine.person(script, more, answers, leave)[0]))
    typed.start()
    until = time.time() + PATIENCE
    while len(model.told()) < len(ASKED) and typed.is_alive() and time.time() < until:
        time.sleep(0.2)
    told = {row["line"]: row["result"] for row in model.told()}
    seen = {"read": "hello" in told.get(ASKED[0], ""), "undone": False, "approved": False}
    gone = not os.path.exists(machine.project + "/build")
    steps = [row for row in machine.control("log", "--json", "--all") if row["line"] == ASKED[1]]
    if steps:
        machine.person(f"{control} undo --yes {steps[0]['step']}")
        seen["undone"] = gone and os.path.exists(machine.project + "/build/out")
    requests = [row for row in machine.control("pending", "--json") if row["line"] == ASKED[2]]
    # Where the hook stands on the person's terminal, the question is put there and not left behind.
    asked = len(requests) == 1 or os.path.exists(machine.top + "/asked")
    seen["refused"] = ASKED[2] in told and not machine.pushed() and asked
    for row in requests:
        machine.person(f"{control} approve -y {row['id']}")
    write(model.file + ".go", "")
    until = time.time() + PATIENCE
    while len(model.told()) < len(ASKED) + 1 and typed.is_alive() and time.time() < until:
        time.sleep(0.2)
    seen["approved"] = seen["refused"] and machine.pushed()
    # What still talks with it ends.
    write(machine.top + "/seen", "")
    if leave:
        typed.join(30)
    model.end()
    typed.join(20)
    return seen


def end_what_is_left():
    """Ends daemons that agents leave behind, each by its id: those started with our directories."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                ours = f"HOME={ROOT}/".encode() in file.read()
            if ours:
                os.kill(int(pid), signal.SIGTERM)
        except OSError:
            pass


def main():
    install()
    whole = True
    print(f"{'agent':<16}{'way in':<10}{'reads':<10}{'undone':<10}{'refused':<10}{'approved'}")
    for agent, program, ways, prepare in WAYS:
        if ONLY and agent not in ONLY:
            continue
        if not any(os.path.exists(f"{AGENTS}/{folder}/{program}") for folder in FOLDERS):
            print(f"{agent:<16}not installed")
            continue
        for way in ways:
            seen = drive(agent, way, prepare)
            whole &= all(seen.values())
            told = "".join(f"{'yes' if seen[key] else 'NO':<10}" for key in ("read", "undone", "refused", "approved"))
            print(f"{agent:<16}{way:<10}{told}", flush=True)
    end_what_is_left()
    if whole and not os.environ.get("KEEP"):
        shutil.rmtree(ROOT, ignore_errors=True)
    else:
        print(f"what was printed is in {ROOT}")
    return 0 if whole else 1


sys.exit(main())
