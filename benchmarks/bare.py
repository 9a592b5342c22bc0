"""The sample tests with empty bodies: the same strategies, machines and fixtures' names, and nothing to do.

What pytest and Hypothesis themselves cost is what such a suite costs; ingot's share is the rest.
"""

from __future__ import annotations

import ast
from pathlib import Path

CONFTEST = """import pytest


class Nothing:
    def __getattr__(self, name):
        return self

    def __getitem__(self, key):
        return self

    def __call__(self, *args, **kwargs):
        return self


"""


def write_bare_suite(source: Path, target: Path) -> int:
    """Write the twin of the tests in `source` to `target`. Returns: how many test files."""
    target.mkdir(parents=True, exist_ok=True)
    fixtures = {"project", "accounts", "chain", "networks", "Contract"}
    count = 0
    for path in sorted(source.glob("*.py")):
        tree = ast.parse(path.read_text())
        fixtures |= {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _is_fixture(node)
        }
        if path.name == "conftest.py":
            continue
        (target / path.name).write_text(ast.unparse(ast.fix_missing_locations(_Emptied().visit(tree))) + "\n")
        count += 1
    stubs = [f"@pytest.fixture\ndef {name}():\n    return Nothing()\n" for name in sorted(fixtures)]
    # Hypothesis refuses function-scoped fixtures under @given, and the real ones are wider, too
    text = CONFTEST + "\n\n".join(
        stub.replace("@pytest.fixture\n", '@pytest.fixture(scope="session")\n') for stub in stubs
    )
    (target / "conftest.py").write_text(text)
    return count


def _is_fixture(node: ast.FunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in node.decorator_list)


def _steers(statement: ast.stmt) -> bool:
    """Whether it decides what is drawn. An `assume` about a contract's answer does not stay: there is no contract."""
    calls = [_called(node) for node in ast.walk(statement) if isinstance(node, ast.Call)]
    if calls == ["assume"] or "run_state_machine_as_test" in calls:
        return True
    return "draw" in calls


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_plain_assignment(statement: ast.stmt) -> bool:
    """A model's initial state: `self.paused = False`."""
    if not isinstance(statement, ast.Assign):
        return False
    return not any(isinstance(node, ast.Call) for node in ast.walk(statement.value))


class _Emptied(ast.NodeTransformer):
    """Empties functions; drops fixtures, which the conftest of the twin supplies."""

    def visit_Import(self, node: ast.Import) -> ast.Import | None:
        kept = [name for name in node.names if name.name.split(".")[0] != "ingot"]
        return ast.Import(names=kept) if kept else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        return None if (node.module or "").split(".")[0] == "ingot" else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef | None:
        if _is_fixture(node):
            return None
        body: list[ast.stmt]
        if node.name == "__init__":
            body = [one for one in node.body if _is_plain_assignment(one) or "super()" in ast.unparse(one)]
        else:
            body = [one for one in node.body if _steers(one)]
        node.body = body or [ast.Pass()]
        return node
