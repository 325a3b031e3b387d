"""What to paste to send signals: ready to run, with the project's own addresses in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A piece of code under a tab."""

    label: str
    code: str


def telemetry(server: str) -> tuple[Sample, ...]:
    """How to send traces, metrics and logs from Python, JavaScript and a collector."""
    variables = f"""export OTEL_EXPORTER_OTLP_ENDPOINT={server}/otlp
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_COMPRESSION=gzip
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20YOUR_GATEWAY_KEY"
export OTEL_SERVICE_NAME=checkout"""
    python = f"""{variables}
pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
opentelemetry-bootstrap --action=install
opentelemetry-instrument python app.py"""
    javascript = f"""{variables}
npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
node --require @opentelemetry/auto-instrumentations-node/register app.js"""
    collector = f"""exporters:
  otlphttp/emporion:
    endpoint: {server}/otlp
    compression: gzip
    headers:
      authorization: Bearer ${{env:EMPORION_KEY}}
service:
  pipelines:
    traces: {{ receivers: [otlp], exporters: [otlphttp/emporion] }}
    metrics: {{ receivers: [otlp], exporters: [otlphttp/emporion] }}
    logs: {{ receivers: [otlp], exporters: [otlphttp/emporion] }}"""
    curl = f"""curl {server}/otlp/v1/traces \\
  -H "Authorization: Bearer $EMPORION_KEY" -H "Content-Type: application/json" \\
  -d '{{"resourceSpans":[]}}'"""
    return (
        Sample(label="Python", code=python),
        Sample(label="JavaScript", code=javascript),
        Sample(label="Collector", code=collector),
        Sample(label="curl", code=curl),
    )


def heartbeat(address: str) -> tuple[Sample, ...]:
    """How a job says that it lives."""
    return (
        Sample(label="cron", code=f"0 * * * * /usr/local/bin/export && curl -fsS -m 10 --retry 5 -o /dev/null {address}"),
        Sample(
            label="Shell",
            code=f"curl -fsS -m 10 {address}/start\n./export\ncurl -fsS -m 10 --retry 5 {address}/$?",
        ),
        Sample(
            label="Python",
            code=f'import urllib.request\n\nurllib.request.urlopen("{address}", timeout=10)',
        ),
        Sample(label="JavaScript", code=f'await fetch("{address}", {{ signal: AbortSignal.timeout(10_000) }});'),
    )


def deploy(server: str) -> tuple[Sample, ...]:
    """How a pipeline says that a version went live."""
    curl = f"""curl -fsS {server}/api/nexus/deploys/ \\
  -H "Authorization: Bearer $EMPORION_KEY" -H "Content-Type: application/json" \\
  -d '{{"service": "checkout-api", "version": "2.14.3", "who": "Sarah", "change": "New prompt for summaries"}}'"""
    action = f"""- name: Tell Emporion
  if: success()
  env:
    EMPORION_KEY: ${{{{ secrets.EMPORION_KEY }}}}
  run: |
    curl -fsS {server}/api/nexus/deploys/ \\
      -H "Authorization: Bearer $EMPORION_KEY" -H "Content-Type: application/json" \\
      -d "{{\\"service\\": \\"${{GITHUB_REPOSITORY#*/}}\\", \\"version\\": \\"$GITHUB_SHA\\"}}\""""
    gitlab = f"""tell-emporion:
  stage: .post
  script: |
    curl -fsS {server}/api/nexus/deploys/ \\
      -H "Authorization: Bearer $EMPORION_KEY" -H "Content-Type: application/json" \\
      -d "{{\\"service\\": \\"$CI_PROJECT_NAME\\", \\"version\\": \\"$CI_COMMIT_SHORT_SHA\\"}}\""""
    return (
        Sample(label="curl", code=curl),
        Sample(label="GitHub Actions", code=action),
        Sample(label="GitLab CI", code=gitlab),
    )


def alertmanager(address: str) -> tuple[Sample, ...]:
    """How an Alertmanager or Grafana sends its alerts."""
    alertmanager = f"""route:
  receiver: emporion
receivers:
  - name: emporion
    webhook_configs:
      - url: {address}
        send_resolved: true"""
    grafana = f"""apiVersion: 1
contactPoints:
  - orgId: 1
    name: emporion
    receivers:
      - uid: emporion
        type: webhook
        settings: {{ url: "{address}", httpMethod: POST }}"""
    return Sample(label="Alertmanager", code=alertmanager), Sample(label="Grafana", code=grafana)
