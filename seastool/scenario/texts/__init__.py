"""Templates of SIP messages, and the call whose values they take."""
