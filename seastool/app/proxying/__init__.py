"""The parts of a proxy (RFC 3261 section 16); `seastool.app.proxy` puts them together."""
