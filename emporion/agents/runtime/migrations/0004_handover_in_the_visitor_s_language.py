from django.db import migrations

FORMER_DEFAULT = "I am handing you over to a person, who will answer you here."


def forget_default(apps, schema_editor):
    """The product's own sentence follows the visitor's language; it was kept as if a seller had written it."""
    apps.get_model("agents_runtime", "Blueprint").objects.filter(handover_message=FORMER_DEFAULT).update(handover_message="")


class Migration(migrations.Migration):
    dependencies = [("agents_runtime", "0003_knowledge_is_for")]
    operations = [migrations.RunPython(forget_default, migrations.RunPython.noop)]
