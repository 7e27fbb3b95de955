import type { DrillReport, StoryLine } from '../drill/drill-report.ts'
import type { DrillVerdict, HedgeEnd } from '../drill/judge-drill.ts'
import { formatUsd } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { renderTable } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

/** A fault for the list. */
export interface FaultLine {
  readonly name: string
  readonly summary: string
}

/** The names, each with its sentence. */
export function renderFaultList(faults: readonly FaultLine[], style: RenderStyle): string {
  const width = Math.max(...faults.map(({ name }) => name.length)) + 2
  return faults
    .flatMap(({ name, summary }) =>
      wrapText(`  ${name.padEnd(width)}${summary}`, style.columns, ' '.repeat(width + 2)),
    )
    .join('\n')
}

const TIME_WIDTH = 10
const WHO_WIDTH = 9
const LABEL_WIDTH = 15

/** What happened, line by line with its time, and what it came to. */
export function renderDrill(report: DrillReport, summary: string, style: RenderStyle): string {
  const { chalk } = style
  if (report.runs.length === 0)
    return paintVerdict(verdictText(report.verdict), report.verdict, style)
  return [
    chalk.bold(wrapText(`${report.fault}: ${summary}`, style.columns, '  ').join('\n')),
    '',
    ...report.story.flatMap((line) => storyLines(line, style)),
    '',
    ...resultLines(report).flatMap(([label, text]) =>
      wrapText(
        `${label.padEnd(LABEL_WIDTH)}${cleanText(text)}`,
        style.columns,
        ' '.repeat(LABEL_WIDTH),
      ),
    ),
    ...report.remarks.flatMap((remark) =>
      wrapText(
        `${'note'.padEnd(LABEL_WIDTH)}${cleanText(remark)}`,
        style.columns,
        ' '.repeat(LABEL_WIDTH),
      ),
    ),
    '',
    paintVerdict(verdictText(report.verdict), report.verdict, style),
  ].join('\n')
}

/** One word and what is wrong. */
function verdictText({ word, text }: DrillVerdict): string {
  if (text === '') return word
  return word === 'safe but' ? `${word} ${cleanText(text)}` : `${word}: ${cleanText(text)}`
}

function storyLines({ atMs, who, text }: StoryLine, style: RenderStyle): readonly string[] {
  const time = `+${seconds(atMs, 3)} s`.padStart(TIME_WIDTH)
  const indent = ' '.repeat(TIME_WIDTH + WHO_WIDTH + 4)
  const [first = '', ...rest] = wrapText(
    `${time}  ${who.padEnd(WHO_WIDTH)}  ${cleanText(text)}`,
    style.columns,
    indent,
  )
  const paint = who === 'drill' ? style.chalk.bold : (same: string) => same
  const at = TIME_WIDTH + 2
  return [
    `${style.chalk.dim(first.slice(0, at))}${paint(first.slice(at))}`,
    ...rest.map((line) => paint(line)),
  ]
}

function resultLines(report: DrillReport): readonly (readonly [string, string])[] {
  const { longestNakedMs, maxNakedMs, nakedUsdMs, hedges, mails } = report
  return [
    [
      'longest naked',
      `${seconds(longestNakedMs, 3)} s (risk.max_naked_ms allows ${seconds(maxNakedMs, 1)} s), ${formatUsd(nakedUsdMs)} USD x ms in all`,
    ],
    ...hedges.map((hedge) => ['hedge', hedgeText(hedge)] as const),
    ...(mails.length === 0
      ? [['mails', 'none'] as const]
      : mails.map(({ subject }, at) => [at === 0 ? 'mails' : '', subject] as const)),
  ]
}

function hedgeText({ name, legs }: HedgeEnd): string {
  const held = legs.filter(({ base }) => !base.isZero())
  if (held.length === 0) return `${name}: flat`
  return `${name}: ${legs.map(({ account, base }) => `${account} ${base.toFixed()}`).join(', ')}`
}

function paintVerdict(text: string, verdict: DrillVerdict, style: RenderStyle): string {
  const lines = wrapText(`verdict: ${text}`, style.columns, '  ')
  return lines.map((line) => colorOf(verdict, style)(line)).join('\n')
}

function colorOf({ word }: DrillVerdict, { chalk }: RenderStyle): (text: string) => string {
  const colors = {
    passed: chalk.green.bold,
    'safe but': chalk.yellow.bold,
    failed: chalk.red.bold,
    'not tried': chalk.bold,
  }
  return colors[word]
}

/** All drills, one a row; below it what fell short, and what is worth knowing about the configuration. */
export function renderDrills(reports: readonly DrillReport[], style: RenderStyle): string {
  const wanting = reports
    .filter(({ verdict }) => verdict.text !== '')
    .map(({ fault, verdict }) => `${fault}: ${verdictText(verdict)}`)
  const remarks = [...new Set(reports.flatMap((report) => report.remarks))]
  const below = [...wanting, ...remarks.map((remark) => `note: ${remark}`)].flatMap((text) =>
    wrapText(cleanText(text), style.columns, '  '),
  )
  const table = drillTable(reports, style)
  return below.length === 0 ? table : [table, '', ...below].join('\n')
}

function drillTable(reports: readonly DrillReport[], style: RenderStyle): string {
  return renderTable({
    rows: reports,
    style,
    columns: [
      { header: 'fault', align: 'left', priority: 1, cell: ({ fault }) => fault },
      { header: 'hedges afterwards', align: 'left', priority: 2, cell: ({ gist }) => gist },
      {
        header: 'longest naked s',
        align: 'right',
        priority: 1,
        cell: ({ longestNakedMs }) => seconds(longestNakedMs, 3),
      },
      {
        header: 'naked USD x ms',
        align: 'right',
        priority: 3,
        cell: ({ nakedUsdMs }) => formatUsd(nakedUsdMs),
      },
      { header: 'mails', align: 'right', priority: 3, cell: ({ mails }) => String(mails.length) },
      {
        header: 'took s',
        align: 'right',
        priority: 4,
        cell: ({ durationMs }) => seconds(durationMs, 0),
      },
      {
        header: 'verdict',
        align: 'left',
        priority: 1,
        cell: ({ verdict }) => (verdict.word === 'safe but' ? 'safe, but' : verdict.word),
        paint: (text, { verdict }) => colorOf(verdict, style)(text),
      },
    ],
  })
}

function seconds(ms: number, digits: number): string {
  return (ms / 1000).toFixed(digits)
}
