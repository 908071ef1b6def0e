"""The plugins whose pages and steps this controller has, as the plugin manager lists them."""

from demo_jenkins.exporting import Bean

_VERSION = "1.0"  # made up: nothing here is of one version
PLUGINS = {  # by short name
    "build-token-root": "Build Authorization Token Root",
    "cloudbees-folder": "Folders",
    "git": "Git",
    "junit": "JUnit",
    "matrix-project": "Matrix Project",
    "pipeline-input-step": "Pipeline: Input Step",
    "pipeline-rest-api": "Pipeline: REST API",
    "workflow-cps": "Pipeline: Groovy",
    "workflow-job": "Pipeline: Job",
    "workflow-multibranch": "Pipeline: Multibranch",
}


def plugins_bean() -> Bean:
    """All plugins, which show from ``depth=1`` on."""
    plugins = [Bean(None, _facts(name)) for name in PLUGINS]
    return Bean("hudson.LocalPluginManager", {"plugins": plugins})


def plugin_bean(name: str) -> Bean:
    """One of PLUGINS, on a page of its own."""
    return Bean("hudson.PluginWrapper", _facts(name))


def _facts(name: str) -> dict[str, object]:
    return {
        "active": True,
        "backupVersion": None,
        "bundled": False,
        "deleted": False,
        "dependencies": [],
        "detached": False,
        "downgradable": False,
        "enabled": True,
        "hasUpdate": False,
        "longName": PLUGINS[name],
        "minimumJavaVersion": "21",
        "pinned": False,
        "requiredCoreVersion": "2.541",
        "shortName": name,
        "supportsDynamicLoad": "YES",
        "url": f"https://plugins.jenkins.io/{name}",
        "version": _VERSION,
    }
