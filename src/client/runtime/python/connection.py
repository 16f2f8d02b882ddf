"""How a client sends requests, and what replies mean."""


# Refusals after which the same request may soon succeed. How a run ended is not among them.
_PASSING = {
    "overloaded",
    "rate_limited",
    "too_many_runs",
    "request_timed_out",
    "issuer_unavailable",
    "shutting_down",
    "store_unavailable",
}
# How long one request waits, in seconds: proxies end connections that are silent for a minute.
_WAIT = 45
# A reply that takes longer than this beyond its wait is lost.
_GRACE = 15
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


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
        # Also of a failure that the action tells others in a body of its own.
        self.headers = {"accept": "application/json, application/problem+json"}
        if key is not None:
            self.headers["authorization"] = f"Bearer {key}"
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
