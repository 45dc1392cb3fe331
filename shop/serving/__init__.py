"""The production server: granian in a few processes under a supervisor, each with threads for requests and one for
jobs."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog
from flask import Flask, has_app_context
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.http import HTTP1Settings
from granian.server import MPServer
from sqlalchemy.exc import OperationalError

from shop import templating
from shop.app import create_app
from shop.config import entry
from shop.core import memory
from shop.core.app_state import state_of
from shop.core.changes.listener import Listener
from shop.core.errors import Refused
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.languages import names
from shop.core.observing.figures import HostFigures
from shop.core.pages.cache import PageCache
from shop.core.pages.front import FrontPages
from shop.core.pages.store import PageStore
from shop.core.site import site
from shop.core.web.limits.capacity import THREADS
from shop.core.web.warm_up import WarmUp
from shop.extensions import db
from shop.plugins.installed import migrations
from shop.serving import supervisor

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = structlog.get_logger(__name__)

CONNECTIONS = 10_000
"""In each process, idle ones among them; what comes beyond waits until one is closed. One takes 3 kB and a file."""
FILES_BESIDE = 500
"""Open files that a process keeps for its own work: a database, pages, what is uploaded."""
WAITING_CONNECTIONS = 4_096
"""Those that no process has taken yet, as long as all are busy or being replaced; Linux allows no more by itself."""
HTTP = HTTPModes.http1
"""Not `auto`, which waits for the first bytes of HTTP/2 for ever before any deadline begins."""
HEAD_WITHIN = 5
"""Seconds. A connection that has not sent the whole head of a request by then is closed, and so is an idle one: its
place is for others. A proxy that keeps connections must let go of them sooner.
"""
LETS_GO_SECONDS = 2.0
"""Who has connected to a worker that is to end sends a request by then; after that idle connections are closed."""
LOOK_AGAIN_SECONDS = 2.0
STATUS = entry("serving")
"""A folder with a file for each port that is served at."""

NO_JOBS = "SHOP_NO_JOBS"
"""Tells the workers of a server, which inherit our environment, to leave jobs to `shop worker`."""

_prepared: Flask | None = None
_looks_at_tables = False


def application(number: int = 1) -> Flask:
    """What each worker process serves. Its jobs, and what other hosts tell, have a thread each beside it.

    Args:
        number: which worker it is. What only one need do, the first does.
    """
    app = _prepared or create_app()
    Listener(app).start()
    state = state_of(app)
    state.part(HostFigures).begin_to_serve()
    front = state.part(FrontPages) if state.config.front_dir else None
    state.part(PageCache).make_behind(state.part(PageStore), front)
    warm_up = state.part(WarmUp, WarmUp)
    if number == 1:
        warm_up.add(lambda: templating.compile_ahead(app))
    warm_up.begin()
    if os.environ.get(NO_JOBS) != "1":
        EmbeddedRunner(app, prepare=templating.compile_mails).start()
    if _looks_at_tables:
        threading.Thread(target=_end_if_behind, args=(app,), daemon=True).start()
    return app


def look_at_tables_later() -> None:
    """Begin without a database: readers have the kept pages. Workers look at the tables as soon as it answers."""
    global _looks_at_tables
    _looks_at_tables = True


def _end_if_behind(app: Flask) -> None:
    """End the site if its database turns out not to be up to date, as it would not have been started with it."""
    while True:
        try:
            with app.app_context():
                is_current = migrations.is_current()
        except OperationalError:
            time.sleep(LOOK_AGAIN_SECONDS)
            continue
        if not is_current:
            log.critical("serving.tables_are_behind", help="run `shop db upgrade`")
            os.kill(os.getppid(), signal.SIGTERM)
        return


def prepare_site(app: Flask, *, at_leisure: bool = False) -> None:
    """Let the workers that this process forks serve `app`: they start in a moment, and share its memory.

    Args:
        at_leisure: others serve meanwhile, so what each worker would read later is read now, once for all of them.
    """
    global _prepared
    # No worker may inherit a connection: it would believe to have the locks of its parent. A command may have an
    # application of its own.
    if has_app_context():
        _leave_database()
    with app.app_context():
        names.read_language(site().locale)
        _leave_database()
    if at_leisure:
        state_of(app).part(WarmUp, WarmUp).run()
    memory.keep_little()
    gc.freeze()  # what is there stays, and workers that don't look through it go on sharing its memory
    _prepared = app


def _leave_database() -> None:
    db.session.remove()
    db.engine.dispose()


def open_socket(host: str, port: int, handover: supervisor.Handover | None = None) -> socket.socket:
    """The socket that visitors connect to. One site has it alone.

    Raises:
        Refused: someone else serves there, or we may not.
    """
    inherited = supervisor.inherited_socket(handover)
    if inherited is not None:
        return inherited
    listening = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(WAITING_CONNECTIONS)
    except OSError as error:
        if listening is not None:
            listening.close()
        raise Refused(
            f"Can’t serve at {host}:{port}: {error.strerror or error}. Choose another port with --port."
        ) from None
    return listening


def serve(
    listening: socket.socket,
    *,
    workers: int,
    status: Path,
    trial: list[str] | None = None,
    handover: supervisor.Handover | None = None,
) -> None:
    """Serve what is prepared, or else what the environment says, until told to end. A worker that dies is replaced.

    Args:
        listening: of `open_socket`.
        status: the file of `status_file`.
        trial: a command that says whether the installed code could serve; without one, nothing restarts this site.
        handover: what the code before left to us.
    """
    listening.setblocking(False)
    supervisor.Supervisor(
        listening,
        workers,
        lambda number, is_ready: _work(listening, number, is_ready),
        status,
        trial,
        handover,
    ).run()


def status_file(data_dir: Path, port: int) -> Path:
    """Where a site that is served at a port says how it fares."""
    return data_dir / STATUS / f"{port}.json"


def _work(listening: socket.socket, number: int, is_ready: Callable[[], None]) -> None:
    """Be one worker: answer what comes in through the socket."""
    served: list[Flask] = []

    def let_go(*_told: object) -> None:
        _take_no_more(listening)
        threading.Timer(LETS_GO_SECONDS, os.kill, (os.getpid(), signal.SIGTERM)).start()

    def load() -> WSGIApplication:
        signal.signal(supervisor.LET_GO, let_go)
        served.append(application(number))
        is_ready()
        return served[0].wsgi_app

    _Granian(
        "shop.serving",
        interface=Interfaces.WSGI,
        runtime_mode=RuntimeModes.mt,
        blocking_threads=THREADS,
        backpressure=_room_for_connections(),
        http=HTTP,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_WITHIN * 1000),
        log_enabled=False,
        log_access=False,
        websockets=False,
    ).work(listening, number, load)
    _has_served(served[0])


def _room_for_connections() -> int:
    """How many a process may have: open files are few by default, and without one no page is made either."""
    wanted = CONNECTIONS + FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(CONNECTIONS, max(most - FILES_BESIDE, most // 2))


def _has_served(app: Flask) -> None:
    """Put down what was counted since it was last put down."""
    state_of(app).part(HostFigures).requests.put_down()


def _take_no_more(listening: socket.socket) -> None:
    """Let this process accept nobody from the shared socket any more, though its server knows no way to be told so.

    In the place of each descriptor of it comes a socket that nobody connects to; other processes keep theirs.
    """
    unknown = socket.create_server(("127.0.0.1", 0))
    unknown.setblocking(False)
    ours = Path("/proc/self/fd")
    shared = (ours / str(listening.fileno())).readlink()
    for each in ours.iterdir():
        with suppress(OSError):
            if each.readlink() == shared:
                os.dup2(unknown.fileno(), int(each.name), inheritable=False)


class _Granian(MPServer):
    """Granian's worker without its own supervisor, which ends the whole site when a young worker dies."""

    def work(
        self, listening: socket.socket, number: int, load: Callable[[], WSGIApplication]
    ) -> None:
        """Serve in this process until SIGTERM; what is in hand is finished."""
        self._ssp, self._sso = None, listening
        socket_of = cast("Callable[[int, bool, int], Any]", SocketHolder)
        self._shd = socket_of(listening.fileno(), False, WAITING_CONNECTIONS)
        worker = self._spawn_worker(number - 1, self._spawn_wsgi_worker, load)
        worker.inner.run()
        sys.stdout.flush()
