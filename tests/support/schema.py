"""The part of JSON Schema that openrpc.json uses: enough to check answers against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["OpenRpc"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
    "null": (type(None),),
}
_KNOWN = frozenset(
    [
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "items",
        "pattern",
        "oneOf",
        "anyOf",
        "allOf",
        "enum",
        "additionalProperties",
        "not",
        "minItems",
        "maxItems",
        "uniqueItems",
        "patternProperties",
        "minimum",
        "maximum",
        "const",
        "examples",
        "format",
        "minLength",
        "maxLength",
        "default",
        "deprecated",
        "$schema",
        "readOnly",
        "writeOnly",
    ]
)


class OpenRpc:
    """The methods of a description, and what is wrong with answers."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self._description = description
        self.methods = {method["name"]: method for method in description["methods"]}

    def problems(self, method: str, result: Any) -> list[str]:
        """What is wrong with the result of a method; nothing, if it is as described."""
        return list(self._problems(self.methods[method]["result"]["schema"], result, "result"))

    def _problems(self, schema: Any, value: Any, path: str) -> Iterator[str]:
        if schema is True or schema == {}:
            return
        unknown = set(schema) - _KNOWN
        assert not unknown, f"{path}: the checker does not know {unknown}"
        if "$ref" in schema:
            target: Any = self._description
            for name in schema["$ref"].split("/")[1:]:
                target = target[name]
            yield from self._problems(target, value, path)
        yield from self._of_type(schema, value, path)
        yield from self._of_choices(schema, value, path)
        if isinstance(value, dict):
            yield from self._of_object(schema, value, path)
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                yield from self._problems(schema["items"], item, f"{path}[{index}]")
        if isinstance(value, list) and len(value) < schema.get("minItems", 0):
            yield f"{path}: too few items"

    def _of_type(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        wanted = schema.get("type")
        if wanted is not None:
            names = [wanted] if isinstance(wanted, str) else wanted
            fits = any(isinstance(value, _TYPES[name]) for name in names)
            if not fits or (isinstance(value, bool) and "boolean" not in names):
                yield f"{path}: {value!r:.80} is not {wanted}"
        if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: {value!r:.80} does not match {schema['pattern']}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{path}: {value!r:.80} is none of {schema['enum']}"
        if "const" in schema and value != schema["const"]:
            yield f"{path}: {value!r:.80} is not {schema['const']}"

    def _of_choices(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        for each in schema.get("allOf", ()):
            yield from self._problems(each, value, path)
        for word in ("oneOf", "anyOf"):
            if word not in schema:
                continue
            found = [list(self._problems(each, value, path)) for each in schema[word]]
            if all(found):
                nearest = min(found, key=len)
                yield f"{path}: none of {word} fits; nearest: {'; '.join(nearest[:3])}"
        if "not" in schema and not list(self._problems(schema["not"], value, path)):
            yield f"{path}: it is what it must not be"

    def _of_object(self, schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path}: {name} is missing"
        for name, item in value.items():
            matching = [each for pattern, each in patterns.items() if re.search(pattern, name)]
            if name in properties:
                yield from self._problems(properties[name], item, f"{path}.{name}")
            for each in matching:
                yield from self._problems(each, item, f"{path}.{name}")
            more = schema.get("additionalProperties", True)
            if name not in properties and not matching and more is not True:
                if more is False:
                    yield f"{path}: there is no {name}"
                else:
                    yield from self._problems(more, item, f"{path}.{name}")
