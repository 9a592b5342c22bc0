"""ape's commands with our provider, and what they say when something is wrong."""

import shutil

import pytest
from ape_process import APE, PLUGIN, ROOT, ape

NETWORK = ("--network", "ethereum:local:ingot")

pytestmark = pytest.mark.skipif(not APE.exists(), reason="eth-ape is not installed")


def test_providers_and_chains_in_one_session(environment, compiled):
    code, text = ape("run", "session", *NETWORK, cwd=compiled, env=environment)
    assert code == 0, text
    assert "all is as it should be" in text


def test_a_command_of_a_script(environment, compiled):
    code, text = ape("run", "clicked", *NETWORK, "--account", "TEST::3", cwd=compiled, env=environment)
    assert code == 0, text
    assert "local ingot TEST::3 7" in text


def test_the_console(environment, compiled):
    said = (
        "owner, other = accounts.test_accounts[0], accounts.test_accounts[1]\n"
        "probe = project.Probe.deploy(7, sender=owner)\n"
        "receipt = probe.set(1, 2, sender=owner)\n"
        "print('events', receipt.events == [probe.Changed(owner, 1, 2)], chain.blocks.height)\n"
        "print('provider', chain.provider.name, networks.active_provider is chain.provider)\n"
        "print('accounts', len(accounts.test_accounts), owner.nonce, owner.transfer(other, '1 ether').gas_used)\n"
        "print('contract', ape.Contract(probe.address).number())\n"
        "probe.failWithText.transact(sender=owner)\n"
        "exit()\n"
    )
    code, text = ape("console", *NETWORK, cwd=compiled, env=environment, said=said)
    assert code == 0, text
    for line in ("events True 2", "provider ingot True", "accounts 120 2 21000", "contract 7", "no way"):
        assert line in text


def test_a_prompt_at_a_failure_without_isolation(environment, compiled, tmp_path):
    test = tmp_path / "test_failing.py"
    test.write_text(
        "def test_before(accounts):\n"
        "    accounts[0].transfer(accounts[1], 5)\n"
        "def test_failing(accounts, chain):\n"
        "    height = chain.blocks.height\n"
        "    assert height == 77\n"
    )
    said = "print('height', height)\nprint('gas', accounts[0].transfer(accounts[1], 5).gas_used)\nexit()\n"
    words = ("test", test, "--interactive", "--disable-isolation", *NETWORK)
    code, text = ape(*words, cwd=compiled, env=environment, said=said)
    assert code == 1, text
    assert "height 1" in text, "what the test before has done is still there"
    assert "gas 21000" in text
    assert "1 failed, 1 passed" in text


def test_tests_in_two_processes(environment, compiled):
    pytest.importorskip("xdist")
    code, text = ape("test", "tests/test_chain.py", "-n", "2", *NETWORK, cwd=compiled, env=environment)
    assert code == 0, text
    assert "2 workers" in text
    assert "13 passed" in text


@pytest.mark.parametrize(
    ("config", "words", "said"),
    [
        ("ingot:\n  hardfrok: prague\n", NETWORK, "Extra inputs are not permitted\n   1: ingot:\n-->2:   hardfrok: prague"),
        ("ingot:\n  hardfork: nonsense\n", NETWORK, 'ERROR: ingot: unknown hardfork "nonsense"; known are frontier,'),
        (
            "ethereum:\n  local:\n    default_provider: foundry\n",
            (),
            "ERROR: No provider named 'foundry' in network 'local' in ecosystem 'ethereum'. Options: ingot, node, test. Choose one",
        ),
        ("", ("--network", "ethereum:mainnet-fork:ingot"), "It is a chain of its own: --network ethereum:local:ingot"),
    ],
    ids=["setting", "value", "provider", "network"],
)  # fmt: skip
def test_what_is_wrong_is_said_without_a_traceback(environment, tmp_path, config, words, said):
    (tmp_path / "ape-config.yaml").write_text(config)
    (tmp_path / "test_nothing.py").write_text("def test_nothing(chain): pass\n")
    code, text = ape("test", "test_nothing.py", *words, cwd=tmp_path, env=environment)
    assert code == 4, text
    assert said in text
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text


def test_a_version_of_ape_that_is_not_supported(environment, tmp_path):
    """The plugin is left out, says why, and leaves the runs of others alone."""
    plugin = tmp_path / "plugin"
    shutil.copytree(PLUGIN, plugin, ignore=shutil.ignore_patterns("tests", "__pycache__", "*.egg-info"))
    versions = plugin / "ape_ingot" / "versions.py"
    versions.write_text(versions.read_text().replace("FIRST = (0, 8, 25)", "FIRST = (0, 8, 900)"))
    (tmp_path / "test_nothing.py").write_text("def test_nothing(chain): pass\n")
    env = {**environment, "PYTHONPATH": f"{plugin}:{ROOT / 'src'}:{environment.get('PYTHONPATH', '')}"}
    sentence = "ape-ingot works with eth-ape from 0.8.900 on, below 0.9; installed is "

    ours = ape("test", "test_nothing.py", *NETWORK, cwd=tmp_path, env=env)
    stock = ape("test", "test_nothing.py", "--network", "ethereum:local:test", cwd=tmp_path, env=env)

    assert ours[0] == 4, ours[1]
    assert f"ERROR: {sentence}" in ours[1]
    assert "Traceback" not in ours[1]
    assert stock[0] == 0, stock[1]


def test_solidity_without_a_compiler(environment, tmp_path):
    """Nothing is linked, and nothing can be downloaded: ape-solidity says so in a sentence."""
    shutil.copytree(PLUGIN / "tests" / "project" / "contracts", tmp_path / "contracts")
    (tmp_path / "ape-config.yaml").write_text("ingot:\n  link_compilers: false\n")
    empty = tmp_path / "solcx"
    empty.mkdir()
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}
    env = {**environment, **nowhere, "SOLCX_BINARY_PATH": str(empty)}
    code, text = ape("compile", cwd=tmp_path, env=env)
    assert code == 1
    assert "No installed or available Solidity compiler version satisfies" in text
    assert "Traceback" not in text
