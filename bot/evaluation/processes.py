"""Measured work in a process of its own, so that its memory and its time are only its own."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import STDOUT, CalledProcessError, run
from typing import Any

from faq.errors import FaqError
from faq.settings import ROOT

Job = Mapping[str, Any]
Result = dict[str, Any]
Work = Callable[[Job], Result]


class EvaluationError(FaqError):
    """A part of the evaluation could not be done."""


@dataclass(frozen=True)
class Bench:
    """Where and how the measured processes run.

    Attributes:
        folder: Working files and logs of the processes.
        threads: Threads that numeric libraries may use in each process.
        paths: Folders that are importable beside the project.
    """

    folder: Path
    threads: int
    paths: tuple[Path, ...] = ()


def run_job(module: str, job: Job, bench: Bench) -> Result:
    """Run one job in a fresh process and give its result with ``peak_mb``.

    Args:
        module: Module whose main block calls :func:`serve`.
        job: What to do; ``kind`` names the work. Must have a JSON form.
        bench: Where the process runs.

    Raises:
        EvaluationError: The process failed; the text names its log.
    """
    bench.folder.mkdir(parents=True, exist_ok=True)
    paths = [bench.folder / f"{job['kind']}.{end}" for end in ("job.json", "result.json", "log")]
    asked, answered, log = paths
    asked.write_text(json.dumps(job, ensure_ascii=False), "utf-8")
    command = [*_environment(bench), sys.executable, "-m", module, str(asked), str(answered)]
    try:
        with log.open("wb") as sink:
            run(command, cwd=ROOT, stdout=sink, stderr=STDOUT, check=True)
    except CalledProcessError as error:
        raise EvaluationError(f"{module} failed at {job['kind']}: see {log}") from error
    result: Result = json.loads(answered.read_text("utf-8"))
    return result


def _environment(bench: Bench) -> list[str]:
    """Give the ``env`` prefix: thread limits, no telemetry, and no Rasa cache that would spoil training times."""
    names = (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "TF_INTRA_OP_PARALLELISM_THREADS",
        "TF_INTER_OP_PARALLELISM_THREADS",
    )
    paths = os.pathsep.join(str(path) for path in (ROOT, *bench.paths))
    values = [f"{name}={bench.threads}" for name in names]
    values += ["RASA_TELEMETRY_ENABLED=false", "TF_CPP_MIN_LOG_LEVEL=2", "PYTHONWARNINGS=ignore"]
    return ["env", *values, f"PYTHONPATH={paths}", f"RASA_CACHE_DIRECTORY={bench.folder / 'rasa-cache'}"]


def serve(kinds: Mapping[str, Work], arguments: list[str]) -> None:
    """Do the job of a process: read it, do it, write the result with the peak memory."""
    asked, answered = (Path(argument) for argument in arguments)
    job = json.loads(asked.read_text("utf-8"))
    result = kinds[job["kind"]](job)
    result["peak_mb"] = peak_mb()
    answered.write_text(json.dumps(result, ensure_ascii=False), "utf-8")


def peak_mb() -> float:
    """Give the largest resident size of this process so far, in MB.

    Read from /proc, because ``getrusage`` also remembers the size of the parent at the fork.
    """
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise EvaluationError("this system does not tell peak memory: run the evaluation on Linux")


def measured(work: Callable[[], Any]) -> tuple[Any, Result]:
    """Do some work; give its result with ``seconds`` and ``cpu_seconds``, which a busy machine does not stretch."""
    cpu_before = time.process_time()
    result, seconds = timed(work)
    return result, {"seconds": seconds, "cpu_seconds": time.process_time() - cpu_before}


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Do some work; give its result and the seconds it took."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
