"""Names hide nothing: wherever a person or a program gives one, a sign that turns the text around is refused, and said."""

import pkgutil
from importlib import import_module

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

import emporion
from emporion.accounts.models import ApiToken, Organisation, Person, Project

pytestmark = pytest.mark.requirement("SEC-01", "UX-02")
TURNED = "Halyard\u202eliated"
SAID = "This name holds a sign after “Halyard” that cannot be seen or that turns the text around (U+202E)."
NAMES = {"name", "title", "quota_name"}


def test_every_form_that_takes_a_name_refuses_hidden_signs() -> None:
    modules = [one.name for one in pkgutil.walk_packages(emporion.__path__, "emporion.") if one.name.endswith(".forms")]
    plain = [
        f"{module}.{kind.__name__}.{name}"
        for module in modules
        for kind in vars(import_module(module)).values()
        if isinstance(kind, type) and issubclass(kind, forms.Form) and kind.__module__ == module
        for name, field in kind.declared_fields.items()  # type: ignore[attr-defined]
        if name in NAMES and type(field) is forms.CharField
    ]
    assert plain == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["accounts:organisation", "accounts:create_organisation", "accounts:create_project", "accounts:tokens"]
)
def test_a_page_says_which_sign_a_name_hides_and_keeps_nothing(alice_client: Client, address: str) -> None:
    answer = alice_client.post(reverse(address), {"name": TURNED, "scope": "read"}, follow=True)
    assert SAID in answer.content.decode()
    for kept in (Organisation, Project, ApiToken):
        assert not kept.objects.filter(name__contains="\u202e").exists()


@pytest.mark.django_db
def test_a_person_is_named_in_signs_that_are_seen(client: Client) -> None:
    said = {"name": TURNED, "email": "zoe@marchetti.example", "password1": "correct horse battery"}
    answer = client.post("/accounts/signup/", said)
    assert SAID in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_a_program_is_told_too(client: Client, robo_writes_headers: dict[str, str], project_id) -> None:
    said = {"name": TURNED}
    answer = client.post(
        f"/api/nexus/projects/{project_id}/keys", said, content_type="application/json", headers=robo_writes_headers
    )
    assert answer.status_code == 422
    assert answer.json()["sign"] == "U+202E"
