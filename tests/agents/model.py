#!/usr/bin/env python3
"""A stand-in for agents' model services, on 127.0.0.1 only.

usage: model.py PORT_FILE LINE...

Answers each request by asking for the next LINE to be run by the agent's shell tool, and, when none is left, by one word of
text. A LINE that begins with `@` is asked for, without it, once PORT_FILE.go is there. What the agent reports of each line is
printed, one JSON object a line. Speaks the forms of Anthropic's messages, OpenAI's responses and chat completions and Google's
generateContent, streamed or not. An agent that offers no tools is answered with a fenced block of shell text, as aider reads
them. The port is written to PORT_FILE.
"""
import http.server
import json
import os
import sys
import threading
import time

LINES = sys.argv[2:]
LOCK = threading.Lock()
# What ends a task for agents that go on until they are told so.
SUBMIT = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
# How a block of shell text begins.
FENCE = "Run this:\n\n```bash\n"
told = set()


def next_line(results):
    """The line to ask for, by how many have been answered."""
    for result in results[len(told):]:
        told.add(len(told))
        print(json.dumps({"line": LINES[len(told) - 1].lstrip("@"), "result": result}), flush=True)
    line = LINES[len(results)] if len(results) < len(LINES) else None
    if line and line.startswith("@"):
        until = time.time() + 90
        while not os.path.exists(sys.argv[1] + ".go") and time.time() < until:
            time.sleep(0.1)
        line = line[1:]
    return line


def text_of(content):
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part.get("text", part.get("content", ""))) if isinstance(part, dict) else str(part) for part in content)
    return json.dumps(content)


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send_json(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_events(self, events, named):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for event in events:
            head = f"event: {event['type']}\n" if named else ""
            data = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"{head}data: {data}\n\n".encode())
        self.wfile.flush()
        self.close_connection = True

    def do_GET(self):
        self.send_json({"data": [], "models": [], "object": "list"})

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        try:
            asked = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            asked = {}
        path = self.path.split("?")[0]
        with LOCK:
            if path.endswith("/count_tokens"):
                self.send_json({"input_tokens": 10})
            elif path.endswith("/messages"):
                self.anthropic_messages(asked)
            elif path.endswith("/responses"):
                self.openai_responses(asked)
            elif path.endswith("/chat/completions"):
                self.openai_chat(asked)
            elif "enerateContent" in path:
                self.google_content(asked, path.endswith(":streamGenerateContent"))
            elif path.endswith(":countTokens"):
                self.send_json({"totalTokens": 10})
            else:
                self.send_json({})

    # Anthropic: POST /v1/messages
    def anthropic_messages(self, asked):
        tools = [tool.get("name") for tool in asked.get("tools", [])]
        results = [
            text_of(block.get("content"))
            for message in asked.get("messages", [])
            if isinstance(message.get("content"), list)
            for block in message["content"]
            if block.get("type") == "tool_result"
        ]
        line = next_line(results) if "Bash" in tools else None
        if line is None:
            block, reason = {"type": "text", "text": "done"}, "end_turn"
        else:
            block = {"type": "tool_use", "id": f"toolu_{len(results)}", "name": "Bash", "input": {"command": line, "description": "a line"}}
            reason = "tool_use"
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked.get("model", "m"), "stop_sequence": None,
                   "usage": {"input_tokens": 1, "output_tokens": 1}}
        if not asked.get("stream"):
            self.send_json({**message, "content": [block], "stop_reason": reason})
            return
        if block["type"] == "text":
            start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            start, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        self.send_events([
            {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": start},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 1}},
            {"type": "message_stop"},
        ], True)

    # OpenAI: POST /v1/responses
    def openai_responses(self, asked):
        results = [text_of(item.get("output")) for item in asked.get("input", []) if isinstance(item, dict)
                   and item.get("type") in ("function_call_output", "custom_tool_call_output", "local_shell_call_output")]
        names = [tool.get("name") or tool.get("type") for tool in asked.get("tools", [])]
        line = next_line(results)
        if line is None:
            item = {"type": "message", "id": "m1", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": "done", "annotations": []}]}
        elif "exec_command" in names:
            item = {"type": "function_call", "id": f"f{len(results)}", "call_id": f"call_{len(results)}", "name": "exec_command",
                    "status": "completed", "arguments": json.dumps({"cmd": line})}
        else:
            name = "shell_command" if "shell_command" in names else "shell"
            arguments = {"command": line} if name == "shell_command" else {"command": ["bash", "-lc", line]}
            item = {"type": "function_call", "id": f"f{len(results)}", "call_id": f"call_{len(results)}", "name": name,
                    "status": "completed", "arguments": json.dumps(arguments)}
        response = {"id": "r1", "object": "response", "status": "completed", "model": asked.get("model", "m"), "output": [item],
                    "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                              "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}}
        if not asked.get("stream"):
            self.send_json(response)
            return
        self.send_events([
            {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": response},
        ], True)

    # OpenAI: POST /v1/chat/completions
    def openai_chat(self, asked):
        messages = asked.get("messages", [])
        tools = [tool.get("function", {}) for tool in asked.get("tools", [])]
        shell = next((tool for tool in tools if tool.get("name") in ("bash", "run_commands", "execute_command", "shell")), None)
        fenced = not tools and "```bash" in text_of(messages[0].get("content"))
        if fenced:
            # What printed nothing is not reported at all: each block that was asked for has been dealt with.
            texts = [(message.get("role"), text_of(message.get("content"))) for message in messages]
            asked_at = [at for at, (role, text) in enumerate(texts) if role == "assistant" and text.startswith(FENCE)]
            after = [texts[at + 1][1] if at + 1 < len(texts) else "" for at in asked_at]
            results = [text if text.startswith("Output from ") else "" for text in after]
        else:
            results = [text_of(message.get("content")) for message in messages if message.get("role") == "tool"]
        line = next_line(results) if shell or fenced else None
        if line is None and shell and SUBMIT in json.dumps(messages):
            line = f"echo {SUBMIT}"
        if line is None:
            delta, reason = {"role": "assistant", "content": "done"}, "stop"
        elif fenced:
            delta, reason = {"role": "assistant", "content": f"{FENCE}{line}\n```\n"}, "stop"
        else:
            wanted = {"command": line, "description": "a line"}
            if shell["name"] == "run_commands":
                wanted = {"commands": [line]}
            call = {"index": 0, "id": f"call_{len(results)}", "type": "function",
                    "function": {"name": shell["name"], "arguments": json.dumps(wanted)}}
            delta, reason = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
        head = {"id": "c1", "created": 1, "model": asked.get("model", "m")}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not asked.get("stream"):
            self.send_json({**head, "object": "chat.completion", "usage": usage,
                            "choices": [{"index": 0, "message": delta, "finish_reason": reason}]})
            return
        chunk = {**head, "object": "chat.completion.chunk"}
        self.send_events([
            {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": usage},
            "[DONE]",
        ], False)


    # Google: POST /v1beta/models/M:generateContent and :streamGenerateContent
    def google_content(self, asked, stream):
        parts = [part for content in asked.get("contents", []) for part in content.get("parts", [])]
        results = [json.dumps(part["functionResponse"].get("response", {})) for part in parts if "functionResponse" in part]
        names = [each.get("name") for tool in asked.get("tools", []) for each in tool.get("functionDeclarations", [])]
        line = next_line(results) if "run_shell_command" in names else None
        if line is None:
            part = {"text": "done"}
        else:
            part = {"functionCall": {"name": "run_shell_command", "args": {"command": line, "description": "a line"}}}
        answer = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
                  "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}
        if stream:
            self.send_events([answer], False)
        else:
            self.send_json(answer)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open(sys.argv[1], "w") as file:
    file.write(str(server.server_address[1]))
server.serve_forever()
