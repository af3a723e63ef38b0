"""An application server that screens calls: run it with
``seastool appserver --connect HOST:PORT --app screening.py:Screening``."""

from seastool import Application, Request


class Screening(Application):
    """Sends some callers away and passes all others on."""

    unwanted = frozenset({"spam", "survey"})

    def do_invite(self, request: Request) -> None:
        """Who calls decides."""
        if any(f"sip:{name}@" in request.from_ for name in self.unwanted):
            request.create_response(603).send()
        else:
            request.proxy(request.uri)

    def do_message(self, request: Request) -> None:
        """A text is taken from anybody."""
        request.create_response(202).send()
