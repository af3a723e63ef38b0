"""A minimal OpenSER: SIP transactions on one side, application servers by SEAS on the other.

Sans-I/O; `seastool.net.gateway` gives it sockets and a clock.
"""
