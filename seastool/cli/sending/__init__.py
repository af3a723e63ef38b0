"""What ``seastool send`` does: one action to a proxy, and what comes back."""
