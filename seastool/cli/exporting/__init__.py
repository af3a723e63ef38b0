"""`seastool export`: what its commands do."""
