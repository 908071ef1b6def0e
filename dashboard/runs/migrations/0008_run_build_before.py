from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0007_builds_of_jobs_made_again")]

    operations = [
        migrations.AddField(
            model_name="run", name="build_before", field=models.PositiveIntegerField(null=True)
        ),
    ]
