"""The parts of a back-to-back user agent; `seastool.app.b2bua` puts them together."""
