"""What an editor asks of a kernel: everything at once, over every channel.  Usage: editor_session.py KERNEL"""
import asyncio
import sys

from checks import check_async, tell
from jupyter_client import AsyncKernelManager


async def reply_to(client, message_id, channel="shell", timeout=15):
    get = {"shell": client.get_shell_msg, "control": client.get_control_msg}[channel]
    while True:
        message = await get(timeout=timeout)
        if message["parent_header"].get("msg_id") == message_id:
            return message


async def outputs_of(client, message_id, timeout=15):
    found = []
    while True:
        message = await client.get_iopub_msg(timeout=timeout)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        found.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return found


def ask(client, channel, kind, content):
    message = client.session.msg(kind, content)
    getattr(client, f"{channel}_channel").send(message)
    return message["header"]["msg_id"]


async def main(kernel):
    manager = AsyncKernelManager(kernel_name=kernel)
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=30)

        async def before_any_cell():
            ids = [
                ask(client, "control", "kernel_info_request", {}),
                ask(client, "control", "kernel_info_request", {}),
            ]
            for message_id in ids:
                content = (await reply_to(client, message_id, "control"))["content"]
                assert content["status"] == "ok", content
                assert content["language_info"]["file_extension"] == ".ts", content["language_info"]
            content = (await reply_to(client, client.comm_info()))["content"]
            assert content == {"status": "ok", "comms": {}}, content

        async def odd_positions():
            code = "const s = '😀é';\ns.len"
            for position in [0, 3, 12, 13, len(code), None]:
                content = (await reply_to(client, client.complete(code, position)))["content"]
                assert content["status"] == "ok", content
                assert 0 <= content["cursor_start"] <= content["cursor_end"] <= len(code), content
            content = (await reply_to(client, client.complete(code, len(code))))["content"]
            assert "length" in content["matches"], content["matches"][:5]
            assert content["cursor_start"] == code.index("len"), content["cursor_start"]
            for code, position in [("", 0), ("\r\n\r\n", 2), ("/* unfinished", 13), ("`${", 3), ("%ti", 3)]:
                content = (await reply_to(client, client.complete(code, position)))["content"]
                assert content["status"] == "ok", (code, content)
                content = (await reply_to(client, client.inspect(code, position)))["content"]
                assert content["status"] == "ok", (code, content)

        async def silent_cells():
            before = await reply_to(client, client.execute("0"))
            count = before["content"]["execution_count"]
            sent = client.execute("var hidden = 1; hidden", silent=True, store_history=False)
            reply = await reply_to(client, sent)
            assert reply["content"]["execution_count"] in (count, count + 1), reply["content"]
            kinds = {message["msg_type"] for message in await outputs_of(client, sent)}
            assert kinds == {"status"}, kinds
            sent = client.execute("", user_expressions={"shown": "hidden + 1", "wrong": "nothing.there"})
            expressions = (await reply_to(client, sent))["content"]["user_expressions"]
            assert expressions["shown"]["data"]["text/plain"] == "2", expressions
            assert expressions["wrong"]["status"] == "error", expressions

        async def queued_cells():
            ids = [client.execute(f"await new Promise((done) => setTimeout(done, 30)); {i}") for i in range(5)]
            for i, message_id in enumerate(ids):
                results = [m for m in await outputs_of(client, message_id) if m["msg_type"] == "execute_result"]
                assert [m["content"]["data"]["text/plain"] for m in results] == [str(i)], results
                await reply_to(client, message_id)

        async def interrupts():
            sent = client.execute("let turns = 0; while (true) turns++")
            await asyncio.sleep(0.5)
            asked = ask(client, "control", "interrupt_request", {})
            assert (await reply_to(client, asked, "control"))["content"]["status"] == "ok"
            content = (await reply_to(client, sent))["content"]
            assert content["status"] == "error", content
            sent = client.execute("turns > 0")
            assert (await reply_to(client, sent))["content"]["status"] == "ok"
            # An editor may also interrupt a kernel that does nothing, and in the way the kernelspec names.
            await manager.interrupt_kernel()
            await asyncio.sleep(0.2)
            assert (await reply_to(client, client.execute("1")))["content"]["status"] == "ok"

        async def answers_while_busy():
            sent = client.execute("await new Promise((done) => setTimeout(done, 3000))")
            for ask_for in [lambda: client.complete("Math.ma", 7), lambda: client.is_complete("if (true) {"), client.comm_info]:
                content = (await reply_to(client, ask_for(), timeout=1.4))["content"]
                assert content["status"] in ("ok", "incomplete"), content
            await reply_to(client, sent)

        async def restarts():
            await manager.restart_kernel(now=False)
            await client.wait_for_ready(timeout=30)
            sent = client.execute("typeof turns")
            results = [m for m in await outputs_of(client, sent) if m["msg_type"] == "execute_result"]
            assert results[0]["content"]["data"]["text/plain"] == "'undefined'", results

        async def dies_and_comes_back():
            sent = client.execute("process.exit(3)")
            content = (await reply_to(client, sent))["content"]
            assert content["status"] == "error", content
            assert await manager.is_alive()
            assert (await reply_to(client, client.execute("1")))["content"]["status"] == "ok"

        await check_async("kernel_info on the control channel, comm_info before any cell", before_any_cell)
        await check_async("completion and inspection at odd places", odd_positions)
        await check_async("silent cells and user_expressions", silent_cells)
        await check_async("cells that are sent at once keep their order and outputs", queued_cells)
        await check_async("interrupt_request over control, also when nothing runs", interrupts)
        await check_async("completion, is_complete and comm_info while a cell runs", answers_while_busy)
        await check_async("process.exit in a cell", dies_and_comes_back)
        await check_async("restart", restarts)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=False)
        if await manager.is_alive():
            tell("shuts down", "it is still alive")


asyncio.run(main(sys.argv[1]))
