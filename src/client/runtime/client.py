"""What every generated client is made of. It needs Python 3.11 and its standard library."""


class ActiondError(Exception):
    """Why a call did not pass."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(
            problem.get("detail") or problem.get("title") or "The server gave no reason."
        )
        #: The server's or the action's own code, such as "out_of_stock".
        self.code: str = problem.get("code", "unknown")
        #: The HTTP status; 0 when there was no reply.
        self.status: int = problem.get("status", 0)
        #: Whether the same request may pass later.
        self.retryable: bool = problem.get("retryable", False)
        #: The run, if there is one.
        self.run_id: str | None = problem.get("run_id")
        #: What the action added to its error.
        self.data: Any = problem.get("data")
        #: The places where the input does not match its schema.
        self.errors: list[dict[str, str]] = problem.get("errors", [])


class ActionFailedError(ActiondError):
    """The code of the action failed."""


class RunCancelledError(ActiondError):
    """The run was cancelled, or the server stopped while it was running."""


class RunTimedOutError(ActiondError):
    """The run took too long, or was queued for too long."""


class InvalidInputError(ActiondError):
    """The input does not match the schema of the action."""


class UnavailableError(ActiondError):
    """The server could not be reached, or had no room, for as long as the client was patient."""


class InvalidCallbackError(Exception):
    """The callback does not come from the server, or is too old. Answer it with 401."""


_CLASSES: dict[str, type[ActiondError]] = {
    "action_failed": ActionFailedError,
    "invalid_result": ActionFailedError,
    "result_too_large": ActionFailedError,
    "crashed": ActionFailedError,
    "run_cancelled": RunCancelledError,
    "interrupted": RunCancelledError,
    "run_timed_out": RunTimedOutError,
    "start_timed_out": RunTimedOutError,
    "invalid_input": InvalidInputError,
}
# What the same request may soon be answered otherwise. A run that has ended is not among it.
_PASSING = {
    "overloaded",
    "rate_limited",
    "too_many_runs",
    "request_timed_out",
    "shutting_down",
    "store_unavailable",
}
# How long one request waits, in seconds: proxies end connections that are silent for a minute.
_WAIT = 45
# A reply that takes longer than this beyond its wait is lost.
_GRACE = 15
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
# A callback that is older is one that somebody sends again.
_TOLERANCE = 300

InputType = TypeVar("InputType")
OutputType = TypeVar("OutputType")


@dataclass(frozen=True)
class RunEvent:
    """Something that happened to a run."""

    id: str
    #: "accepted", "started", "log", "progress", "attempt_failed", "finished" and others.
    event: str
    data: dict[str, Any]


@dataclass(frozen=True)
class CallbackOutcome:
    """How a run ended, as a callback tells it."""

    #: The same at every attempt: by this a receiver recognizes a callback that it has already seen.
    run_id: str
    #: The caller's own id, "" when it gave none.
    request_id: str
    #: "passed", "failed" or "cancelled"
    status: str
    #: The result, if the run passed.
    result: Any = None
    #: The problem, if it did not.
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    def is_unfinished(self) -> bool:
        return self.status == 202 or "x-action-async-completion" in self.headers

    def kind(self) -> str | None:
        """Which of the server's kinds of problems it is, even when the action chose a code of its own."""
        problem = self.json()
        kind = problem.get("type", "") if isinstance(problem, dict) else ""
        prefix = "urn:actiond:problem:"
        return kind[len(prefix) :] if kind.startswith(prefix) else None

    def is_passing(self) -> bool:
        if self.status < 400:
            return False
        kind = self.kind()
        # What is no problem of the server comes from a proxy in front of it.
        return self.status in (502, 503, 504) if kind is None else kind in _PASSING

    def error(self) -> ActiondError:
        problem = self.json()
        text = f"The server answered with the status {self.status}."
        known = problem if isinstance(problem, dict) else {}
        made = {"status": self.status, "detail": text, **known}
        return _CLASSES.get(self.kind() or "", ActiondError)(made)

    def result(self) -> Any:
        if self.status >= 400:
            raise self.error()
        try:
            return json.loads(self.body)
        except ValueError:
            text = "The reply is not JSON: what answered may not be actiond."
            raise ActiondError({"detail": text, "code": "invalid_reply", "status": self.status}) from None


class _Connection:
    def __init__(self, url: str, key: str | None, patience: float) -> None:
        self.url = url.rstrip("/")
        self.headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self.patience = patience

    def open(self, path: str, *, method: str, headers: dict[str, str], body: bytes | None) -> Any:
        """Sends one request. The caller closes the reply."""
        request = urllib.request.Request(
            self.url + path, data=body, method=method, headers={**self.headers, **headers}
        )
        try:
            return urllib.request.urlopen(request, timeout=_WAIT + _GRACE)
        except urllib.error.HTTPError as refused:
            return refused

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> _Reply:
        """Asks until there is an answer: what is sent may be sent twice."""
        pause = _FIRST_PAUSE
        patience_ends = time.monotonic() + self.patience
        while True:
            began = time.monotonic()
            after: float | None = None
            try:
                with self.open(path, method=method, headers=headers or {}, body=body) as opened:
                    # A connection that breaks within the headers looks like a reply without a body.
                    if not {"content-length", "transfer-encoding"} & {
                        name.lower() for name in opened.headers
                    }:
                        raise ConnectionError("The reply is not complete.")
                    reply = _Reply(opened.status, opened.headers, opened.read())
                if not reply.is_passing():
                    return reply
                refused = reply.error()
                why = UnavailableError({**reply.json(), "retryable": True})
                why.__cause__ = refused
                with contextlib.suppress(TypeError, ValueError):
                    after = float(reply.headers.get("retry-after"))
            except (OSError, http.client.HTTPException) as broken:
                why = UnavailableError(
                    {"detail": f"{self.url} cannot be reached.", "code": "unreachable", "retryable": True}
                )
                why.__cause__ = broken
            # A connection that held for long was not refused: patience begins anew.
            if time.monotonic() - began > _LONGEST_PAUSE:
                patience_ends = time.monotonic() + self.patience
                pause = _FIRST_PAUSE
            wait = after if after is not None else pause * (0.5 + random.random() / 2)
            if time.monotonic() + wait > patience_ends:
                raise why
            time.sleep(wait)
            pause = min(pause * 2, _LONGEST_PAUSE)


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


def read_callback(
    headers: Mapping[str, str], body: bytes, secrets: str | Iterable[str]
) -> CallbackOutcome:
    """Checks the signature of a callback, as Standard Webhooks describes it, and reads it.

    `secrets` are those of the server, "whsec_…": any one of them may have signed it.
    Raises `InvalidCallbackError`.
    """
    known = {name.lower(): value for name, value in headers.items()}
    timestamp = known.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > _TOLERANCE:
        raise InvalidCallbackError(
            "The callback is too old, or the clocks of the server and of the receiver differ."
        )
    signed = f"{known.get('webhook-id', '')}.{timestamp}.".encode() + body
    sent = known.get("webhook-signature", "").split(" ")
    signatures = [text[3:] for text in sent if text.startswith("v1,")]
    given = [secrets] if isinstance(secrets, str) else list(secrets)
    keys = [_to_key(secret) for secret in given]
    expected = [
        base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys
    ]
    if not any(hmac.compare_digest(one, other) for one in expected for other in signatures):
        raise InvalidCallbackError("The signature of the callback is not valid.")
    status = known.get("x-action-server-run-status", "")
    if status not in ("passed", "failed", "cancelled"):
        raise InvalidCallbackError("The callback does not say how its run ended.")
    value = json.loads(body)
    return CallbackOutcome(
        run_id=known.get("x-action-server-run-id", ""),
        request_id=known.get("x-actions-request-id", ""),
        status=status,
        result=value if status == "passed" else None,
        error=None if status == "passed" else value,
    )


def _to_key(secret: str) -> bytes:
    """Raises `ValueError` for what is not a secret: with an empty one, anybody could sign."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if key == b"":
        raise ValueError('A secret must be "whsec_" followed by bytes in base64, as the server has it.')
    return key


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
