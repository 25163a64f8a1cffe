"""A real JobAgent with a pilot's proxy, as a pilot starts it on a worker node, for the jobs of one scenario.

Kept apart by the Matcher's own rule of tags (Administrator guide, Computing Elements, RequiredTag): a job with a
tag goes only to a resource that offers the tag, and a resource that requires a tag takes only jobs that have it.
The scenario's token is that tag, so that neither a pilot nor the JobAgent of another scenario takes its jobs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from diraccert.certification import stretch
from diraccert.certification.loglines import parse
from diraccert.certification.product import CommandResult, ProductError, shorten
from diraccert.certification.recorder import Recorder
from diraccert.certification.user import Interpreter
from diraccert.instances.host import Host

PILOT_ACCOUNT = "pilot"
PILOT_OWNER = "pilotman"
AGENT = "WorkloadManagement/JobAgent"
SITE = "DIRAC.Cert.org"

CONFIGURATION = """
DIRAC
{{
  Security
  {{
    UseServerCertificate = no
  }}
}}
LocalSite
{{
  Site = {site}
  GridCE = {ce}
  CEQueue = cert
  LocalCE = {inner}
  InstancePath = {folder}
  PilotReference = cert://{ce}/{token}
  CPUNormalizationFactor = 10
  CPUTime = 100000
  CPUTimeLeft = 100000
}}
AgentJobRequirements
{{
  Tag = {tags}
  RequiredTag = {token}
}}
"""

#: What DIRAC's AgentModule logs of an exception that left a cycle.
EXCEPTION = "exception while calling method"
#: Seconds after it in which the agent may still write.
LAST_WORDS = 5.0

#: Each JobAgent has a log of its own in the folder of its scenario, HOME/TOKEN/agent.PID.log.
HOME = f"/home/{PILOT_ACCOUNT}"
LOG_NAMES = "agent.*.log"

# After an exception the agent may never end, as threads of its computing element wait for jobs: so it is ended.
SCRIPT = f"""
cd "$1" || exit 1; shift
. /opt/dirac/bashrc
export X509_USER_PROXY=$PWD/proxy.pem
log=agent.$$.log
: >$log
dirac-agent {AGENT} --cfg pilot.cfg "$@" > >(exec tee -a $log) 2>&1 &
agent=$!
(
    tail -n +1 -f --pid=$agent $log | grep -qm1 "{EXCEPTION}" && sleep {LAST_WORDS:g} && kill -KILL $agent
) >/dev/null 2>&1 &
wait $agent
"""


def exception_in(log: str) -> str:
    """The exception that left a cycle of the agent, as ``KeyError: '12'``; "" when none did."""
    for record in parse(AGENT, log.splitlines()):
        if EXCEPTION in record.text:
            return record.raised or record.text.strip()
    return ""


@dataclass(frozen=True)
class JobAgent:
    """``job_agent()`` of a scenario; its jobs must carry ``job_agent.tag`` (``Tags = {"..."};`` in the JDL)."""

    worker: Host
    interpreter: Interpreter
    recorder: Recorder
    token: str

    @property
    def tag(self) -> str:
        """The tag that the jobs of this scenario must have."""
        return self.token

    def __call__(
        self, jobs: int = 1, *, tags: Sequence[str] = (), site: str = SITE, inner: str = "InProcess",
        group: str = "dteam_pilot", limit: float = 90.0, **options: object,
    ) -> CommandResult:  # fmt: skip
        """Match and run up to ``jobs`` jobs of this scenario, one after another; answers the JobAgent's log.

        ``tags`` are offered beside the scenario's own, ``inner`` is the inner computing element (Pool/InProcess
        runs jobs side by side), ``options`` are the agent's. Raises ProductError when the agent fails.
        """
        with self.running(jobs, tags=tags, site=site, inner=inner, group=group, limit=limit, **options) as agent:
            return agent.result()

    @contextmanager
    def running(
        self, jobs: int = 1, *, tags: Sequence[str] = (), site: str = SITE, inner: str = "InProcess",
        group: str = "dteam_pilot", limit: float = 90.0, **options: object,
    ) -> Iterator[Future[CommandResult]]:  # fmt: skip
        """The same JobAgent beside what the scenario does inside; waits for its end, and raises as a call does."""
        folder = f"{HOME}/{self.token}"
        with self.recorder.step(f"{AGENT} for {jobs} job(s) with tag {self.token}") as note:
            self._prepare(folder, tags, site, inner, group)
            settings = {
                "MaxCycles": jobs, "PollingTime": 10, "SubmissionDelay": 0, "StopAfterFailedMatches": 0,
                "StopOnApplicationFailure": "False", "CEType": inner.partition("/")[0], **options,
            }  # fmt: skip
            words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
            with ThreadPoolExecutor(1) as beside:
                agent = beside.submit(self._run, folder, words, limit)
                yield agent
                note.detail = shorten(agent.result().out[-300:])

    def _run(self, folder: str, words: Sequence[str], limit: float) -> CommandResult:
        start = ["bash", "-c", SCRIPT, "pilot", folder, *words]
        answer = self.worker.run(start, user=PILOT_ACCOUNT, limit=stretch.seconds(limit))
        if died := exception_in(answer.out):
            raise ProductError(f"the JobAgent dies of {died}", answer)
        if answer.rc != 0:
            raise ProductError(f"JobAgent exited with {answer.rc}: {shorten(answer.out[-600:])}", answer)
        argv = ("dirac-agent", AGENT, *words)
        return CommandResult(argv, 0, answer.out, answer.err, answer.seconds)

    def _prepare(self, folder: str, tags: Sequence[str], site: str, inner: str, group: str) -> None:
        proxy = self.interpreter.session(PILOT_OWNER, group)
        content = self.interpreter.request(
            {"op": "read", "path": proxy, "account": PILOT_OWNER, "folder": "", "env": {}}, 30.0
        )
        self.worker.run(["install", "-d", "-o", PILOT_ACCOUNT, "-g", PILOT_ACCOUNT, folder])
        text = CONFIGURATION.format(
            site=site,
            ce=f"ce-{self.token}",
            token=self.token,
            folder=folder,
            inner=inner,
            tags=", ".join((self.token, *tags)),
        )
        self.worker.put(f"{folder}/pilot.cfg", text.encode(), 0o644, PILOT_ACCOUNT)
        self.worker.put(f"{folder}/proxy.pem", content["value"], 0o600, PILOT_ACCOUNT)
