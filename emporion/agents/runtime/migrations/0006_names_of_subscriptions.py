"""A subscription is called like the agent that was named before subscriptions had names."""

from django.db import migrations


def label(apps, schema_editor):
    agents = apps.get_model('agents_runtime', 'Agent').objects.exclude(subscription_id=None).select_related('blueprint')
    subscriptions = apps.get_model('billing', 'Subscription').objects
    for agent in agents:
        if agent.name != agent.blueprint.name:
            subscriptions.filter(id=agent.subscription_id, label='').update(label=agent.name)


class Migration(migrations.Migration):

    dependencies = [
        ('agents_runtime', '0005_notices_in_conversations'),
        ('billing', '0007_label'),
    ]

    operations = [migrations.RunPython(label, migrations.RunPython.noop, elidable=True)]
