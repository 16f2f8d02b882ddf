"""What every generated client offers: calls of actions, and handles of runs."""


InputType = TypeVar("InputType")
OutputType = TypeVar("OutputType")


@dataclass(frozen=True)
class RunEvent:
    """Something that happened to a run."""

    id: str
    #: "accepted", "started", "log", "progress", "attempt_failed", "finished" and others.
    event: str
    data: dict[str, Any]


class RunHandle(Generic[OutputType]):
    """A run that goes on while you do something else."""

    def __init__(self, connection: _Connection, run_id: str) -> None:
        self.id = run_id
        self._connection = connection
        self._path = f"/api/runs/{urllib.parse.quote(run_id, safe='')}"

    def wait(self) -> OutputType:
        """Returns the result. It raises what the call itself would."""
        while True:
            reply = self._connection.ask(f"{self._path}/result?wait={_WAIT}")
            if not reply.is_unfinished():
                return cast(OutputType, reply.result())

    def events(self) -> Iterator[RunEvent]:
        """What happens to the run, from its beginning to its end. Lost connections are mended."""
        last_id: str | None = None
        while True:
            headers = {"accept": "text/event-stream"}
            if last_id is not None:
                headers["last-event-id"] = last_id
            with contextlib.suppress(OSError, http.client.HTTPException):
                with self._connection.open(
                    f"{self._path}/events", method="GET", headers=headers, body=None
                ) as opened:
                    if opened.status == 204:
                        return
                    if opened.status != 200:
                        reply = _Reply(opened.status, opened.headers, opened.read())
                        if not reply.is_passing():
                            raise reply.error()
                    else:
                        for event in _read_events(opened):
                            last_id = event.id
                            yield event
                            if event.event == "finished":
                                return
            # Whether the server can be reached again, and still knows the run.
            self.state()
            time.sleep(_FIRST_PAUSE)

    def cancel(self) -> str:
        """Returns "cancelled" when this ended the run, "not-running" when it had ended already."""
        return cast(str, self._connection.ask(f"{self._path}/cancel", method="POST").result())

    def state(self) -> dict[str, Any]:
        """How the run stands, as `GET /api/runs/{id}` describes it."""
        return cast(dict[str, Any], self._connection.ask(self._path).result())


class Action(Generic[InputType, OutputType]):
    """An action: call it to run it."""

    def __init__(self, connection: _Connection, address: str) -> None:
        self._connection = connection
        self._address = address

    def __call__(
        self,
        input: InputType | None = None,
        *,
        idempotency_key: str | None = None,
        request_id: str | None = None,
        run_timeout: float | None = None,
        start_timeout: float | None = None,
    ) -> OutputType:
        """Runs the action, and returns its result. Ctrl-C cancels the run."""
        idempotency_key = idempotency_key or str(uuid.uuid4())
        request_id = request_id or idempotency_key
        run_id: str | None = None
        try:
            reply = self._begin(
                input,
                wait=_WAIT,
                idempotency_key=idempotency_key,
                request_id=request_id,
                run_timeout=run_timeout,
                start_timeout=start_timeout,
            )
            if not reply.is_unfinished():
                return cast(OutputType, reply.result())
            run_id = reply.headers["x-action-server-run-id"]
            return self.attach(run_id).wait()
        except KeyboardInterrupt:
            with contextlib.suppress(Exception):
                if run_id is None:
                    name = urllib.parse.quote(request_id, safe="")
                    found = self._connection.ask(f"/api/runs/run-id-from-request-id/{name}")
                    run_id = found.result()["run_id"]
                self.attach(run_id).cancel()
            raise

    def start(
        self,
        input: InputType | None = None,
        *,
        callback: str | None = None,
        idempotency_key: str | None = None,
        request_id: str | None = None,
        run_timeout: float | None = None,
        start_timeout: float | None = None,
    ) -> RunHandle[OutputType]:
        """Starts the action, and returns as soon as the run is on disk."""
        idempotency_key = idempotency_key or str(uuid.uuid4())
        reply = self._begin(
            input,
            wait=0,
            callback=callback,
            idempotency_key=idempotency_key,
            request_id=request_id or idempotency_key,
            run_timeout=run_timeout,
            start_timeout=start_timeout,
        )
        if not reply.is_unfinished():
            raise reply.error()
        return self.attach(reply.headers["x-action-server-run-id"])

    def attach(self, run_id: str) -> RunHandle[OutputType]:
        """A run that was started earlier, by its id."""
        return RunHandle(self._connection, run_id)

    def _begin(
        self,
        input: InputType | None,
        *,
        wait: float,
        idempotency_key: str,
        request_id: str,
        callback: str | None = None,
        run_timeout: float | None = None,
        start_timeout: float | None = None,
    ) -> _Reply:
        headers = {
            "content-type": "application/json",
            "idempotency-key": idempotency_key,
            "x-actions-request-id": request_id,
            "x-actions-async-timeout": str(wait),
        }
        if callback is not None:
            headers["x-actions-async-callback"] = callback
        if run_timeout is not None:
            headers["x-actions-run-timeout"] = str(run_timeout)
        if start_timeout is not None:
            headers["x-actions-start-timeout"] = str(start_timeout)
        return self._connection.ask(
            f"/api/actions/{self._address}/run",
            method="POST",
            headers=headers,
            body=json.dumps({} if input is None else input).encode(),
        )


def _read_events(lines: Iterable[bytes]) -> Iterator[RunEvent]:
    """Reads server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html"""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if text == "":
            if "data" in fields:
                yield RunEvent(
                    id=fields.get("id", ""),
                    event=fields.get("event", "message"),
                    data=json.loads(fields["data"]),
                )
            fields = {}
            continue
        name, _, value = text.partition(":")
        if name != "":
            fields[name] = value.removeprefix(" ")
