import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import ingot
from ingot import networks
from ingot.errors import CompileError, ConfigError, UsageError

TINY = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Tiny {
    uint256 public number = 1;
}
"""


@pytest.fixture
def tiny(tmp_path):
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Tiny.sol").write_text(TINY)
    (tmp_path / "ape-config.yaml").write_text("name: tiny\nsolidity:\n  version: 0.8.37\n")
    return tmp_path


def test_contracts_are_attributes_and_items(sample):
    assert sample.Ledger is sample.Ledger
    assert sample["Ledger"] is sample.Ledger is sample["contracts/Ledger.sol:Ledger"]
    assert "Ledger" in sample
    assert "Legder" not in sample
    assert "Ledger" in dir(sample)
    assert [deployer.name for deployer in sample].count("Purse") == 2
    assert repr(sample).startswith("<project sample: ")


def test_unknown_names_suggest_the_nearest(sample):
    with pytest.raises(UsageError, match="did you mean 'Ledger'"):
        _ = sample["Legder"]
    with pytest.raises(AttributeError, match="did you mean 'Ledger'"):
        _ = sample.Legder
    assert not hasattr(sample, "_private")


def test_two_contracts_of_one_name_must_be_told_apart(sample, alice):
    with pytest.raises(
        AttributeError, match=r"contracts/Factory.sol:Purse\n.*contracts/more/Purse.sol:Purse"
    ):
        _ = sample.Purse
    assert "Purse" not in dir(sample)
    assert sample["contracts/more/Purse.sol:Purse"].deploy(sender=alice).kind() == "another"


def test_loading_compiles_what_changed(tiny):
    assert ingot.load(tiny).Tiny.deploy(sender=ingot.Chain().accounts[0]).number() == 1
    (tiny / "contracts" / "Tiny.sol").write_text(TINY.replace("= 1", "= 2"))
    project = ingot.load(tiny / "contracts")
    assert project.path == tiny
    assert project.Tiny.deploy(sender=project.accounts[0]).number() == 2
    (tiny / "contracts" / "Tiny.sol").write_text(TINY.replace("= 1", "= x"))
    with pytest.raises(CompileError, match="Undeclared"):
        ingot.load(tiny)
    assert ingot.load(tiny, compile_first=False).Tiny.deploy(sender=project.accounts[0]).number() == 2


def test_a_folder_without_a_project_is_told(tmp_path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(UsageError, match="not in a project"):
        ingot.load(tmp_path)


def test_the_configuration_makes_the_chain(tiny):
    with (tiny / "ape-config.yaml").open("a") as config:
        config.write("test:\n  number_of_accounts: 3\n  balance: 5 ETH\nchain:\n  chain_id: 99\n")
    project = ingot.load(tiny)
    assert len(project.accounts) == 3
    assert project.accounts[2].balance == 5 * 10**18
    assert project.chain.chain_id == 99
    assert project.chain is project.chain


def test_a_setting_that_there_is_not_is_told(tiny):
    with (tiny / "ape-config.yaml").open("a") as config:
        config.write("chain:\n  chain_idd: 99\n")
    project = ingot.load(tiny)
    with pytest.raises(ConfigError, match="chain_idd"):
        _ = project.chain


def test_the_active_chain_is_used_where_none_is_named(sample):
    chain = ingot.Chain()
    with networks.use(chain, project=sample):
        assert sample.chain is chain
        with chain.prank(chain.accounts[0]):
            ledger = sample.Ledger.deploy("units", 1)
        assert ledger.chain is chain
        assert ingot.Contract(ledger.address).name() == "units"
        chain.interfaces.clear()
        assert ingot.Contract(ledger.address).name() == "units"
    assert networks.chosen_chain() is None
    assert sample.chain is not chain


def test_a_thread_finds_the_active_chain_of_the_project(sample):
    found = []

    def look():
        found.append(sample.chain)

    def run():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

    first, second = ingot.Chain(), ingot.Chain()
    with networks.use(first, project=sample):
        run()
        with networks.use(second):
            run()
        run()
    run()
    assert found == [first, second, first, sample.own_chain]


def test_leaving_in_another_order_leaves_the_others_active(sample):
    first, second = ingot.Chain(), ingot.Chain()
    one, two = sample.activated(first), sample.activated(second)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert sample.chain is second
    two.__exit__(None, None, None)
    assert sample.chain is sample.own_chain


def test_threads_that_ask_at_once_get_one_chain(tiny):
    project = ingot.load(tiny)
    barrier = threading.Barrier(4)

    def look(_):
        barrier.wait()
        return project.chain

    with ThreadPoolExecutor(4) as pool:
        chains = list(pool.map(look, range(4)))
    assert all(chain is chains[0] for chain in chains)


def test_a_contract_that_nobody_knows_needs_its_abi(local):
    local.set_code("0x" + "11" * 20, b"\0")
    with pytest.raises(UsageError, match="give its ABI"):
        ingot.Contract("0x" + "11" * 20, chain=local)


def test_networks_have_apes_names(sample):
    assert sample.networks.provider is sample.chain is sample.networks.active_provider
    assert sample.networks.network.name == "local"
    assert sample.networks.network_choices[:3] == [
        "ethereum:local:ingot",
        "ethereum:mainnet",
        "ethereum:sepolia",
    ]
    with sample.networks.parse_network_choice("ethereum:local") as provider:
        assert provider is networks.active_chain()


def test_a_dotenv_file_is_read_and_never_wins(tiny, monkeypatch, capfd):
    (tiny / ".env").write_text("INGOT_TEST_SECRET=hunter2\nINGOT_TEST_SET=file\nbroken line\n")
    monkeypatch.setenv("INGOT_TEST_SET", "environment")
    monkeypatch.setenv("INGOT_TEST_SECRET", "")
    monkeypatch.delenv("INGOT_TEST_SECRET")
    import os

    ingot.load(tiny)
    assert os.environ["INGOT_TEST_SECRET"] == "hunter2"
    assert os.environ["INGOT_TEST_SET"] == "environment"
    monkeypatch.setenv("INGOT_TEST_SECRET", "")
    assert "hunter2" not in "".join(capfd.readouterr())


def test_an_unreadable_dotenv_file_is_told_without_its_text(tiny):
    (tiny / ".env").write_bytes(b"SECRET=hunter2\xff")
    with pytest.raises(ConfigError, match="not UTF-8") as caught:
        ingot.load(tiny)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
