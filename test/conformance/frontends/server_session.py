"""A client of a Jupyter server's REST interface and websocket.  Usage: server_session.py ADDRESS TOKEN KERNEL"""
import json
import struct
import sys
import time
import uuid

import requests
import websocket
from checks import check

V1 = "v1.kernel.websocket.jupyter.org"


def message(kind, content, channel="shell"):
    header = {
        "msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "editor",
        "date": "2026-01-01T00:00:00Z", "version": "5.3",
    }
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": [], "channel": channel}


def pack_v1(sent):
    parts = [sent["channel"].encode()]
    parts += [json.dumps(sent[part]).encode() for part in ("header", "parent_header", "metadata", "content")]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(parts)


def unpack_v1(frame):
    (count,) = struct.unpack_from("<Q", frame)
    offsets = struct.unpack_from(f"<{count}Q", frame, 8)
    parts = [frame[start:end] for start, end in zip(offsets, offsets[1:])]
    names = ("header", "parent_header", "metadata", "content")
    found = {name: json.loads(part) for name, part in zip(names, parts[1:5])}
    return found | {"channel": parts[0].decode(), "buffers": parts[5:]}


class Socket:
    def __init__(self, address, token, kernel_id, subprotocol):
        url = f"{address.replace('http', 'ws', 1)}api/kernels/{kernel_id}/channels?session_id=editor&token={token}"
        self.v1 = subprotocol == V1
        self.socket = websocket.create_connection(url, timeout=20, subprotocols=[subprotocol] if self.v1 else None)
        assert not self.v1 or self.socket.subprotocol == V1, self.socket.subprotocol

    def send(self, sent):
        if self.v1:
            self.socket.send_binary(pack_v1(sent))
        else:
            self.socket.send(json.dumps(sent))
        return sent["header"]["msg_id"]

    def until_idle(self, message_id, reply):
        """Everything on behalf of a message, until both its reply and its idle came."""
        found, ends = [], set()
        while ends != {"idle", "reply"}:
            opcode, frame = self.socket.recv_data()
            got = unpack_v1(frame) if self.v1 else json.loads(frame)
            if got["parent_header"].get("msg_id") != message_id:
                continue
            found.append(got)
            if got["header"]["msg_type"] == reply:
                ends.add("reply")
            if got["content"].get("execution_state") == "idle":
                ends.add("idle")
        return found


def main(address, token, kernel):
    session = requests.Session()
    session.headers["authorization"] = f"token {token}"
    started = {}

    def spec():
        specs = session.get(f"{address}api/kernelspecs").json()["kernelspecs"]
        assert specs[kernel]["spec"]["language"] == "typescript", specs[kernel]
        for logo in specs[kernel]["resources"].values():
            answer = session.get(address.rstrip("/") + logo)
            assert answer.status_code == 200 and len(answer.content) > 100, logo

    def starts():
        answer = session.post(f"{address}api/kernels", json={"name": kernel})
        assert answer.status_code == 201, answer.text
        started["id"] = answer.json()["id"]

    def talks(subprotocol):
        socket = Socket(address, token, started["id"], subprotocol)
        content = {
            "code": "console.log('out'); 6 * 7", "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True,
        }
        found = socket.until_idle(socket.send(message("execute_request", content)), "execute_reply")
        kinds = [got["header"]["msg_type"] for got in found]
        assert {"execute_input", "stream", "execute_result", "execute_reply"} <= set(kinds), kinds
        result = next(got for got in found if got["header"]["msg_type"] == "execute_result")
        assert result["content"]["data"]["text/plain"] == "42", result
        # Editors of an older protocol leave out what has a default.
        found = socket.until_idle(socket.send(message("execute_request", {"code": "1"})), "execute_reply")
        assert found[-1] is not None
        asked = socket.send(message("debug_request", {"type": "request", "seq": 1, "command": "debugInfo"}, "control"))
        replies = [g for g in socket.until_idle(asked, "debug_reply") if g["header"]["msg_type"] == "debug_reply"]
        assert replies[0]["content"].get("success") is not None, replies
        socket.socket.close()

    def interrupts():
        socket = Socket(address, token, started["id"], V1)
        sent = socket.send(message("execute_request", {"code": "for (;;) ;"}))
        time.sleep(0.5)
        answer = session.post(f"{address}api/kernels/{started['id']}/interrupt")
        assert answer.status_code == 204, answer.text
        replies = [g for g in socket.until_idle(sent, "execute_reply") if g["header"]["msg_type"] == "execute_reply"]
        assert replies[0]["content"]["status"] == "error", replies
        socket.socket.close()

    def tells_its_state():
        for _ in range(50):
            if session.get(f"{address}api/kernels/{started['id']}").json()["execution_state"] == "idle":
                return
            time.sleep(0.1)
        raise AssertionError("not idle after 5 s")

    def ends():
        answer = session.post(f"{address}api/kernels/{started['id']}/restart")
        assert answer.status_code == 200, answer.text
        answer = session.delete(f"{address}api/kernels/{started['id']}")
        assert answer.status_code == 204, answer.text
        assert session.get(f"{address}api/kernels").json() == []

    check("finds the kernelspec and its logos", spec)
    check("starts a kernel", starts)
    check("talks over the websocket's first protocol", lambda: talks(""))
    check("talks over the websocket's protocol v1", lambda: talks(V1))
    check("interrupts by REST", interrupts)
    check("is told idle by REST", tells_its_state)
    check("restarts and ends by REST", ends)


main(*sys.argv[1:])
