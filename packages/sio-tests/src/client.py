"""What python-socketio sees, for crates/gateway/tests/socketio/clients.rs:
python client.py '' URL TRANSPORTS CONVERSATION
"""

import queue
import sys

import socketio

_, _, url, transports, conversation = sys.argv
transports = transports.split(",")
room = f"/rooms/{conversation}/"

client = socketio.Client(reconnection=False)
heard = queue.Queue()
client.on("message_received", heard.put, namespace=room)
client.on("number", heard.put, namespace="/me/")
client.connect(url, auth={"token": "ann"}, namespaces=[room, "/me/"], transports=transports)

assert client.call("say", "hello", namespace=room, timeout=30) == {"ok": True}
assert heard.get(timeout=30) == {"type": "message_received", "text": "hello", "mine": True}

client.emit("count", 1000, namespace="/me/")
# It hands every event to a thread of its own, so their order says nothing.
numbers = sorted(heard.get(timeout=30) for _ in range(1000))
assert numbers == list(range(1000)), numbers
assert client.transport() == transports[-1], client.transport()
client.disconnect()

refused = socketio.Client(reconnection=False)
reasons = queue.Queue()
refused.on("connect_error", reasons.put)
try:
    refused.connect(url, auth={"token": "nobody"}, transports=transports)
    raise AssertionError("a stranger got in")
except socketio.exceptions.ConnectionError:
    pass
assert reasons.get(timeout=30) == {"message": "Not authenticated", "data": {"code": "token"}}

print("done", flush=True)
