"""What is wrong, why, and what to do about it: of a SIP message, of a capture, of a live proxy."""
