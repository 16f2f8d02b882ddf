"""Why a call did not pass."""


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
