"""Receiving callbacks."""


# A callback that is older is one that somebody sends again.
_TOLERANCE = 300


class InvalidCallbackError(Exception):
    """The callback does not come from the server, or is too old. Answer it with 401."""


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
