"""`ape run clicked`: a command of its own, as ape's guide has it."""

import ape
import click
from ape.cli import ConnectedProviderCommand, account_option, ape_cli_context


@click.command(cls=ConnectedProviderCommand)
@ape_cli_context()
@account_option()
def cli(cli_ctx, account, provider, network):
    probe = ape.project.Probe.deploy(7, sender=account)
    cli_ctx.logger.success(f"{network.name} {provider.name} {account.alias} {probe.number()}")
