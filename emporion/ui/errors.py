"""What can be wrong with showing something."""

from emporion.kernel.errors import Unavailable


class PaperUnavailable(Unavailable):
    """The system lacks the libraries that draw text on paper; `why` names the one that was looked for."""

    title = "This installation cannot make PDF files."
    next_step = "Print the page from the browser, or take another format. The operator installs Pango (libpango) to change that."
