"""Deployment scripts: `deploy = ingot.deployment()`, then `deploy("Token", 10**24)`."""

from ingot.deploy.script import Deployment, Step, collected, deployment

__all__ = ["Deployment", "Step", "collected", "deployment"]
