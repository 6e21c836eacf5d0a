"""How a ComfyUI server answers and judges: checked of the stand-in, or of the server that COMFY_BASE_URL names.

Not here: executing, cancelling and websockets (`test_comfy_conformance_running`, `…_sockets`).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.comfy_server import Graph, Server, images, new_id, node, said

CAPITALS = "46B2B339-AA9E-489A-8C08-F0CEEFC2A92A"


def refusal(server: Server, body: Any, kind: str) -> Any:
    response = server.post("prompt", body)
    assert response.status_code == 400, response.text[:300]
    answer = response.json()
    assert set(answer["error"]) >= {"type", "message", "details", "extra_info"}
    assert answer["error"]["type"] == kind
    assert isinstance(answer["node_errors"], dict | list)
    return answer


def flaw(server: Server, graph: Graph, at: str) -> Any:
    """The first error at a node of a graph that is refused for its outputs."""
    answer = refusal(server, {"prompt": graph}, "prompt_outputs_failed_validation")
    found = answer["node_errors"][at]
    assert set(found) >= {"class_type", "dependent_outputs", "errors"}
    assert found["dependent_outputs"] == ["9"]
    assert set(found["errors"][0]) >= {"type", "message", "details", "extra_info"}
    return found["errors"][0]


def test_it_tells_version_and_devices(server: Server) -> None:
    stats = server.json("system_stats")
    assert re.match(r"\d+\.\d+", stats["system"]["comfyui_version"])
    assert set(stats["devices"][0]) >= {"name", "type", "vram_total", "vram_free"}


def test_it_tells_how_much_may_be_uploaded(server: Server) -> None:
    assert isinstance(server.json("features")["max_upload_size"], int)


def test_every_route_stands_below_api_as_well(server: Server) -> None:
    assert set(server.json("api/system_stats")) == set(server.json("system_stats"))
    assert set(server.json("api/queue")) == {"queue_running", "queue_pending"}


def test_nodes_are_described_and_an_unknown_one_is_nothing(server: Server) -> None:
    plain = server.json("object_info/EmptyImage")["EmptyImage"]
    assert (plain["input"]["required"]["width"][0], plain["output"][0], plain["output_node"]) == ("INT", "IMAGE", False)
    assert server.json("object_info/SaveImage")["SaveImage"]["output_node"] is True
    assert server.json("object_info/NoSuchNode") == {}


def test_models_are_listed_by_folder(server: Server) -> None:
    assert isinstance(server.json("models/checkpoints"), list)
    assert server.get("models/nope").status_code == 404


def test_the_queue_is_shown(server: Server) -> None:
    assert set(server.json("queue")) == {"queue_running", "queue_pending"}
    assert isinstance(server.json("prompt")["exec_info"]["queue_remaining"], int)


def test_an_unknown_prompt_is_nothing_in_the_history_and_missing_among_the_jobs(server: Server) -> None:
    assert server.json(f"history/{new_id()}") == {}
    missing = server.get(f"api/jobs/{new_id()}")
    assert missing.status_code == 404
    assert "error" in missing.json()


def test_bad_filters_and_unknown_routes_are_refused(server: Server) -> None:
    assert server.get("api/jobs", status="bogus").status_code == 400
    assert server.get("api/jobs", limit=0).status_code == 400
    assert server.get("api/definitely-not-a-route").status_code == 404


def test_a_submission_is_answered_with_the_id_that_it_names(server: Server) -> None:
    prompt = new_id()
    answer = server.post("prompt", {"prompt": server.good(), "client_id": "checks", "prompt_id": prompt}).json()
    assert set(answer) == {"prompt_id", "number", "node_errors"}
    assert (answer["prompt_id"], answer["node_errors"]) == (prompt, {})
    server.wait(prompt)


def test_a_submission_without_an_id_gets_one(server: Server) -> None:
    minted = server.post("prompt", {"prompt": server.good(), "client_id": "checks"}).json()["prompt_id"]
    assert str(uuid.UUID(minted)) == minted
    server.wait(minted)


@pytest.mark.parametrize("bad", ["job-42", CAPITALS, CAPITALS.lower().replace("-", ""), 5])
def test_an_id_that_is_no_canonical_uuid_is_refused(server: Server, bad: Any) -> None:
    refusal(server, {"prompt": server.good(), "prompt_id": bad}, "invalid_prompt_id")


def test_without_a_graph_or_outputs_nothing_is_queued(server: Server) -> None:
    refusal(server, {"client_id": "checks"}, "no_prompt")
    refusal(server, {"prompt": {}}, "prompt_no_outputs")
    graph = server.good()
    del graph["9"]
    refusal(server, {"prompt": graph}, "prompt_no_outputs")


def test_an_unknown_node_class_is_named(server: Server) -> None:
    graph = server.good()
    graph["2"]["class_type"] = "NoSuchNode"
    facts = refusal(server, {"prompt": graph}, "missing_node_type")["error"]["extra_info"]
    assert (facts["class_type"], facts["node_id"]) == ("NoSuchNode", "2")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda inputs: inputs.pop("width"), "required_input_missing"),
        (lambda inputs: inputs.update(width=99999), "value_bigger_than_max"),
        (lambda inputs: inputs.update(width=0), "value_smaller_than_min"),
        (lambda inputs: inputs.update(width="abc"), "invalid_input_type"),
    ],
)
def test_a_bad_input_is_refused_at_its_node(server: Server, change: Callable[[Any], object], kind: str) -> None:
    graph = server.good()
    change(graph["1"]["inputs"])
    assert flaw(server, graph, "1")["type"] == kind


def test_a_model_that_is_not_there_is_named(server: Server) -> None:
    graph = {
        "1": node("CheckpointLoaderSimple", ckpt_name="nope.safetensors"),
        "2": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "3": node("VAEDecode", samples=["2", 0], vae=["1", 2]),
        "9": server.saving("3"),
    }
    found = flaw(server, graph, "1")
    assert (found["type"], found["extra_info"]["received_value"]) == ("value_not_in_list", "nope.safetensors")


def test_a_picture_that_was_not_uploaded_is_refused(server: Server) -> None:
    graph = {"1": node("LoadImage", image="nope.png"), "9": server.saving("1")}
    assert flaw(server, graph, "1")["type"] == "custom_validation_failed"


def test_a_link_of_another_type_is_refused(server: Server) -> None:
    graph = server.good()
    graph["1"] = node("EmptyLatentImage", width=64, height=64, batch_size=1)
    assert flaw(server, graph, "2")["type"] == "return_type_mismatch"


def test_a_half_good_graph_is_taken_and_its_bad_half_reported(server: Server) -> None:
    graph, prompt = server.good("half"), new_id()
    graph["20"] = node("SaveImage", images=["1", 9], filename_prefix="checks/half")
    response = server.post("prompt", {"prompt": graph, "client_id": "checks", "prompt_id": prompt})
    assert (response.status_code, list(response.json()["node_errors"])) == (200, ["20"])
    entry = server.wait(prompt)
    assert (entry["status"]["status_str"], list(entry["outputs"]), entry["prompt"][4]) == ("success", ["9"], ["9"])


def test_broken_json_is_a_500_that_is_no_json(server: Server) -> None:
    response = server.http.post("prompt", content=b"{not json", headers={"content-type": "application/json"})
    assert response.status_code == 500
    assert "json" not in response.headers["content-type"]


def test_the_same_id_runs_again_and_takes_the_place_of_the_first(server: Server) -> None:
    prompt = server.submit(server.good("first"))
    first = server.wait(prompt)
    server.submit(server.good("second"), prompt=prompt)
    while (second := server.entry(prompt)) is None or second["outputs"] == first["outputs"]:
        pass
    assert images(second)[0]["filename"].startswith("second")


def test_what_comes_with_a_graph_is_kept_with_client_and_time(server: Server) -> None:
    prompt = server.submit(server.good(), client="another", extra_data={"platform": {"job": "j1"}})
    entry = server.wait(prompt)
    kept = entry["prompt"][3]
    assert (entry["prompt"][1], kept["platform"], kept["client_id"]) == (prompt, {"job": "j1"}, "another")
    assert isinstance(kept["create_time"], int)
    assert kept["create_time"] > 10**12


def test_a_key_for_paid_nodes_is_never_shown(server: Server) -> None:
    prompt = server.submit(server.slow(6), extra_data={"api_key_comfy_org": "s3cret"})
    server.until_running(prompt)
    assert "s3cret" not in server.get("queue").text
    server.wait(prompt)
    assert "s3cret" not in server.get(f"history/{prompt}").text


def test_unknown_inputs_and_unknown_keys_are_overlooked(server: Server) -> None:
    graph = server.good()
    graph["1"]["inputs"]["bogus"] = 1
    response = server.post("prompt", {"prompt": graph, "client_id": "checks", "idempotency_key": "x"})
    assert response.status_code == 200
    server.wait(response.json()["prompt_id"])


def test_numbers_go_up(server: Server) -> None:
    first, second = (server.post("prompt", {"prompt": server.good(), "client_id": "checks"}).json() for _ in range(2))
    assert second["number"] == first["number"] + 1
    server.wait(second["prompt_id"])


def test_null_in_the_workflow_breaks_the_list_of_jobs_until_the_entry_is_deleted(server: Server) -> None:
    prompt = server.submit(server.good(), extra_data={"extra_pnginfo": {"workflow": None}})
    entry = server.wait(prompt)
    assert said(entry)["execution_success"]
    assert server.get("api/jobs", limit=1).status_code == 500
    server.post("history", {"delete": [prompt]})
    assert server.get("api/jobs", limit=1).status_code == 200


def test_a_500_does_not_mean_that_a_prompt_was_not_queued(server: Server) -> None:
    server.running(12)
    body = {"prompt": server.good(), "client_id": "checks", "prompt_id": new_id(), "number": 7e6}
    codes = [server.post("prompt", body).status_code for _ in range(2)]
    queued = [item for item in server.json("queue")["queue_pending"] if item[1] == body["prompt_id"]]
    server.drain()
    assert (codes, len(queued)) == ([200, 500], 2)
