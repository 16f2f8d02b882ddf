"""Uses the generated client as the tests want it, and prints what came of it as JSON."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

url, flaky_url, client_file, gate = sys.argv[1:]
sys.path.insert(0, str(Path(client_file).parent))
import fixture_client as module  # noqa: E402

client = module.Client(url)
seen = {}


def error_of(call):
    try:
        call()
    except module.ActiondError as error:
        return {
            "class": type(error).__name__,
            "code": error.code,
            "status": error.status,
            "data": error.data,
            "has_run": error.run_id is not None,
        }
    return None


seen["sum"] = client.probe.add({"a": 1, "b": 2})
seen["nothing"] = client.probe.noop()
seen["refuse"] = error_of(client.probe.refuse)
seen["invalid"] = error_of(lambda: client.probe.add({"a": "x"}))
seen["late"] = error_of(lambda: client.probe.forever(run_timeout=0.05))
nobody = module.Client("http://127.0.0.1:9", patience=0.1)
seen["unreachable"] = error_of(nobody.probe.noop)

run = client.probe.gate.start({"path": gate})
seen["state"] = run.state()["state"]


def open_gate() -> None:
    # At once: the run must not see the file before its text is in it.
    written = Path(f"{gate}.new")
    written.write_text("opened")
    written.rename(gate)


threading.Timer(0.2, open_gate).start()
seen["waited"] = client.probe.gate.attach(run.id).wait()

endless = client.probe.forever.start()
seen["cancel"] = [endless.cancel(), endless.cancel()]
seen["cancelled"] = error_of(endless.wait)

told = client.probe.tells.start({"path": gate})
seen["events"] = [event.event for event in told.events() if event.event not in ("progress", "detached")]

flaky = module.Client(flaky_url)
began = time.monotonic()
with ThreadPoolExecutor(10) as pool:
    seen["sums"] = list(pool.map(lambda n: flaky.probe.add({"a": n, "b": 1}), range(40)))
print(json.dumps(seen))
