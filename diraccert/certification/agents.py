"""One cycle of an agent, now, and never beside a live copy of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from diraccert.certification import stretch
from diraccert.certification.loglines import parse
from diraccert.certification.product import CommandResult, ProductError, shorten
from diraccert.certification.recorder import Recorder
from diraccert.instances.host import Host
from diraccert.model.errors import InfrastructureError

LOCK_BUSY = 75
AGENT_LIVE = 76

#: What DIRAC's AgentModule writes when a cycle failed although the process ends with 0.
CYCLE_ERRORS = ("Cycle had an error:", "Agent exception while calling method")

# As in production, the agent works in its runit folder, which it may write to; and its output also goes to its runit
# log, so that log excerpts and the log gate see it. The log belongs to whoever supervises, so it is written as root.
SCRIPT = f"""
set -u
agent=$1 wait=$2; shift 2
folder=/opt/dirac/runit/$agent
exec 9>"/tmp/dirac-cert-$(echo "$agent" | tr / _).lock"
flock -w "$wait" 9 || exit {LOCK_BUSY}
case "$(cat "$folder/supervise/stat" 2>/dev/null)" in run*) exit {AGENT_LIVE};; esac
runuser -u dirac -- mkdir -p "$folder/log"
cd "$folder"
runuser -u dirac -- bash -c '. /opt/dirac/bashrc; exec dirac-agent "$@" 2>&1' cycle "$agent" "$@" 9>&- |
    tee -a log/current
exit "${{PIPESTATUS[0]}}"
"""


def cycle_error(done: CommandResult) -> str:
    """Why the agent's cycle failed, with the exception that it died of if it did; "" when it did not fail."""
    for record in parse("", done.out.splitlines()):
        if sign := next((sign for sign in CYCLE_ERRORS if sign in record.text), ""):
            return f"{sign} {record.raised}" if record.raised else record.lines[0].strip()
    if done.rc != 0:
        lines = [line for line in done.out.splitlines() if "ERROR" in line] or done.text.splitlines()
        return f"exit code {done.rc}: {lines[-1].strip() if lines else 'no output'}"
    return ""


@dataclass(frozen=True)
class Cycle:
    """``cycle("System/Agent", PollingTime=30)``; see ``__call__``."""

    server: Host
    recorder: Recorder

    def __call__(self, agent: str, *, check: bool = True, limit: float = 60.0, **options: object) -> CommandResult:
        """Run one cycle of ``agent`` on the server and answer its log.

        ``options`` are the agent's own for this cycle. Two scenarios that ask for the same agent take turns.
        Raises ProductError when the agent does not start or its cycle fails (unless ``check`` is false), and
        InfrastructureError when the topology runs the agent live. ``limit`` is of an idle machine, for the turn as for
        the cycle.
        """
        limit = stretch.seconds(limit)
        words = [agent, "-o", "MaxCycles=1"]
        for name, value in options.items():
            words += ["-o", f"{name}={value}"]
        with self.recorder.step(f"cycle of {agent} {shlex.join(words[3:])}".strip()) as note:
            answer = self.server.run(
                ["bash", "-c", SCRIPT, "cycle", agent, f"{limit:.0f}", *words[1:]], limit=2 * limit
            )
            done = CommandResult(("dirac-agent", *words), answer.rc, answer.out, answer.err, answer.seconds)
            if done.rc == AGENT_LIVE:
                raise InfrastructureError(f"{agent} runs live in this topology", "use wait_for instead of cycle")
            if done.rc == LOCK_BUSY:
                raise ProductError(f"another cycle of {agent} did not end within {limit:g} s")
            error = cycle_error(done)
            note.ok, note.detail = not error, error or f"{len(done.out.splitlines())} lines of log"
            if error and check:
                raise ProductError(f"{agent}: {shorten(error)}", done)
        return done
