from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0005_run_console_ahead_bytes")]

    operations = [
        migrations.RenameField(model_name="run", old_name="left_queue_at", new_name="missed_at"),
    ]
