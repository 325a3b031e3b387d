"""Registers the tables of this domain with Django."""

from django.apps import AppConfig


class NexusDiagnosisConfig(AppConfig):
    """The domain `nexus_diagnosis`."""

    name = "emporion.nexus.diagnosis"
    label = "nexus_diagnosis"
