"""Makes a person an operator: `emporion django operator you@example.com`, with `--withdraw` no longer one."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from emporion.accounts.actions import set_operator
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import NotFound


class Command(BaseCommand):
    """Only whoever can run commands on the machine can make operators."""

    help = "Make a person an operator of this installation, or withdraw it."

    def add_arguments(self, parser: CommandParser) -> None:
        """An address, and the way back."""
        parser.add_argument("email")
        parser.add_argument("--withdraw", action="store_true")

    def handle(self, *_: object, **options: object) -> None:
        """Set the flag."""
        is_operator = not options["withdraw"]
        try:
            person = set_operator(email=str(options["email"]), is_operator=is_operator, now=utcnow())
        except NotFound as error:
            raise CommandError(f"{error.message} {error.step}") from error
        self.stdout.write(f"{person.name} <{person.email}> is {'now' if is_operator else 'no longer'} an operator.")
