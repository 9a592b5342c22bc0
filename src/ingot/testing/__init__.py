"""pytest for contracts: fixtures, isolation, reports. pytest finds `ingot.testing.plugin` by itself."""
