import pytest

import ingot
from ingot import networks
from ingot.deploy import Deployment
from ingot.errors import ConfigError, DeployError, UsageError


@pytest.fixture
def deploy(sample, local):
    return Deployment(sample, local)


def test_steps_are_deployed_in_order_and_shown(deploy, sample, local):
    ledger = deploy("Ledger", "units", 100)
    failing = deploy(sample.Failing, name="breaker")
    receipt = deploy.call(ledger.transfer, failing, 5)
    deploy.call(ledger.transfer, failing, 6, name="again", sender=local.accounts[0])
    assert ledger.balanceOf(failing) == 11
    assert [step.id for step in deploy.steps] == ["Ledger", "breaker", "Ledger.transfer", "again"]
    assert [step.words for step in deploy.steps][:2] == ["Ledger(name_='units', supply=100)", "Failing()"]
    assert deploy.steps[2].words == f"Ledger.transfer(to={failing}, value=5)"
    assert deploy.steps[0].address == ledger
    assert deploy.steps[2].gas_used == receipt.gas_used
    assert deploy.steps[2].cost == receipt.total_fees_paid
    assert ledger.receipt.sender == local.accounts[0]


def test_the_table_has_a_row_for_each_step_and_a_total(deploy):
    ledger = deploy("Ledger", "units", 100)
    deploy.call(ledger.transfer, ledger, 5)
    assert not deploy.is_shown
    lines = deploy.table().splitlines()
    assert deploy.is_shown
    assert lines[0].split() == ["contract", "address", "gas", "cost"]
    assert lines[2].split()[:2] == ["Ledger", ledger.address]
    assert lines[3].split()[0] == "Ledger.transfer"
    assert lines[-1].split()[:2] == ["total", f"{sum(step.gas_used for step in deploy.steps):,}"]
    assert len({len(line) for line in lines}) == 1


def test_a_table_of_nothing_says_so(deploy, capsys):
    deploy.summary()
    assert capsys.readouterr().out == "nothing was deployed on local\n"


def test_ids_are_unique(deploy):
    ledger = deploy("Ledger", "units", 100)
    with pytest.raises(DeployError, match="name=") as caught:
        deploy("Ledger", "units", 100)
    assert caught.value.step == "Ledger"
    deploy.call(ledger.transfer, ledger, 1)
    with pytest.raises(DeployError, match=r"Ledger\.transfer"):
        deploy.call(ledger.transfer, ledger, 1)
    assert deploy("Ledger", "units", 100, name="second") != ledger


def test_a_failed_step_is_not_done_and_may_be_tried_again(deploy):
    ledger = deploy("Ledger", "units", 100)
    with pytest.raises(ledger.Lacking):
        deploy.call(ledger.transfer, ledger, 101)
    deploy.call(ledger.transfer, ledger, 1)
    assert len(deploy.steps) == 2


@pytest.mark.parametrize("wrong", [5, None, object()])
def test_what_is_no_contract_or_method_is_refused(deploy, wrong):
    with pytest.raises(UsageError, match="contract's name"):
        deploy(wrong)
    with pytest.raises(UsageError, match="without calling it"):
        deploy.call(wrong)


def test_an_unknown_contract_is_told(deploy):
    with pytest.raises(UsageError, match="did you mean 'Ledger'"):
        deploy("Legder")


@pytest.fixture
def configured(sample, local, tmp_path, monkeypatch):
    def configure(text):
        (tmp_path / "deployments").mkdir(exist_ok=True)
        (tmp_path / "deployments" / "local.yaml").write_text(text)
        monkeypatch.setattr(type(sample), "path", tmp_path)
        return Deployment(sample, local)

    return configure


def test_parameters_and_roles_come_from_the_networks_file(configured, local):
    deploy = configured(
        "parameters:\n  supply: 7\naccounts:\n  deployer: 3\n  owner: '0x" + "11" * 20 + "'\n"
    )
    assert deploy.parameters["supply"] == 7
    assert dict(deploy.parameters) == {"supply": 7}
    assert deploy.parameters.get("other", 8) == 8
    assert deploy.accounts["deployer"] == deploy.accounts.deployer == local.accounts[3]
    assert deploy.accounts.owner == "0x" + "11" * 20
    assert deploy("Ledger", "units", 1).receipt.sender == local.accounts[3]


def test_without_a_file_the_deployer_is_the_first_account(deploy, local):
    assert deploy.accounts["deployer"] == deploy.accounts[0] == local.accounts[0]
    assert list(deploy.accounts) == ["deployer"]
    with pytest.raises(ConfigError, match=r"deployments/local.yaml, under `accounts:`"):
        deploy.accounts["owner"]
    with pytest.raises(ConfigError, match=r"deployments/local.yaml, under `parameters:`"):
        deploy.parameters["supply"]
    assert not hasattr(deploy.accounts, "owner")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("parameters: 5", "a mapping"),
        ("- 1", "a mapping"),
        ("params:\n  a: 1", "no section 'params'"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_malformed_file_is_told(configured, text, says):
    with pytest.raises(ConfigError, match=says):
        configured(text)


@pytest.mark.parametrize("who", ["1.5", "nobody", "'0x12'", "true"])
def test_a_role_that_nobody_can_have_is_told(configured, who):
    with pytest.raises(ConfigError, match="accounts: owner"):
        _ = configured(f"accounts:\n  owner: {who}").accounts["owner"]


def test_deployment_takes_the_active_project_and_chain(sample, local):
    with networks.use(local, project=sample):
        deploy = ingot.deployment()
    assert (deploy.project, deploy.chain) == (sample, local)
    assert repr(deploy) == "<deployment on local, 0 steps>"
