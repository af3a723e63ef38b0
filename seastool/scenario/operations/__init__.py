"""What the steps of a scenario do, one class each."""
