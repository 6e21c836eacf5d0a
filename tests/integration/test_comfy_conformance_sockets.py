"""What a ComfyUI server says on its websocket, to whom, and what it does not say again.

Not here: answers (`test_comfy_conformance`) and execution (`…_running`).
"""

from __future__ import annotations

import re
import time

from tests.comfy_server import Server, images, new_id, until


def test_the_first_frame_is_the_status_with_the_id_of_the_client(server: Server) -> None:
    client = new_id()
    with server.socket(client) as ear:
        first = ear.frames[0]
    assert (first["type"], first["data"]["sid"]) == ("status", client)
    assert isinstance(first["data"]["status"]["exec_info"]["queue_remaining"], int)
    with server.socket() as ear:
        assert re.fullmatch(r"[0-9a-f]{32}", ear.frames[0]["data"]["sid"])


def test_features_are_exchanged(server: Server) -> None:
    with server.socket(new_id(), {"supports_preview_metadata": True}) as ear:
        (features,) = until(lambda: ear.of("feature_flags"), "the features come")
    assert "max_upload_size" in features


def test_only_who_submits_is_told_of_a_prompt_and_in_order(server: Server) -> None:
    client = new_id()
    with server.socket(client) as owner, server.socket(new_id()) as other:
        prompt = server.submit(server.good(), client)
        owner.until_end(prompt)
        entry = server.wait(prompt)
        kinds = owner.kinds(prompt)
        steps = ["execution_start", "execution_cached", "executing", "executed", "execution_success"]
        places = [kinds.index(step) for step in steps]
        assert places == sorted(places)
        last = [frame for frame in owner.frames if frame["data"].get("prompt_id") == prompt][-1]
        assert last == {"type": "executing", "data": {"node": None, "prompt_id": prompt}}
        assert {frame["type"] for frame in other.frames} == {"status"}
        executed = owner.of("executed")[0]
        assert (executed["node"], executed["display_node"]) == ("9", "9")
        assert executed["output"] == entry["outputs"]["9"]
        nodes = [node for told in owner.of("progress_state") for node in told["nodes"].values()]
        assert {"running", "finished"} <= {node["state"] for node in nodes}
        assert set(nodes[0]) >= {
            "value", "max", "state", "node_id", "prompt_id", "display_node_id", "parent_node_id", "real_node_id",
        }  # fmt: skip


def test_the_status_goes_to_all(server: Server) -> None:
    with server.socket(new_id()) as ear:
        server.ran()
        until(lambda: len(ear.of("status")) >= 3, "the status comes as often as it changes")


def test_a_dropped_socket_stops_no_job_and_a_new_one_is_told_where_it_is(server: Server) -> None:
    client = new_id()
    with server.socket(client) as first:
        prompt = server.submit(server.slow(40), client)
        server.until_running(prompt)
        until(lambda: first.of("executing"), "a node runs")
        first.cut()
    time.sleep(0.3)
    with server.socket(client) as second:
        assert second.frames[0]["type"] == "status"
        told = until(lambda: second.of("executing"), "the node is told")[0]
        assert told["node"] is not None
        assert "prompt_id" not in told
        assert second.of("execution_start") == []
        second.until_end(prompt)
    assert server.wait(prompt)["status"]["status_str"] == "success"


def test_nothing_is_told_again(server: Server) -> None:
    client = new_id()
    server.wait(server.submit(server.good(), client))
    with server.socket(client) as ear:
        time.sleep(0.4)
        assert {frame["type"] for frame in ear.frames} == {"status"}


def test_the_second_socket_of_an_id_goes_silent_when_the_first_closes(server: Server) -> None:
    client = new_id()
    with server.socket(client) as second_to_none, server.socket(client) as second:
        prompt = server.submit(server.slow(16), client)
        server.until_running(prompt)
        until(lambda: second.of("executing"), "the second is told")
        second_to_none.close()
        time.sleep(0.3)
        heard = len(second.frames)
        server.wait(prompt)
        time.sleep(0.3)
        assert len(second.frames) == heard


def test_a_run_from_the_cache_is_told_to_its_end(server: Server) -> None:
    client, graph = new_id(), server.good("told")
    server.wait(server.submit(graph, client))
    with server.socket(client) as ear:
        prompt = server.submit(graph, client)
        ear.until_end(prompt)
        kinds = ear.kinds(prompt)
        assert {"executed", "execution_success"} <= set(kinds)
        assert kinds[-1] == "executing"
        assert set(ear.of("execution_cached")[0]["nodes"]) == {"1", "2", "9"}
        assert images(server.wait(prompt))


def test_a_failure_is_told_and_no_success(server: Server) -> None:
    client = new_id()
    with server.socket(client) as ear:
        prompt = server.submit(server.failing(), client)
        ear.until_end(prompt)
        assert ear.of("execution_error")
        assert ear.of("execution_success") == []


def test_garbage_from_a_client_is_borne(server: Server) -> None:
    with server.socket(new_id()) as ear:
        ear.socket.send("no json")
        ear.socket.send(b"\x00")
        time.sleep(0.3)
        assert not ear.is_closed
