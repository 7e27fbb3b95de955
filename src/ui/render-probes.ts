import type { ChalkInstance } from 'chalk'
import { UNKNOWN, formatMs } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { renderTable } from './render-table.ts'
import type { Column } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

/** One step of `proxies test`. */
export interface ProbeStepView {
  readonly step: string
  readonly outcome: 'ok' | 'failed' | 'skipped'
  readonly ms: number | undefined
  readonly message: string | undefined
}

/** One way as `proxies test` found it. */
export interface ProbeView {
  readonly name: string
  readonly verdict: string
  /** True when the way can be used: ok or slow. */
  readonly isUsable: boolean
  readonly sickStep: string | undefined
  readonly hint: string | undefined
  readonly steps: readonly ProbeStepView[]
  readonly exitAddress: string | undefined
  /** The first way that leaves from the same address. */
  readonly duplicateOf: string | undefined
  /** Venue time minus ours. */
  readonly clock: { readonly offsetMs: number; readonly uncertaintyMs: number } | undefined
  readonly accounts: readonly string[]
}

/** What stands for a step that was not tried. */
const NONE = '-'

/** The ways as a table, below it what is wrong with whom, and one line at the end. */
export function renderProbes(probes: readonly ProbeView[], style: RenderStyle): string {
  return [
    renderTable({ columns: columnsFor(probes, style), rows: probes, style }),
    '',
    ...complaints(probes).flatMap((one) => complaintLines(one, style)),
    ...wrapText(concludeProbes(probes), style.columns, '  '),
  ].join('\n')
}

/** For example "20 tested: 17 ok, 1 slow, 2 cannot be used". */
function concludeProbes(probes: readonly ProbeView[]): string {
  const count = (verdict: string): number =>
    probes.filter((probe) => probe.verdict === verdict).length
  const bad = probes.filter(({ isUsable }) => !isUsable).length
  return `${probes.length} tested: ${[
    `${count('ok')} ok`,
    ...(count('slow') === 0 ? [] : [`${count('slow')} slow`]),
    ...(bad === 0 ? [] : [`${bad} cannot be used`]),
  ].join(', ')}`
}

/** The steps that have a column of milliseconds, least important last. */
const STEP_COLUMNS = [
  { step: 'tcp', header: 'tcp ms', priority: 7 },
  { step: 'connect', header: 'connect ms', priority: 4 },
  { step: 'tls', header: 'tls ms', priority: 5 },
  { step: 'first_byte', header: 'first byte ms', priority: 3 },
  { step: 'websocket', header: 'websocket ms', priority: 5 },
] as const

function columnsFor(
  probes: readonly ProbeView[],
  { chalk }: RenderStyle,
): readonly Column<ProbeView>[] {
  const wasTried = (step: string): boolean =>
    probes.some(({ steps }) => steps.some((one) => one.step === step && one.outcome !== 'skipped'))
  return [
    { header: 'proxy', align: 'left', priority: 1, canShrink: true, cell: (row) => row.name },
    {
      header: 'verdict',
      align: 'left',
      priority: 1,
      cell: (row) => row.verdict,
      paint: (text, row) => paintVerdict(chalk, text, row),
    },
    { header: 'sick step', align: 'left', priority: 1, cell: (row) => row.sickStep ?? NONE },
    ...STEP_COLUMNS.filter(({ step }) => wasTried(step)).map(
      ({ step, header, priority }): Column<ProbeView> => ({
        header,
        align: 'right',
        priority,
        cell: (row) => msText(row, step),
      }),
    ),
    ...(wasTried('exit_address') ? [exitColumn(chalk)] : []),
    { header: 'clock s', align: 'right', priority: 6, cell: clockText },
    {
      header: 'accounts',
      align: 'right',
      priority: 2,
      cell: (row) => String(row.accounts.length),
    },
  ]
}

function exitColumn(chalk: ChalkInstance): Column<ProbeView> {
  return {
    header: 'exit address',
    align: 'left',
    priority: 2,
    cell: (row) => row.exitAddress ?? (row.isUsable ? UNKNOWN : NONE),
    paint: (text, row) => (row.duplicateOf === undefined ? text : chalk.yellow(text)),
  }
}

function msText({ steps }: ProbeView, step: string): string {
  const ms = steps.find((one) => one.step === step)?.ms
  return ms === undefined ? NONE : formatMs(ms)
}

/** Stamps of the venue are whole seconds: what is not known is said with the number. */
function clockText({ clock }: ProbeView): string {
  if (clock === undefined) return NONE
  const sign = clock.offsetMs > 0 ? '+' : ''
  return `${sign}${seconds(clock.offsetMs)} ±${seconds(clock.uncertaintyMs)}`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).replace(/^-0\.0$/, '0.0')
}

function paintVerdict(chalk: ChalkInstance, text: string, { verdict, isUsable }: ProbeView) {
  if (!isUsable) return chalk.red(text)
  return verdict === 'ok' ? chalk.green(text) : chalk.yellow(text)
}

interface Complaint {
  readonly names: string[]
  readonly isUsable: boolean
  readonly text: string
  readonly hint: string | undefined
}

/** What is wrong, said once for all that have it: an exchange that is down is one line, not twenty. */
function complaints(probes: readonly ProbeView[]): readonly Complaint[] {
  const found = new Map<string, Complaint>()
  for (const probe of probes) {
    for (const complaint of complaintsOf(probe)) {
      const key = JSON.stringify([complaint.text, complaint.hint])
      const known = found.get(key)
      if (known === undefined) found.set(key, { ...complaint, names: [probe.name] })
      else known.names.push(probe.name)
    }
  }
  return [...found.values()].toSorted((a, b) => Number(a.isUsable) - Number(b.isUsable))
}

function complaintsOf(probe: ProbeView): readonly Omit<Complaint, 'names'>[] {
  const { verdict, sickStep, isUsable, hint, steps, duplicateOf, exitAddress } = probe
  const sick = steps.find(({ step }) => step === sickStep)
  const exit = steps.find(({ step, outcome }) => step === 'exit_address' && outcome === 'failed')
  const told = sick?.message ?? (sick?.ms === undefined ? '' : `took ${formatMs(sick.ms)} ms`)
  return [
    ...(sickStep === undefined
      ? []
      : [{ isUsable, text: `${verdict} at ${sickStep}: ${told}`, hint }]),
    ...(exit === undefined
      ? []
      : [{ isUsable: true, text: `exit address unknown: ${exit.message ?? ''}`, hint: undefined }]),
    ...(duplicateOf === undefined
      ? []
      : [
          {
            isUsable: true,
            text: `leaves from the same address as ${duplicateOf} (${exitAddress ?? ''}): they share its request limit`,
            hint: undefined,
          },
        ]),
  ]
}

function complaintLines(
  { names, isUsable, text, hint }: Complaint,
  { chalk, columns }: RenderStyle,
): readonly string[] {
  const mark = isUsable ? '!' : '✗'
  const line = cleanText(`${mark} ${names.join(', ')}: ${text}`)
  const [first = '', ...rest] = wrapText(line, columns, '  ')
  const painted = (isUsable ? chalk.yellow : chalk.red)(first.slice(0, 1))
  const hints = hint === undefined ? [] : wrapText(`    hint: ${hint}`, columns, '    ')
  return [`${painted}${first.slice(1)}`, ...rest, ...hints.map((one) => chalk.dim(one))]
}
