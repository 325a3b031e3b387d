"""What people fill in about an agent."""

from django import forms
from django.utils.translation import gettext_lazy as _

from emporion.agents.runtime.sentences import NAMES
from emporion.ui.forms import NameField

TONE_NAMES = (("friendly", _("Friendly")), ("neutral", _("Neutral")), ("formal", _("Formal")), ("brief", _("Brief")))


def _with_present(choices: tuple[tuple[str, object], ...], present: str) -> list[tuple[str, object]]:
    """The choices, and the present value when it is a word of the seller's own."""
    return [*choices] if not present or present in dict(choices) else [*choices, (present, present)]


class PersonaForm(forms.Form):
    """Name, tone, language, rules."""

    name = NameField(label=_("Name"), max_length=80, help_text=_("What visitors see above each answer."))
    tone = forms.ChoiceField(label=_("Tone"))
    language = forms.ChoiceField(label=_("Language"), help_text=_("Used when the visitor’s own cannot be told."))
    rules = forms.CharField(
        label=_("Behaviour rules"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "area"}),
        help_text=_("One rule a line, for example: Answer in at most 120 words."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as they came
        offer_choices(self, self.initial or self.data)


def offer_choices(form: forms.Form, values: object) -> None:
    """Fill in tones and languages, keeping a seller's own tone."""
    present = values if hasattr(values, "get") else {}
    tones, languages = form.fields.get("tone"), form.fields.get("language")
    if isinstance(tones, forms.ChoiceField):
        tones.choices = _with_present(TONE_NAMES, str(present.get("tone", "")))
    if isinstance(languages, forms.ChoiceField):
        languages.choices = _with_present(NAMES, str(present.get("language", "")))


class BrandingForm(forms.Form):
    """Colour, logo, welcome message, suggested questions."""

    colour = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color", "data-colour": ""}))
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP, up to 1 MB."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    welcome = forms.CharField(
        label=_("Welcome message"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "class": "area"})
    )
    suggestions = forms.CharField(
        label=_("Suggested questions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "area"}),
        help_text=_("One a line, up to six. Empty: some from what it has read."),
    )


class SetUpForm(forms.Form):
    """The wizard after a purchase: three things that visitors notice."""

    name = NameField(label=_("What is it called?"), max_length=80)
    language = forms.ChoiceField(label=_("Which language does it speak first?"))
    welcome = forms.CharField(
        label=_("How does it greet visitors?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "area"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through as they came
        offer_choices(self, self.initial or self.data)
