"""Forms of on call: a rotation, taking over, swapping, the escalation, quiet hours, a channel of the team."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.nexus.oncall.types import Named, NewOverride, NewSchedule, PolicyView, QuietHours, ScheduleView, Step, StepKind
from emporion.nexus.oncall.wording import WEEKDAYS
from emporion.notify.queries import topic_titles
from emporion.notify.types import DestinationKind, NewDestination, Topic
from emporion.plumbing.parsing import uuid_of
from emporion.ui.forms import NameField

NOBODY = ("", "–")
PLACES, STEPS = 8, 5


def _zones() -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def _clock() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ScheduleForm(forms.Form):
    """A rotation: who follows whom, when they hand over."""

    name = NameField(max_length=80, label=lazy("Name"), initial=lazy("Primary"))
    handover_weekday = forms.TypedChoiceField(choices=WEEKDAYS, coerce=int, label=lazy("Hands over on"))
    handover_time = forms.TimeField(label=lazy("At"), widget=_clock(), initial=time(9))
    time_zone = forms.ChoiceField(choices=_zones, label=lazy("Time zone"))
    weeks_each = forms.IntegerField(min_value=1, max_value=8, initial=1, label=lazy("Weeks a turn"))

    def __init__(self, *args: Any, people: Sequence[Named], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [NOBODY, *((str(one.id), one.name) for one in people)]
        for place in range(1, min(PLACES, max(2, len(people))) + 1):
            label = _("Has it first") if place == 1 else _("Then")
            self.fields[f"person_{place}"] = forms.ChoiceField(choices=choices, required=place == 1, label=label)

    @property
    def places(self) -> list[forms.BoundField]:
        """The fields of the people, in the order of their turns."""
        return [self[name] for name in self.fields if name.startswith("person_")]

    def schedule(self) -> NewSchedule:
        """What the form says."""
        data = self.cleaned_data
        chosen = [data.get(field.name) for field in self.places]
        return NewSchedule(
            name=data["name"],
            time_zone=data["time_zone"],
            people=tuple(UUID(one) for one in chosen if one),
            handover_weekday=data["handover_weekday"],
            handover_time=data["handover_time"],
            weeks_each=data["weeks_each"],
        )


def initial_of(schedule: ScheduleView) -> dict[str, object]:
    """What a rotation's form shows; who has it now stands first, because saving begins anew with the first."""
    people = list(schedule.people)
    if schedule.now and schedule.now.person in people:
        first = people.index(schedule.now.person)
        people = people[first:] + people[:first]
    return {
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "handover_weekday": schedule.handover_weekday,
        "handover_time": schedule.handover_time,
        "weeks_each": schedule.weeks_each,
        **{f"person_{place}": str(one.id) for place, one in enumerate(people, 1)},
    }


class OverrideForm(forms.Form):
    """Somebody takes a stretch over."""

    person = forms.ChoiceField(label=lazy("Who takes over"))
    starts_at = forms.DateTimeField(label=lazy("From"), widget=_moment())
    ends_at = forms.DateTimeField(label=lazy("Until"), widget=_moment())

    def __init__(self, *args: Any, people: Sequence[Named], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["person"].choices = [(str(one.id), one.name) for one in people]  # type: ignore[attr-defined]

    def override(self) -> NewOverride:
        """What the form says; times are those of the person who typed them."""
        data = self.cleaned_data
        return NewOverride(person_id=UUID(data["person"]), starts_at=data["starts_at"], ends_at=data["ends_at"])


class SwapForm(forms.Form):
    """Two turns change places."""

    first = forms.ChoiceField(label=lazy("This turn"))
    second = forms.ChoiceField(label=lazy("With this one"))

    def __init__(self, *args: Any, schedule: ScheduleView, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(shift.starts_at.isoformat(), _shift_label(shift.person.name, shift.starts_at)) for shift in schedule.shifts]
        for name in ("first", "second"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def moments(self) -> tuple[datetime, datetime]:
        """A moment in each of the turns."""
        return datetime.fromisoformat(self.cleaned_data["first"]), datetime.fromisoformat(self.cleaned_data["second"])


def _shift_label(name: str, starts_at: datetime) -> str:
    return _("%(name)s from %(day)s") % {"name": name, "day": date_format(localtime(starts_at), "D j M, H:i")}


class PolicyForm(forms.Form):
    """Who is called after whom."""

    rounds = forms.IntegerField(
        min_value=1, max_value=10, label=lazy("Rounds"), help_text=lazy("How often the whole list is gone through.")
    )

    def __init__(self, *args: Any, people: Sequence[Named], schedules: Sequence[ScheduleView], **more: Any) -> None:
        super().__init__(*args, **more)
        on_call = [(f"{StepKind.ON_CALL}:{one.id}", _("On call: %(name)s") % {"name": one.name}) for one in schedules]
        persons = [(f"{StepKind.PERSON}:{one.id}", one.name) for one in people]
        choices = [NOBODY, *on_call, (StepKind.OWNERS.value, _("Owners and administrators")), *persons]
        for number in range(1, STEPS + 1):
            self.fields[f"who_{number}"] = forms.ChoiceField(choices=choices, required=number == 1, label=_("Call"))
            self.fields[f"wait_{number}"] = forms.IntegerField(
                min_value=1, max_value=240, initial=5, required=False, label=_("Wait, in minutes")
            )

    @property
    def rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Whom to call and how long to wait, step by step."""
        for number in range(1, STEPS + 1):
            yield self[f"who_{number}"], self[f"wait_{number}"]

    def steps(self) -> list[Step]:
        """What the form says; rows without a person are left out."""
        found = []
        for number in range(1, STEPS + 1):
            kind, _colon, about = str(self.cleaned_data.get(f"who_{number}") or "").partition(":")
            if not kind:
                continue
            step = Step(
                kind=StepKind(kind),
                wait_minutes=self.cleaned_data.get(f"wait_{number}") or 5,
                schedule_id=uuid_of(about) if kind == StepKind.ON_CALL else None,
                person_id=uuid_of(about) if kind == StepKind.PERSON else None,
            )
            found.append(step)
        return found


def policy_initial(policy: PolicyView) -> dict[str, object]:
    """What the form of an escalation shows."""
    shown: dict[str, object] = {"rounds": policy.rounds}
    for number, step in enumerate(policy.steps[:STEPS], 1):
        about = step.schedule_id or step.person_id
        shown[f"who_{number}"] = f"{step.kind}:{about}" if about else step.kind.value
        shown[f"wait_{number}"] = step.wait_minutes
    return shown


class QuietForm(forms.Form):
    """When to be left alone."""

    is_on = forms.BooleanField(required=False, label=lazy("Keep quiet hours"))
    starts = forms.TimeField(label=lazy("From"), widget=_clock())
    ends = forms.TimeField(label=lazy("Until"), widget=_clock())

    def hours(self) -> QuietHours:
        """What the form says."""
        return QuietHours(**self.cleaned_data)


class DestinationForm(forms.Form):
    """A channel of the team, or a program of theirs."""

    kind = forms.ChoiceField(
        label=lazy("Kind"),
        choices=[
            (DestinationKind.SLACK, lazy("Slack, Mattermost and the like")),
            (DestinationKind.WEBHOOK, lazy("Webhook (CloudEvents)")),
        ],
    )
    name = NameField(max_length=80, label=lazy("Name"), widget=forms.TextInput(attrs={"placeholder": "#ops"}))
    address = forms.URLField(
        max_length=1000,
        assume_scheme="https",
        label=lazy("Address"),
        help_text=lazy("Of an incoming webhook. It is a secret: it is kept encrypted and never shown again."),
    )
    topics = forms.MultipleChoiceField(
        label=lazy("Hears of"), choices=topic_titles, widget=forms.CheckboxSelectMultiple, initial=[Topic.INCIDENT]
    )

    def destination(self, project_id: UUID) -> NewDestination:
        """What the form says."""
        data = self.cleaned_data
        return NewDestination(
            kind=DestinationKind(data["kind"]),
            name=data["name"],
            address=data["address"],
            topics=frozenset(Topic(one) for one in data["topics"]),
            project_id=project_id,
        )
