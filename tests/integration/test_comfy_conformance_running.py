"""How a ComfyUI server executes, cancels, fails and keeps files: the stand-in, or what COMFY_BASE_URL names.

Not here: answers and judgement of graphs (`test_comfy_conformance`), websockets (`…_sockets`).
"""

from __future__ import annotations

import io
import re
import time
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.comfy_server import Server, colour, images, new_id, node, png, said, until


def saved(server: Server, name: str) -> dict[str, Any]:
    """A picture of one colour that was saved."""
    graph = {"1": node("EmptyImage", width=32, height=32, batch_size=1, color=0x336699), "9": server.saving("1", name)}
    return images(server.ran(graph))[0]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_what_waits_and_what_runs_is_shown_and_is_not_history(server: Server) -> None:
    first = server.running(12)
    second = server.submit(server.good())
    (item,) = [item for item in server.json("queue")["queue_pending"] if item[1] == second]
    assert (len(item), type(item[2]), type(item[3]), item[4]) == (5, dict, dict, ["9"])
    assert server.entry(first) is None
    assert server.entry(second) is None
    assert [server.json(f"api/jobs/{p}")["status"] for p in (first, second)] == ["in_progress", "pending"]
    assert server.json("prompt")["exec_info"]["queue_remaining"] >= 2
    server.wait(second)


def test_an_entry_of_a_success_has_its_shape(server: Server) -> None:
    entry = server.ran()
    assert set(entry) >= {"prompt", "outputs", "status", "meta"}
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
    assert list(said(entry)) == ["execution_start", "execution_cached", "execution_success"]
    times = [data["timestamp"] for data in said(entry).values()]
    assert times == sorted(times)
    assert times[0] > 10**12
    (image,) = images(entry)
    assert (image["type"], image["subfolder"]) == ("output", server.folder)
    assert set(entry["meta"]["9"]) == {"node_id", "display_node", "parent_node", "real_node_id"}


def test_a_job_is_shown_alone_and_in_a_page(server: Server) -> None:
    prompt = server.submit(server.good())
    entry, job = server.wait(prompt), server.json(f"api/jobs/{prompt}")
    assert (job["status"], job["outputs_count"], job["outputs"]) == ("completed", 1, entry["outputs"])
    assert job["execution_start_time"] <= job["execution_end_time"]
    assert job["preview_output"]["nodeId"] == "9"
    assert set(job["workflow"]) == {"prompt", "extra_data"}
    page = server.json("api/jobs?limit=1")
    assert (len(page["jobs"]), set(page["pagination"])) == (1, {"offset", "limit", "total", "has_more"})


def test_what_is_put_in_front_runs_first(server: Server) -> None:
    server.running(10)
    behind = server.submit(server.good())
    front = server.submit(server.good(), front=True)
    starts = [said(server.wait(prompt))["execution_start"]["timestamp"] for prompt in (front, behind)]
    assert starts == sorted(starts)


def test_looking_into_queue_and_then_history_loses_no_job(server: Server) -> None:
    for _ in range(25):
        prompt = server.submit(server.good(side=8))
        while True:
            queue = server.json("queue")
            is_queued = any(item[1] == prompt for item in queue["queue_running"] + queue["queue_pending"])
            if server.entry(prompt):
                break
            assert is_queued, "neither here nor there"


@pytest.mark.parametrize("client", ["checks", None])
def test_the_same_graph_again_is_answered_from_the_cache_with_the_same_file(server: Server, client: str | None) -> None:
    graph = server.good("cached")
    first, second = (server.ran(graph, client=client) for _ in range(2))
    assert set(said(second)["execution_cached"]["nodes"]) == {"1", "2", "9"}
    assert (second["outputs"], second["status"]["status_str"]) == (first["outputs"], "success")


def test_another_name_alone_is_taken_from_the_cache_but_for_saving(server: Server) -> None:
    shade = colour()
    server.ran(server.good("one", shade))
    second = server.ran(server.good("two", shade))
    assert set(said(second)["execution_cached"]["nodes"]) == {"1", "2"}
    assert images(second)[0]["filename"].startswith("two")


def test_files_are_numbered_and_never_overwritten(server: Server) -> None:
    names = [images(server.ran(server.good("counted")))[0]["filename"] for _ in range(2)]
    first, second = (int(re.fullmatch(r"counted_(\d{5})_\.png", name)[1]) for name in names)  # type: ignore[index]
    assert second == first + 1


def test_the_history_can_be_shortened(server: Server) -> None:
    prompt = server.submit(server.good())
    server.wait(prompt)
    assert list(server.json("history?max_items=1")) == [prompt]
    server.post("history", {"delete": [prompt]})
    assert server.entry(prompt) is None


def test_a_picture_is_served_as_it_stands(server: Server) -> None:
    image = saved(server, "seen")
    first, second = (server.get("view", **image) for _ in range(2))
    assert (first.status_code, first.headers["content-type"]) == (200, "image/png")
    assert first.content == second.content
    assert int(first.headers["content-length"]) == len(first.content)
    assert (opened(first.content).size, opened(first.content).convert("RGB").getpixel((3, 3))) == (
        (32, 32),
        (51, 102, 153),
    )


def test_a_picture_is_served_in_part_and_not_again_if_it_is_the_same(server: Server) -> None:
    image = saved(server, "part")
    part = server.http.get("view", params=image, headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.content) == (206, b"\x89PNG\r\n\x1a\n")
    tag = server.get("view", **image).headers["etag"]
    assert server.http.get("view", params=image, headers={"If-None-Match": tag}).status_code == 304


def test_a_picture_carries_its_graph_unless_only_colours_are_asked_for(server: Server) -> None:
    image = saved(server, "graph")
    whole, bare = (
        opened(server.get("view", **image).content),
        opened(server.get("view", **image, channel="rgb").content),
    )
    assert "EmptyImage" in whole.text["prompt"]  # type: ignore[attr-defined]
    assert getattr(bare, "text", {}) == {}
    assert whole.convert("RGB").tobytes() == bare.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filename": "nope.png"}, 404),
        ({}, 404),
        ({"filename": "../x"}, 400),
        ({"filename": "/etc/passwd"}, 400),
        ({"filename": "x", "subfolder": "../../.."}, 403),
        ({"filename": "x", "type": "bogus"}, 400),
    ],
)
def test_what_is_no_picture_of_its_folders_is_refused(server: Server, query: dict[str, str], code: int) -> None:
    assert server.get("view", **query).status_code == code


def test_a_preview_stands_in_a_folder_of_its_own(server: Server) -> None:
    graph = {**server.good(), "9": node("PreviewImage", images=["2", 0])}
    (image,) = images(server.ran(graph))
    assert image["type"] == "temp"
    assert server.get("view", **image).status_code == 200


def test_what_waits_is_deleted_without_a_trace(server: Server) -> None:
    server.running(16)
    waiting = server.submit(server.good())
    assert server.post("queue", {"delete": [waiting]}).status_code == 200
    assert all(item[1] != waiting for item in server.json("queue")["queue_pending"])
    assert server.entry(waiting) is None
    assert server.get(f"api/jobs/{waiting}").status_code == 404
    server.drain()


def test_a_waiting_job_is_cancelled_without_a_trace(server: Server) -> None:
    server.running(16)
    waiting = server.submit(server.good())
    assert server.post(f"api/jobs/{waiting}/cancel").json() == {"cancelled": True}
    assert server.get(f"api/jobs/{waiting}").status_code == 404
    server.drain()


def test_a_running_job_is_cancelled_and_says_so(server: Server) -> None:
    prompt = server.running(60)
    assert server.post(f"api/jobs/{prompt}/cancel").json() == {"cancelled": True}
    entry = server.wait(prompt)
    assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
    assert list(said(entry))[-1] == "execution_interrupted"
    assert set(said(entry)["execution_interrupted"]) >= {"prompt_id", "node_id", "node_type", "executed"}
    assert server.json(f"api/jobs/{prompt}")["status"] == "cancelled"


def test_what_has_ended_or_never_was_cannot_be_cancelled(server: Server) -> None:
    ended = server.submit(server.good())
    server.wait(ended)
    for prompt in (ended, new_id()):
        response = server.post(f"api/jobs/{prompt}/cancel")
        assert (response.status_code, response.json()) == (200, {"cancelled": False})


def test_an_interrupt_that_names_a_prompt_hits_no_other(server: Server) -> None:
    first = server.running(24)
    second = server.submit(server.good())
    for other in (new_id(), second):
        assert server.post("interrupt", {"prompt_id": other}).status_code == 200
    time.sleep(0.3)
    spared = server.entry(first)
    assert spared is None or spared["status"]["status_str"] == "success"
    server.post("interrupt", {"prompt_id": first})
    assert list(said(server.wait(first)))[-1] in {"execution_interrupted", "execution_success"}
    assert server.wait(second)["status"]["status_str"] == "success"


def test_an_interrupt_while_nothing_runs_does_not_hit_the_next(server: Server) -> None:
    server.drain()
    assert server.post("interrupt").status_code == 200
    assert server.ran()["status"]["status_str"] == "success"


def test_a_failed_node_is_told_with_all_that_it_had_and_the_next_job_runs(server: Server) -> None:
    prompt = server.submit(server.failing())
    entry = server.wait(prompt)
    error = said(entry)["execution_error"]
    assert (entry["status"]["status_str"], entry["status"]["completed"], entry["outputs"]) == ("error", False, {})
    assert set(error) >= {
        "prompt_id", "node_id", "node_type", "executed", "exception_message", "exception_type", "traceback",
        "current_inputs", "current_outputs", "timestamp",
    }  # fmt: skip
    assert (error["node_id"], type(error["traceback"])) == ("1", list)
    assert "execution_success" not in said(entry)
    job = server.json(f"api/jobs/{prompt}")
    assert (job["status"], job["execution_error"]["node_id"]) == ("failed", "1")
    assert server.ran()["status"]["status_str"] == "success"


def test_a_failed_job_keeps_what_it_had_finished(server: Server) -> None:
    graph = server.failing()
    graph["50"] = node("EmptyImage", width=8, height=8, batch_size=1, color=colour())
    graph["5"] = server.saving("50", "part")
    entry = server.ran(graph)
    assert entry["status"]["status_str"] == "error"
    assert set(entry["outputs"]) <= {"5"}


def test_saving_outside_of_the_folder_fails_while_it_runs(server: Server) -> None:
    graph = server.good()
    graph["9"]["inputs"]["filename_prefix"] = "../../evil"
    entry = server.ran(graph)
    assert entry["status"]["status_str"] == "error"
    assert "outside the output folder" in said(entry)["execution_error"]["exception_message"]


def test_clearing_the_queue_leaves_what_runs(server: Server) -> None:
    running = server.running(10)
    waiting = server.submit(server.good())
    server.post("queue", {"clear": True})
    assert server.json("queue")["queue_pending"] == []
    assert server.wait(running)["status"]["status_str"] == "success"
    assert server.entry(waiting) is None


def test_an_upload_is_kept_and_read_back(server: Server) -> None:
    kept = server.upload("logo.png", png("red")).json()
    assert kept == {"name": "logo.png", "subfolder": server.folder, "type": "input"}
    where = {"filename": "logo.png", "subfolder": server.folder, "type": "input"}
    assert server.get("view", **where).content == png("red")


def test_an_upload_of_a_name_that_is_taken_is_renamed_only_for_other_bytes(server: Server) -> None:
    names = [server.upload("taken.png", png(shade)).json()["name"] for shade in ("red", "red", "blue")]
    assert names == ["taken.png", "taken.png", "taken (1).png"]


def test_an_upload_that_may_overwrite_does(server: Server) -> None:
    server.upload("over.png", png("red"))
    assert server.upload("over.png", png("green"), overwrite="true").json()["name"] == "over.png"
    where = {"filename": "over.png", "subfolder": server.folder, "type": "input"}
    assert server.get("view", **where).content == png("green")


def test_an_upload_outside_of_the_folder_or_without_a_picture_is_refused(server: Server) -> None:
    files = {"image": ("x.png", png("red"), "image/png")}
    assert server.http.post("upload/image", files=files, data={"subfolder": "../../x"}).status_code == 400
    assert server.http.post("upload/image", data={"a": "b"}).status_code == 400


def test_other_bytes_under_a_name_are_another_picture(server: Server) -> None:
    graph = {"1": node("LoadImage", image=f"{server.folder}/changing.png"), "9": server.saving("1", "load")}
    server.upload("changing.png", png("red"), overwrite="true")
    server.ran(graph)
    assert "1" in said(server.ran(graph))["execution_cached"]["nodes"]
    server.upload("changing.png", png("blue"), overwrite="true")
    entry = server.ran(graph)
    assert "1" not in said(entry)["execution_cached"]["nodes"]
    picture = opened(server.get("view", **images(entry)[0]).content)
    assert picture.convert("RGB").getpixel((1, 1)) == (0, 0, 255)


def test_a_restart_forgets_queue_and_history_and_keeps_files(server: Server) -> None:
    if server.restart is None:
        pytest.skip("only the stand-in can be killed from here")
    image, running = saved(server, "kept"), server.running(60)
    waiting = server.submit(server.good())
    server.restart()
    until(lambda: _answers(server), "it is back")
    assert (server.entry(running), server.entry(waiting)) == (None, None)
    assert server.json("queue") == {"queue_running": [], "queue_pending": []}
    assert server.get("view", **image).status_code == 200


def _answers(server: Server) -> bool:
    try:
        return server.get("system_stats").status_code == 200
    except httpx.TransportError:
        return False
