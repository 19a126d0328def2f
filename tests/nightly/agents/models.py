"""What the vendors' services answer, as much of it as one turn needs: the model asks for the given shell commands one by one, then says that
it is done. The parts of a request that hold what a command said are kept, as this is what a model is told."""

import json
import uuid

DONE = "all of it is done"


def argument_for(schema, command):
    """What a shell tool wants: `command` or `cmd`, as a text or as a list; whatever else it insists on."""
    values = {}
    for name in {*schema.get("required", []), *({"command", "cmd"} & set(schema.get("properties", {})))}:
        kind = schema["properties"][name].get("type")
        if name in ("command", "cmd"):
            values[name] = ["bash", "-c", command] if kind == "array" else command
        elif kind == "string":
            values[name] = "a step"
    return values


def next_call(tools, said, commands):
    """(name, arguments) of the tool to call next, or None; tools: name -> JSON schema; said: what the commands so far gave. A command that is a
    pair names its tool itself."""
    shells = [name for name in tools if name.lower() in ("bash", "exec", "shell", "shell_command", "exec_command", "run_shell_command")]
    if not shells or len(said) >= len(commands):
        return None
    if not isinstance(commands[len(said)], str):
        return commands[len(said)]
    return shells[0], argument_for(tools[shells[0]], commands[len(said)])


def text_of(content):
    """The text in whatever shape it comes."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(each) for each in content)
    if isinstance(content, dict):
        return "\n".join(text_of(content[key]) for key in ("text", "content", "output", "error") if key in content)
    return ""


def items_of(request):
    return request["input"] if isinstance(request.get("input"), list) else []


class Anthropic:
    """POST /v1/messages"""

    @staticmethod
    def said(request):
        blocks = [block for message in request.get("messages", []) if isinstance(message["content"], list) for block in message["content"]]
        return [text_of(block.get("content", "")) for block in blocks if block.get("type") == "tool_result"]

    @staticmethod
    def tools(request):
        return {tool["name"]: tool.get("input_schema", {}) for tool in request.get("tools", [])}

    @staticmethod
    def events(request, call):
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": request.get("model", "m"), "content": [],
                   "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
        start = {"type": "text", "text": ""} if not call else {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex}", "name": call[0], "input": {}}
        delta = {"type": "text_delta", "text": DONE} if not call else {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
        if not request.get("stream"):
            block = {**start, "input": call[1]} if call else {"type": "text", "text": DONE}
            return {**message, "content": [block], "stop_reason": "tool_use" if call else "end_turn"}
        return [{"type": "message_start", "message": message}, {"type": "content_block_start", "index": 0, "content_block": start},
                {"type": "content_block_delta", "index": 0, "delta": delta}, {"type": "content_block_stop", "index": 0},
                {"type": "message_delta", "delta": {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None},
                 "usage": {"output_tokens": 1}}, {"type": "message_stop"}]


class OpenAI:
    """POST /v1/responses. Codex offers one tool `exec` that takes JavaScript, in which a command is a call of its own."""

    @staticmethod
    def said(request):
        return [text_of(item.get("output", "")) for item in items_of(request) if item.get("type", "").endswith("_call_output")]

    @staticmethod
    def tools(request):
        offered = [*request.get("tools", []), *(tool for item in items_of(request) for space in item.get("tools", []) for tool in space.get("tools", []))]
        scripts = {tool["name"]: {"properties": {"command": {}}} for tool in offered if (tool.get("type"), tool.get("name")) == ("custom", "exec")}
        return scripts | {tool["name"]: tool.get("parameters", {}) for tool in offered if tool.get("type") == "function"}

    @staticmethod
    def events(request, call):
        item = {"type": "message", "role": "assistant", "id": "msg_1", "content": [{"type": "output_text", "text": DONE}]}
        if call:
            number = f"call_{uuid.uuid4().hex}"
            item = {"type": "function_call", "id": f"fc_{number}", "call_id": number, "name": call[0], "arguments": json.dumps(call[1])}
        if call and call[0] == "exec":
            script = f"text((await tools.exec_command({json.dumps({'cmd': call[1]['command']})})).output)"
            item = {"type": "custom_tool_call", "id": f"ctc_{number}", "call_id": number, "name": "exec", "input": script}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, "input_tokens_details": None, "output_tokens_details": None}
        return [{"type": "response.created", "response": {"id": "resp_1"}}, {"type": "response.output_item.done", "output_index": 0, "item": item},
                {"type": "response.completed", "response": {"id": "resp_1", "output": [item], "usage": usage}}]


class Gemini:
    """POST /v1beta/models/NAME:streamGenerateContent"""

    @staticmethod
    def said(request):
        parts = [part for content in request.get("contents", []) for part in content.get("parts", [])]
        return [text_of(part["functionResponse"].get("response", "")) for part in parts if "functionResponse" in part]

    @staticmethod
    def tools(request):
        declared = [each for tool in request.get("tools", []) for each in tool.get("functionDeclarations", [])]
        return {each["name"]: each.get("parametersJsonSchema") or each.get("parameters", {}) for each in declared}

    @staticmethod
    def events(_, call):
        part = {"functionCall": {"name": call[0], "args": call[1]}} if call else {"text": DONE}
        return [{"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                 "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}]
