"""``model.to_json()`` of Keras → the JSON from which TensorBoard draws its conceptual graph.

Of a model the page shows the names, classes and types of its layers, and how they are
connected; no more is kept. TensorBoard 2.21 does not follow the connections of Keras 2, nor
those between nested models, and answers with an error to what Keras 3 says of a constant
argument, or of a functional model in a sequential one: these are rewritten
(``tensorboard/plugins/graph/keras_util.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tbconvert.summaries.nodes import safe_name
from tbconvert.summaries.wire import GraphError

PLUGIN = "graph_keras_model"
CONTENT = b"1"
"""What the plugin wants in the metadata; it passes over anything else."""

_WANTED = "a Keras model"
_WRAPPERS = ("modelTopology", "model_config")
_POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_DTYPES = {
    *("float16", "bfloat16", "float32", "float64", "bool", "string", "complex64", "complex128"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
}


def keras_graph(data: bytes) -> bytes:
    """Return a model of Keras 2 or 3 as TensorBoard draws it, as JSON.

    It may be wrapped, as TensorFlow.js and HDF5 files do.

    Raises
    ------
    GraphError
        It is no such model, or says nothing of its layers.
    """
    try:
        model = _unwrapped(_loaded(data))
        _check(model)
        return json.dumps(_drawn(model, "model")).encode()
    except RecursionError as err:
        raise GraphError(f"not {_WANTED}: it is nested too deeply") from err


def _loaded(data: bytes | str) -> Any:
    if not data.strip():
        raise GraphError(f"is empty, wanted {_WANTED}")
    try:
        return json.loads(data)
    except UnicodeDecodeError as err:
        raise GraphError(f"not {_WANTED}: byte {err.start} is not UTF-8") from err
    except ValueError as err:
        raise GraphError(f"not {_WANTED}: not JSON: {str(err).lower()}") from err


def _unwrapped(found: Any) -> Any:
    for key in _WRAPPERS:
        if isinstance(found, dict) and key in found:
            found = found[key]
            if isinstance(found, str):
                found = _loaded(found)
    return found


def _check(model: Any) -> None:
    """Raise unless a model has layers."""
    if not isinstance(model, dict) or "config" not in model:
        has = f"the keys {', '.join(map(str, list(model)[:5]))}" if isinstance(model, dict) else ""
        got = has or f"a JSON {'array' if isinstance(model, list) else 'value'}"
        raise GraphError(f"not {_WANTED}: got {got}, wanted class_name and config")
    if not _layers(model):
        name = model.get("class_name")
        said = f"a Keras model of class {name!r} says nothing of its layers"
        raise GraphError(f"{said}, wanted a Sequential or Functional one")


def _layers(layer: dict[str, Any]) -> list[Any]:
    """Return the layers of a model; none for any other layer."""
    config = layer.get("config")
    # before Keras 2.2.3 the whole configuration of a sequential model was its layers
    layers = config.get("layers") if isinstance(config, dict) else config
    return layers if isinstance(layers, list) else []


def _config(layer: dict[str, Any]) -> dict[str, Any]:
    config = layer.get("config")
    return config if isinstance(config, dict) else {}


def _name(layer: Any, spare: str) -> str:
    """Return what a layer is called, as the page can draw it."""
    if not isinstance(layer, dict):
        raise GraphError(f"not {_WANTED}: {spare} is no object")
    name = safe_name(str(_config(layer).get("name") or layer.get("name") or ""))
    return name or safe_name(str(layer.get("class_name") or "")) + "_" + spare


def _drawn(layer: dict[str, Any], spare: str) -> dict[str, Any]:
    """Return a layer, and those within it, as TensorBoard reads them.

    Within a model connections name the layers that do something: "encoder/dense" for a
    model "encoder" that ends in it.
    """
    config: dict[str, Any] = {"name": _name(layer, spare)}
    if dtype := _dtype(_config(layer).get("dtype")):
        config["dtype"] = dtype
    class_name = str(layer.get("class_name", "")).encode("ascii", "replace").decode()
    drawn = {"class_name": class_name, "config": config}
    if not (layers := _layers(layer)):
        return drawn

    ends: dict[str, list[str]] = {}
    config["layers"] = []
    for at, each in enumerate(layers):
        name = _name(each, f"layer_{at}")
        ends[name] = [f"{name}/{end}" for end in _ends(each)] or [name]
        config["layers"].append(_drawn(each, f"layer_{at}"))
    for each, inner in zip(layers, config["layers"], strict=True):
        sources = _sources(each.get("inbound_nodes"), ends)
        if each.get("inbound_nodes") is not None:
            args = [{"config": {"keras_history": [name, 0, 0]}} for name in sources]
            inner["inbound_nodes"] = [{"args": args}]
        if not sources and len(inner["config"].get("input_layers", ())) > 1:
            del inner["config"]["input_layers"]  # it would stop there
    for key in ("input_layers", "output_layers"):
        if names := _sources(_config(layer).get(key), ends):
            # TensorBoard takes the first for names, the second for references
            config[key] = names if key == "input_layers" else [[name, 0, 0] for name in names]
    return drawn


def _ends(layer: dict[str, Any]) -> list[str]:
    """Return the layers in which a model ends, by their paths below it; none for a layer."""
    if not (layers := _layers(layer)):
        return []
    named = {_name(each, f"layer_{at}"): each for at, each in enumerate(layers)}
    wanted = list(_references(_config(layer).get("output_layers"))) or [(list(named)[-1], 0)]
    ends = []
    for name, index in wanted:
        inner = _ends(named[name]) if name in named else []
        ends.append(f"{name}/{inner[min(index, len(inner) - 1)]}" if inner else name)
    return ends


def _sources(value: Any, ends: dict[str, list[str]]) -> list[str]:
    """Return the layers whose outputs are named in a value: of a model, that in which it ends."""
    found = ((ends.get(name, [name]), index) for name, index in _references(value))
    return [places[min(index, len(places) - 1)] for places, index in found]


def _references(value: Any) -> Iterator[tuple[str, int]]:
    """Yield the outputs that are named anywhere in the arguments of a layer.

    Keras 3 has ``{"config": {"keras_history": [layer, node, output]}}``, Keras 2
    ``[layer, node, output, {argument: …}]``.
    """
    if isinstance(value, dict):
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        match value:
            case [str(name), int(), int(index), *rest]:
                yield safe_name(name), max(0, index)
                yield from _references(rest)
            case _:
                for each in value:
                    yield from _references(each)


def _dtype(dtype: Any) -> str | None:
    """Return the type of a layer, which may be the name of a policy or say all of it."""
    if isinstance(dtype, dict):
        dtype = _config(dtype).get("name")
    name = _POLICIES.get(str(dtype), str(dtype))
    return name if name in _DTYPES else None
