/**
 * The two documents of `proxies` (CLI.md "JSON").
 * @module
 */
import { documentHead } from './error-document.ts'
import type { ResultContext } from './json-documents.ts'
import type { ProbeView } from './render-probes.ts'
import type { ProxyView } from './render-proxies.ts'

/** `proxies list`. */
export function proxiesDocument(context: ResultContext, proxies: readonly ProxyView[]) {
  return {
    ...documentHead(context),
    proxies: proxies.map(({ name, protocol, host, port, login, accounts }) => ({
      name,
      protocol: protocol ?? null,
      host: host ?? null,
      port: port ?? null,
      has_login: login !== undefined,
      accounts,
    })),
  }
}

/** `proxies test`. */
export function probesDocument(context: ResultContext, probes: readonly ProbeView[]) {
  return { ...documentHead(context), proxies: probes.map(probeJson) }
}

function probeJson(probe: ProbeView) {
  return {
    name: probe.name,
    verdict: probe.verdict,
    sick_step: probe.sickStep ?? null,
    steps: probe.steps.map(({ step, outcome, ms, message }) => ({
      step,
      outcome,
      ms: ms ?? null,
      message: message ?? null,
    })),
    exit_address: probe.exitAddress ?? null,
    duplicate_of: probe.duplicateOf ?? null,
    clock_offset_ms: probe.clock?.offsetMs ?? null,
    clock_uncertainty_ms: probe.clock?.uncertaintyMs ?? null,
    accounts: probe.accounts,
    hint: probe.hint ?? null,
  }
}
