"""A text answering machine: keeps a MESSAGE for who is not there, and delivers it when he is.

    seastool appserver --app examples/answering_machine.py:AnsweringMachine

A MESSAGE to a user who is registered goes to him. One to any other user is taken with 202 and
kept; it goes out as soon as he registers. A MESSAGE to the user `machine` is a command: `list`
sends back what waits for the sender, `clear` throws it away.
"""

from dataclasses import dataclass, field

from seastool.app import Request
from seastool.app.application import Handled
from seastool.app.behaviours import Register
from seastool.app.behaviours.contacts import user_of
from seastool.sip.address_value import uri_of

MACHINE = "machine@"
MOST_USERS = 1000
MOST_MESSAGES = 50


@dataclass
class Mailbox:
    """What waits for one user."""

    messages: list[Request] = field(default_factory=list)
    is_delivering: bool = False


class AnsweringMachine(Register):
    """A registrar that keeps messages for those who are not registered."""

    def __init__(self) -> None:
        super().__init__()
        self.mailboxes: dict[str, Mailbox] = {}

    def do_request(self, request: Request) -> Handled:
        """Messages may be for us, all else is a registrar's."""
        if request.method == "MESSAGE" and request.is_initial:
            self.do_message(request)
            return None
        return super().do_request(request)

    def do_message(self, request: Request) -> None:
        """On to the user, into his mailbox, or a command."""
        user = user_of(request.uri)
        if user.startswith(MACHINE):
            self.command(request)
        elif self.bindings.of(user, self.context.now):
            super().do_request(request)
        else:
            self.keep(user, request)

    def keep(self, user: str, request: Request) -> None:
        """Into the mailbox, if there is room."""
        if user not in self.mailboxes and len(self.mailboxes) >= MOST_USERS:
            request.create_response(503).send()
            return
        mailbox = self.mailboxes.setdefault(user, Mailbox())
        if len(mailbox.messages) >= MOST_MESSAGES:
            request.create_response(480, "Mailbox Full").send()
            return
        mailbox.messages.append(request)
        request.create_response(202).send()

    def command(self, request: Request) -> None:
        """`list` or `clear`, for the mailbox of the sender."""
        user = user_of(uri_of(request.from_))
        mailbox = self.mailboxes.get(user, Mailbox())
        word = request.body.decode("utf-8", "replace").strip().lower()
        if word == "list":
            texts = [one.body.decode("utf-8", "replace") for one in mailbox.messages]
            senders = [user_of(uri_of(one.from_)) for one in mailbox.messages]
            lines = [f"{sender}: {text}" for sender, text in zip(senders, texts, strict=True)]
            answer = "\n".join([f"{len(lines)} waiting", *lines])[:1000]
        elif word == "clear":
            self.mailboxes.pop(user, None)
            answer = "cleared"
        else:
            answer = "list or clear?"
        request.create_response(200).send()
        sender = uri_of(request.from_)
        uri = uri_of(request.contact) if request.contact else sender
        reply = self.context.create_request("MESSAGE", uri, uri_of(request.to), sender, body=answer)
        reply.send(lambda response: None)

    def do_register(self, request: Request) -> None:
        """As a registrar; then what waits for the user goes out, beside all else."""
        super().do_register(request)
        user = user_of(uri_of(request.to))
        if user in self.mailboxes and self.bindings.of(user, self.context.now):
            self.context.spawn(self.deliver(user))

    async def deliver(self, user: str) -> None:
        """One message after the other, as long as they are taken."""
        mailbox = self.mailboxes[user]
        if mailbox.is_delivering:
            return
        mailbox.is_delivering = True
        try:
            while mailbox.messages and (bindings := self.bindings.of(user, self.context.now)):
                kept = mailbox.messages[0]
                message = self.context.create_request(
                    "MESSAGE",
                    bindings[0].contact.uri,
                    from_=uri_of(kept.from_),
                    to=uri_of(kept.to),
                    body=kept.body,
                    content_type=kept.content_type,
                )
                response = await message.send_and_wait()
                if not response.is_success:
                    return
                if mailbox.messages and mailbox.messages[0] is kept:
                    del mailbox.messages[0]
        finally:
            mailbox.is_delivering = False
            if not mailbox.messages and self.mailboxes.get(user) is mailbox:
                del self.mailboxes[user]
