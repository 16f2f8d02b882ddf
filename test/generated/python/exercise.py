"""Uses the client that openapi-python-client has made, and checks what comes of it."""

import json
import sys

sys.path.insert(0, sys.argv[2])

from client import Client  # noqa: E402
from client.api.hard import color, copy_tree, count, distance, greet, wait  # noqa: E402
from client.api.runs import cancel_run, get_run, get_run_result  # noqa: E402
from client.models import (  # noqa: E402
    CopyTreeInput,
    CountBody,
    DistanceBody,
    GreetBody,
    WaitBody,
)

client = Client(base_url=sys.argv[1])
RUN_ID = "x-action-server-run-id"


def start(seconds):
    return wait.sync_detailed(
        client=client, body=WaitBody(seconds=seconds), x_actions_async_timeout="0"
    )


long = start(50)
run_id = long.headers[RUN_ID]
looked_up = get_run.sync(run_id, client=client)
cancelled = cancel_run.sync(run_id, client=client)
ended = get_run.sync(run_id, client=client)
short = start(0.01)
late = get_run_result.sync(short.headers[RUN_ID], client=client, wait=20)
TREE = {"name": "a", "children": [{"name": "b", "children": []}]}
tree = CopyTreeInput.from_dict(TREE)
refused = greet.sync(client=client, body=GreetBody(name="1"))
numbers = CountBody.from_dict({"a": 1, "b": 2})
seen = {
    "sum": count.sync(client=client, body=numbers).to_dict(),
    "tree": copy_tree.sync(client=client, body=tree).to_dict(),
    "distance": distance.sync(client=client, body=DistanceBody(at=[3, 4])),
    "color": color.sync(client=client),
    "refused": refused.status,
    "detached": long.parsed,
    "looked_up": looked_up.status,
    "cancelled": cancelled,
    "state": ended.state,
    "late": late,
}
print(json.dumps(seen))
assert seen == {
    "sum": {"total": 3},
    "tree": TREE,
    "distance": 5,
    "color": "red",
    "refused": 422,
    "detached": "async-return",
    "looked_up": 1,
    "cancelled": "cancelled",
    "state": "cancelled",
    "late": 7,
}
