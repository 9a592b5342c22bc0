"""Random transaction lists on two chains that must agree to the unit: ours and anvil."""
