"""A job made again in Jenkins gives its build numbers out again: only running builds are unique."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0006_missed_at")]

    operations = [
        migrations.RemoveConstraint(model_name="run", name="one_run_per_build"),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["job", "build_number"], name="run_build"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("build_number__isnull", False), ("joined_to", None), ("state", "running")
                ),
                fields=("job", "build_number"),
                name="one_run_per_running_build",
            ),
        ),
    ]
