"""`/metrics` in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from longhaul_trainer.server.engine import Engine, Served

Sample = tuple[dict[str, str], float]


def render_metrics(engine: Engine) -> str:
    """Every metric of the server, with the model's name as a label where it has one."""
    models = list(engine.models.values())
    families: list[tuple[str, str, str, Iterable[Sample]]] = [
        ("requests_waiting", "gauge", "Requests without a slot.", _each(models, lambda m: len(m.scheduler.waiting))),
        ("requests_running", "gauge", "Requests with a slot.", _each(models, lambda m: len(m.scheduler.running))),
        ("requests_rejected_total", "counter", "Requests answered 429.", [({}, engine.rejected)]),
        ("requests_ended_total", "counter", "Requests that ended, by how.", list(_endings(models))),
        ("request_seconds_sum", "counter", "Seconds from arrival to end, summed.", [({}, engine.request_seconds)]),
        ("request_seconds_count", "counter", "Requests in that sum.", [({}, engine.ended)]),
        ("prompt_tokens_total", "counter", "Tokens of admitted prompts.", _counted(models, "prompt_tokens")),
        ("prefix_cache_hit_tokens_total", "counter", "Of those, found in the prefix cache.", _counted(models, "cached_tokens")),
        ("prefix_cache_tokens", "gauge", "Tokens held by all slots.", _each(models, lambda m: m.scheduler.table.cached_tokens)),
        ("generated_tokens_total", "counter", "Sampled tokens.", _counted(models, "generated_tokens")),
        ("steps_total", "counter", "Batches run.", _counted(models, "steps")),
        ("step_seconds_total", "counter", "Seconds spent in them.", _counted(models, "step_seconds")),
        ("step_failures_total", "counter", "Batches that raised.", _counted(models, "failures")),
        ("weight_updates_total", "counter", "Weight updates installed.", _each(models, lambda m: m.updates)),
        ("weight_info", "gauge", "The version served.", [({"model": m.name, "version": m.version}, 1) for m in models]),
    ]  # fmt: skip
    lines = []
    for name, kind, text, samples in families:
        full = f"longhaul_server_{name}"
        lines += [f"# HELP {full} {text}", f"# TYPE {full} {kind}"]
        lines += [f"{full}{_labels(labels)} {value:.10g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _each(models: list[Served], value: Callable[[Served], float]) -> list[Sample]:
    return [({"model": model.name}, value(model)) for model in models]


def _counted(models: list[Served], field: str) -> list[Sample]:
    return _each(models, lambda model: getattr(model.scheduler.counters, field))


def _endings(models: list[Served]) -> Iterable[Sample]:
    for model in models:
        for reason, count in sorted(model.endings.items()):
            yield {"model": model.name, "reason": reason}, count


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    escaped = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"
