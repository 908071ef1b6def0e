"""Why a queue item waits, in words; English or German, since Jenkins localizes them."""

from demo_jenkins.nodes import Nodes
from demo_jenkins.queueing import QueueItem

NODE_NAME = "Jenkins"  # what the built-in node is called in these sentences

# Typographic quotes are spelled as escapes: they are easily taken for plain ones.
_ENGLISH = {
    "quiet": "In the quiet period. Expires in {time}",
    "due": "Finished waiting",
    "blocked": "Build #{number} is already in progress (ETA: {time})",
    "busy": "Waiting for next available executor",
    "label": "\u2018{node}\u2019 doesn\u2019t have label \u2018{label}\u2019",
    "busy on": "Waiting for next available executor on \u2018{on}\u2019",
    "no nodes": "There are no nodes with the label \u2018{label}\u2019",
    "offline": "\u2018{node}\u2019 is offline",
    "all offline": "All nodes of label \u2018{label}\u2019 are offline",
    "stopping": "Jenkins is about to shut down",
    "unknown": "N/A",
    "seconds": "sec",
    "minutes": "min",
}
_GERMAN = {
    "quiet": "In der Ruheperiode. Endet in {time}",
    "due": "Wartezeit beendet",
    "blocked": "Build #{number} läuft bereits (voraussichtliche Dauer: {time})",
    "busy": "Warte auf den nächsten freien Build-Prozessor",
    "label": "\u201a{node}\u2018 hat das Label \u201a{label}\u2018 nicht",
    "busy on": "Warte auf den nächsten freien Build-Prozessor auf \u201a{on}\u2018",
    "no nodes": "Es gibt keine Knoten mit dem Label \u201a{label}\u2018",
    "offline": "\u201a{node}\u2018 ist offline",
    "all offline": "Alle Knoten mit dem Label \u201a{label}\u2018 sind offline",
    "stopping": "Jenkins fährt gleich herunter",
    "unknown": "unbekannt",
    "seconds": "Sekunden",
    "minutes": "Minuten",
}


def texts(language: str) -> dict[str, str]:
    """The sentences of a language tag such as ``de-AT``; English for any other."""
    return _GERMAN if language.lower().startswith("de") else _ENGLISH


def why(
    item: QueueItem, now_ms: int, *, nodes: Nodes, language: str, is_quieting: bool
) -> str | None:
    """The sentence for one item, None once it has left. Nobody should parse it."""
    say = texts(language)
    if item.state == "Left":
        return None
    if item.state == "Waiting":
        left_ms = item.due_ms - now_ms
        return say["quiet"].format(time=_span(left_ms, say)) if left_ms > 0 else say["due"]
    if is_quieting and (item.state == "Buildable" or item.job.is_pipeline):
        return say["stopping"]
    if item.state == "Blocked":
        return _blocked(item, now_ms, say)
    return _no_executor(item.label, nodes, say)


def _no_executor(label: str | None, nodes: Nodes, say: dict[str, str]) -> str:
    """Which node or label is missing, offline or busy; with agents it is told more exactly."""
    fitting = nodes.with_label(label)
    has_agents = len(nodes.all) > 1
    if not fitting:
        return say["no nodes" if has_agents else "label"].format(node=NODE_NAME, label=label)
    name = fitting[0].name or NODE_NAME
    if all(node.is_offline for node in fitting):
        return say["offline" if len(fitting) == 1 else "all offline"].format(node=name, label=label)
    if label is None or not has_agents:
        return say["busy"]
    return say["busy on"].format(on=name if len(fitting) == 1 else label)


def _blocked(item: QueueItem, now_ms: int, say: dict[str, str]) -> str:
    newest = item.job.permalink("lastBuild")
    estimate_ms = item.job.estimated_duration_ms()
    eta = say["unknown"]
    if newest and estimate_ms >= 0:
        eta = _span(max(0, newest.timestamp_ms + estimate_ms - now_ms), say)
    return say["blocked"].format(number=newest.number if newest else 1, time=eta)


def _span(span_ms: int, say: dict[str, str]) -> str:
    seconds = span_ms / 1000
    if seconds >= 60:
        return f"{int(seconds // 60)} {say['minutes']} {int(seconds % 60)} {say['seconds']}"
    if seconds >= 10:
        return f"{int(seconds)} {say['seconds']}"
    return f"{seconds:.2g} {say['seconds']}"
