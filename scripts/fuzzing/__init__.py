"""What scripts/fuzz runs: inputs, mutations, targets, and the loop over them."""
