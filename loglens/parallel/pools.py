"""Where work is sent: processes here, threads, a Dask cluster, a Ray cluster. All speak `concurrent.futures`."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from loglens.errors import LogLensError, SettingsError

if TYPE_CHECKING:
    from concurrent.futures import Future

BACKENDS = ("loky", "threading", "dask", "ray")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
"""A process each core: libraries that start a thread a core besides only get in each other's way."""
REACH_SECONDS = 15
"""How long a cluster may take to answer at all."""


GONE = "the Dask scheduler is gone; what was judged until then is kept: start it and run the same command again"


class BackendGone(LogLensError):
    """The cluster cannot be reached any more; what was done until then is kept."""


class Pool(Protocol):
    """`slots`: pieces that can run at once. `shares_fate`: a worker's death costs all that is running, not its own
    piece alone."""

    slots: int
    shares_fate: bool

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]: ...

    def restart(self) -> None:
        """End what is running, however stuck it is, and be ready for more."""

    def close(self) -> None: ...


def opened(backend: str, jobs: int, address: str) -> Pool:
    """The pool of that name. SettingsError where there is no such backend, its package is missing, or no cluster
    answers at `address`."""
    if backend == "loky":
        return Processes(jobs)
    if backend == "threading":
        return Threads(jobs)
    if backend not in BACKENDS:
        raise SettingsError(f"there is no backend {backend!r}: choose from {', '.join(BACKENDS)}")
    try:
        return Dask(jobs, address) if backend == "dask" else Ray(jobs, address)
    except ImportError as error:
        raise SettingsError(f"--backend {backend} needs the extra: pip install 'loglens[cluster]' ({error})") from error


class Processes:
    """loky's processes on this machine."""

    shares_fate = True

    def __init__(self, jobs: int) -> None:
        self.slots = jobs
        self._begin()

    def _begin(self) -> None:
        from joblib.externals.loky import ProcessPoolExecutor

        self._pool = ProcessPoolExecutor(
            self.slots, timeout=600, env=ONE_THREAD, initializer=_live_no_longer_than, initargs=(os.getpid(),)
        )

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = self._pool.submit(work, *args)
        return future

    def restart(self) -> None:
        self._pool.shutdown(wait=False, kill_workers=True)
        self._begin()

    def close(self) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)


def _live_no_longer_than(parent: int) -> None:
    """A worker whose master was killed ends too, instead of waiting for work that never comes."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if hasattr(os, "getppid"):
        threading.Thread(target=watch, daemon=True).start()


class Threads:
    """Threads of this process: for debugging, and where processes may not be started."""

    shares_fate = False

    def __init__(self, jobs: int) -> None:
        self.slots = jobs
        self._begin()

    def _begin(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(self.slots)

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        return self._pool.submit(work, *args)

    def restart(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._begin()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class Dask:
    """A Dask cluster at `address`, else one of `jobs` processes on this machine."""

    shares_fate = False

    def __init__(self, jobs: int, address: str) -> None:
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
        # a piece that killed its worker is told at once; to try it on three more would only kill three more
        dask.config.set({"distributed.scheduler.allowed-failures": 0})
        try:
            if address:
                self._client: Any = distributed.Client(address, timeout=REACH_SECONDS)
            else:
                self._client = distributed.Client(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=40
                )
        except (OSError, ValueError, TimeoutError) as error:
            raise SettingsError(f"no Dask scheduler answers at {address or 'this machine'}: {error}") from error
        self._own = not address
        self.slots = max(1, sum(self._client.nthreads().values()) or jobs)
        self._flying: dict[Any, Future[Any]] = {}

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        self._check()
        from concurrent.futures import Future

        future: Future[Any] = Future()
        sent = self._client.submit(work, *args, pure=False, retries=0)
        # held until it is done: a Dask future that nobody holds is not computed
        self._flying[sent] = future
        sent.add_done_callback(self._done)
        return future

    def _done(self, sent: Any) -> None:
        future = self._flying.pop(sent, None)
        if future is None:
            return
        if sent.status == "finished":
            try:
                future.set_result(sent.result())
            except Exception as error:  # lost between its end and its fetching
                future.set_exception(error)
        elif sent.status == "error":
            future.set_exception(sent.exception())
        elif self._client.status == "running":
            # a result that lay on a worker that died
            future.set_exception(RuntimeError("the result was lost"))
        else:
            future.set_exception(BackendGone(GONE))

    def _check(self) -> None:
        if self._client.status != "running":
            raise BackendGone(GONE)

    def restart(self) -> None:
        self._check()
        lost = list(self._flying)
        self._flying.clear()
        self._client.cancel(lost, force=True)
        if self._own:
            self._client.restart(timeout=60)

    def close(self) -> None:
        self._flying.clear()
        self._client.close()
        if self._own and self._client.cluster is not None:
            self._client.cluster.close()


class Ray:
    """A Ray cluster at `address`, else one on this machine with `jobs` workers."""

    shares_fate = False

    def __init__(self, jobs: int, address: str) -> None:
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        ray: Any = import_module("ray")
        self._ray = ray
        self._own = not ray.is_initialized()
        try:
            if self._own and address:
                ray.init(address=address, log_to_driver=False, logging_level=40)
            elif self._own:
                ray.init(
                    num_cpus=jobs,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=40,
                    _node_ip_address="127.0.0.1",
                )
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            raise SettingsError(f"no Ray cluster answers at {address or 'this machine'}: {error}") from error
        self.slots = max(1, int(ray.cluster_resources().get("CPU", jobs)))
        self._remote = ray.remote(max_retries=0, num_cpus=1)(_called)
        self._flying: dict[Future[Any], Any] = {}

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        if not self._ray.is_initialized():
            raise BackendGone(GONE.replace("Dask scheduler", "Ray cluster"))
        reference = self._remote.remote(work, *args)
        future: Future[Any] = reference.future()
        self._flying[future] = reference
        future.add_done_callback(lambda done: self._flying.pop(done, None))
        return future

    def restart(self) -> None:
        for reference in list(self._flying.values()):
            self._ray.cancel(reference, force=True)

    def close(self) -> None:
        if self._own:
            self._ray.shutdown()


def _called(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)
