"""`ingot run` and friends as whole processes: what a user sees, and the exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
TINY = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Tiny {
    error Odd(uint256 number);

    uint256 public number;

    /// @notice Keep an even number.
    function keep(uint256 number_) external {
        if (number_ % 2 == 1) revert Odd(number_);
        number = number_;
    }
}
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "contracts").mkdir()
    (folder / "scripts").mkdir()
    (folder / "contracts" / "Tiny.sol").write_text(TINY)
    (folder / "ape-config.yaml").write_text("name: tiny\nsolidity:\n  version: 0.8.37\n")
    first = ingot_command(folder, "gen-types", "--out", "first")
    assert "compiling 1 file" in first.stderr
    return folder


@pytest.fixture
def script(tiny):
    path = tiny / "scripts" / "deploy.py"

    def write(text):
        path.write_text(f"import ingot\n\n{text}\n")
        return path

    yield write
    path.unlink(missing_ok=True)


def ingot_command(folder, *words, given=""):
    return _run([sys.executable, "-m", "ingot", *words], folder, given)


def _run(command, folder, given=""):
    # Preloads, such as a coverage tool's, are kept: everything but what the tests control comes from outside.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


DEPLOYS = """
def main():
    deploy = ingot.deployment()
    tiny = deploy("Tiny")
    deploy.call(tiny.keep, 4)
"""


@pytest.mark.parametrize("name", ["scripts/deploy.py", "deploy", "deploy.py"])
def test_a_script_is_run_and_its_deployment_shown(tiny, script, name):
    script(DEPLOYS)
    done = ingot_command(tiny, "run", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Tiny.keep" in done.stdout
    assert done.stdout.count("total") == 1


def test_what_the_script_showed_is_not_shown_again(tiny, script):
    script(DEPLOYS + "    print(deploy.table())\n")
    assert ingot_command(tiny, "run", "deploy").stdout.count("total") == 1


def test_a_script_also_runs_in_plain_python_from_anywhere(script, tmp_path):
    path = script(DEPLOYS + "    print(deploy.table())\n\nmain()\n")
    done = _run([sys.executable, str(path)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Tiny.keep" in done.stdout


def test_arguments_reach_the_script(tiny, script):
    script("import sys\n\ndef main():\n    print(sys.argv[1:])\n")
    assert ingot_command(tiny, "run", "deploy", "--supply", "x", "y").stdout == "['--supply', 'x', 'y']\n"


def test_scripts_import_their_neighbours(tiny, script):
    (tiny / "scripts" / "_shared.py").write_text("NUMBER = 6\n")
    script("from _shared import NUMBER\n\ndef main():\n    print(NUMBER)\n")
    assert ingot_command(tiny, "run", "deploy").stdout == "6\n"


def test_a_revert_is_one_message_with_the_line_of_the_script(tiny, script):
    script(DEPLOYS.replace("4)", "5)"))
    done = ingot_command(tiny, "run", "deploy")
    assert done.returncode == 1
    assert done.stderr.splitlines()[:3] == [
        "deploy.py:6: in main: deploy.call(tiny.keep, 5)".replace(":6:", ":7:"),
        "ingot: Odd(number=5)",
        "  in Tiny.keep(number_=5) from 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    ]
    assert "Traceback" not in done.stderr


def test_an_error_of_the_script_shows_the_scripts_frames_only(tiny, script):
    script("def inner():\n    return 1 // 0\n\ndef main():\n    inner()\n")
    done = ingot_command(tiny, "run", "deploy")
    assert done.returncode == 1
    assert done.stderr.count("  File ") == 2
    assert "runpy" not in done.stderr
    assert "cli/run.py" not in done.stderr
    assert done.stderr.rstrip().endswith("ZeroDivisionError: integer division or modulo by zero")


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("def main(:", 1, "SyntaxError"),
        ("x = 1", 2, "has no main()"),
        ("def main(network):\n    pass", 2, "main() is called without arguments"),
        ("async def main():\n    pass", 2, "main() is async"),
        ("def main():\n    raise ingot.UsageError('no supply')", 2, "deploy.py:4: in main"),
        ("import sys\ndef main():\n    sys.exit(3)", 3, ""),
        ("import sys\ndef main():\n    sys.exit('no')", 1, "no"),
        ("def main():\n    raise KeyboardInterrupt", 130, "interrupted"),
        ("def main():\n    ingot.deployment()('Tinny')", 2, "did you mean 'Tiny'"),
    ],
)
def test_exit_codes_and_messages(tiny, script, text, code, says):
    script(text)
    done = ingot_command(tiny, "run", "deploy")
    assert done.returncode == code
    assert says in done.stderr
    assert "cli/run.py" not in done.stderr


def test_a_script_that_there_is_not_is_told(tiny, script):
    script(DEPLOYS)
    done = ingot_command(tiny, "run", "deplyo")
    assert done.returncode == 2
    assert "scripts/ has deploy" in done.stderr


def test_a_script_that_is_no_python_is_told(tiny):
    (tiny / "README.md").write_text("# Tiny")
    done = ingot_command(tiny, "run", "README.md")
    assert done.returncode == 2
    assert "README.md is no Python file" in done.stderr


def test_a_network_that_there_is_not_is_told(tiny, script):
    script(DEPLOYS)
    done = ingot_command(tiny, "run", "--network", "ethereum:seploia", "deploy")
    assert done.returncode == 2
    assert "did you mean ethereum:sepolia" in done.stderr
    assert ingot_command(tiny, "run", "--network", "ethereum:local", "deploy").returncode == 0


def test_a_network_whose_nodes_nobody_knows_is_told(tiny, script):
    script(DEPLOYS)
    done = ingot_command(tiny, "run", "--network", "ethereum:sepolia", "deploy")
    assert done.returncode == 2
    assert "--rpc-url URL" in done.stderr


def test_a_node_that_is_not_there_is_told_without_the_secret_in_its_url(tiny, script):
    script(DEPLOYS)
    url = "http://127.0.0.1:9/v3/hunter2"
    done = ingot_command(tiny, "run", "deploy", "--network", "ethereum:sepolia", "--rpc-url", url)
    assert done.returncode == 1
    assert "cannot connect to http://127.0.0.1:9" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_is_the_deployer(tiny, script):
    script("def main():\n    print(ingot.deployment()('Tiny').receipt.sender)")
    done = ingot_command(tiny, "run", "deploy", "--account=1")
    assert done.stdout.startswith("0x70997970C51812dc3A010C7d01b50e0d17dc79C8\n"), done.stderr


def test_an_account_sends_what_names_no_sender(tiny, script):
    script("def main():\n    print(ingot.networks.active_project().Tiny.deploy().receipt.sender)")
    done = ingot_command(tiny, "run", "deploy", "--account", "3")
    assert done.stdout == "0x90F79bf6EB2c4f870365E785982E1f101E93b906\n", done.stderr


@pytest.mark.parametrize("words", [["--network", "ethereum:sepolia"], ["x", "--network=ethereum:sepolia"]])
def test_a_network_after_the_script_is_no_word_of_the_script(tiny, script, words):
    script("import sys\ndef main():\n    print(sys.argv[1:])")
    done = ingot_command(tiny, "run", "deploy", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a node of ethereum:sepolia" in done.stderr
    done = ingot_command(tiny, "run", "deploy", "a", "--network", "ethereum:local", "b")
    assert done.stdout == "['a', 'b']\n"
    done = ingot_command(tiny, "run", "deploy", "--supply", "5", "--", *words)
    assert done.stdout == f"{['--supply', '5', *words]}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "required: script\n"),
        (["--nope", "deploy"], "--nope"),
        (["deploy", "--network"], "--network: expected one argument"),
    ],
)
def test_a_wrong_line_is_told(tiny, script, words, says):
    script("def main():\n    print('ran')")
    done = ingot_command(tiny, "run", *words)
    assert says in done.stdout + done.stderr
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_console_has_the_project_at_hand(tiny):
    given = "tiny = Tiny.deploy(sender=accounts[0])\ntiny.keep(4, sender=accounts[1]).status\ntiny.number()\nhelp(tiny.keep)\n"
    done = ingot_command(tiny, "console", "--plain", given=given)
    assert done.returncode == 0
    assert "\n4\n" in done.stdout.replace(">>> ", "\n")
    assert "function keep(uint256 number_)" in done.stdout
    assert "Keep an even number." in done.stdout
    assert "contracts: Tiny" in done.stderr


@pytest.mark.parametrize("plain", [["--plain"], []])
def test_a_console_shows_our_errors_without_a_traceback_and_others_with(tiny, plain):
    given = "Tiny.deploy(sender=accounts[0]).keep(5, sender=accounts[1])\n1 // 0\n"
    done = ingot_command(tiny, "console", *plain, given=given)
    shown = done.stdout + done.stderr
    assert "Odd: Odd(number=5)\n  in Tiny.keep(number_=5)" in shown
    assert shown.count("Traceback") == 1
    assert "ZeroDivisionError" in shown


def test_ipython_completes_contracts_and_functions(tiny):
    pytest.importorskip("IPython")
    code = (
        "import ingot; from ingot.cli.console import namespace; from IPython.core.completer import IPCompleter;"
        "names = namespace(ingot.load()); names['t'] = names['Tiny'].deploy(sender=names['accounts'][0]);"
        "c = IPCompleter(namespace=names, use_jedi=False);"
        "print(c.attr_matches('t.ke'), c.attr_matches('project.Ti'), c.attr_matches('Tiny.Od'))"
    )
    done = _run([sys.executable, "-W", "ignore", "-c", code], tiny)
    assert done.stdout == "['t.keep'] ['project.Tiny'] ['Tiny.Odd']\n", done.stderr


def test_gen_types_writes_the_stubs(tiny):
    done = ingot_command(tiny, "gen-types")
    assert done.returncode == 0
    assert (tiny / "typings" / "project_types.pyi").read_text().count("class TinyDeployer(BaseDeployer)") == 1
    assert done.stdout.endswith("project_types.pyi: 1 contract\n")
    assert ingot_command(tiny, "gen-types", "--out", "elsewhere").returncode == 0
    assert (tiny / "elsewhere" / "project_types.pyi").is_file()
    (tiny / "note.txt").write_text("")
    done = ingot_command(tiny, "gen-types", "--out", "note.txt")
    assert done.returncode == 2
    assert "note.txt is a file; name the folder" in done.stderr


@pytest.mark.parametrize("command", ["run", "console", "gen-types"])
def test_outside_a_project_it_is_one_sentence(tmp_path, command):
    (tmp_path / ".git").mkdir()
    (tmp_path / "x.py").write_text("")
    done = ingot_command(tmp_path, command, *(["x.py"] if command == "run" else []))
    assert done.returncode == 2
    assert "not in a project" in done.stderr
    assert "Traceback" not in done.stderr
