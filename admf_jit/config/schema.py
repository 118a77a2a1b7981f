"""The JSON Schema of a configuration, by which an editor completes keys and marks mistakes as they are typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from admf_jit.config.model import Config
from admf_jit.config.run_config import OF_STRATEGY, OWN_BLOCKS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: What a short form of a block may be: the rate of a commission, the type of a strategy, one text for a list of texts.
_SHORT: JsonSchemaValue = {"type": ["string", "number", "boolean", "null", "array"]}


class _AsWritten(GenerateJsonSchema):
    """The schema of what may be written: validators that see a value before its type may take other forms of it."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        return _or_short(super().function_before_schema(schema))

    def function_wrap_schema(self, schema: core_schema.WrapValidatorFunctionSchema) -> JsonSchemaValue:
        return _or_short(super().function_wrap_schema(schema))


def _or_short(inner: JsonSchemaValue) -> JsonSchemaValue:
    is_block = "$ref" in inner or inner.get("type") == "object" and "properties" in inner
    return {"anyOf": [inner, _SHORT if is_block else {}]}


def configuration_schema() -> dict[str, Any]:
    """Return the schema of a configuration, of one strategy or of several, over one set of data or several.

    It knows every key, its default and what it may be. It accepts whatever is accepted; what depends on other keys, on
    the data or on the strategy is checked by ``validate`` alone.
    """
    schema = Config.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    properties = schema["properties"]
    data = properties["data"]
    named = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    properties["data"] = {"anyOf": [data, {"type": "array", "items": named, "minItems": 1}]}
    properties["strategies"] = {
        "type": "object",
        "description": "several strategies by name, instead of `strategy`; each may have blocks of its own",
        "additionalProperties": _strategy(schema["$defs"]["StrategyConfig"], properties),
    }
    schema["required"] = [key for key in schema.get("required", ()) if key != "strategy"]
    schema["anyOf"] = [{"required": ["strategy"]}, {"required": ["strategies"]}]
    return {"$schema": DIALECT, "title": "admf_jit configuration", **{k: v for k, v in schema.items() if k != "title"}}


def _strategy(strategy: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """One of several strategies: its type, parameters, what is swept of it, and blocks of its own."""
    own = {key: properties[key] for key in ("optimization", *OWN_BLOCKS)}
    return {
        "type": "object",
        "properties": {key: strategy["properties"][key] for key in OF_STRATEGY} | own,
        "additionalProperties": False,
    }
