"""`ingot node` as a process."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from typing import Any

START_TIMEOUT_S = 30


class Node:
    """A running node. url: as it says where it listens."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingot", "node", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.banner: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.banner.append(line.rstrip("\n"))
            if found := re.match(r'(?:Listening on |\{"event":"listening","addresses":\[")([\d.:]+)', line):
                self.url = f"http://{found[1]}"
                return
        raise RuntimeError(self.process.stderr.read() if self.process.stderr else "")

    def ask(self, method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body), timeout=10) as response:
            answer = json.load(response)
        return answer["result"] if "result" in answer else answer["error"]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        """Exit code, and the rest of what it said."""
        self.process.send_signal(number)
        out, error = self.process.communicate(timeout=START_TIMEOUT_S)
        return self.process.returncode, out, error
