import { describe, expect, it } from 'vitest'
import type { ImportLine, SourceFile } from './source-files.ts'
import { loadedWith, readSource, readSources, roomOf } from './source-files.ts'

const SOURCES = readSources()

/** `path: what`, for every finding; the tests want none. */
function findings(find: (file: SourceFile) => Iterable<string>): readonly string[] {
  return SOURCES.flatMap((file) => [...find(file)].map((what) => `${file.path}: ${what}`))
}

/**
 * Who may import whom (DESIGN.md section 7). `values` may be imported, `types` only as types; everyone may import
 * `errors`, `ports` and its own room. Where a value is a path, only what is below it.
 */
const TABLE: Readonly<Record<string, { values: readonly string[]; types: readonly string[] }>> = {
  errors: { values: [], types: [] },
  ports: { values: [], types: ['hedge', 'journal-port', 'notify-port', 'transport-port'] },
  'journal-port': { values: [], types: ['hedge', 'notify-port'] },
  'notify-port': { values: [], types: ['hedge', 'journal-port'] },
  'transport-port': { values: [], types: ['journal-port'] },
  hedge: { values: [], types: [] },
  engine: { values: ['hedge'], types: [] },
  config: { values: [], types: [] },
  // The adapters speak in the domain's words: its decimals, known values, client order indices.
  lighter: { values: ['hedge'], types: [] },
  journal: { values: ['hedge'], types: [] },
  proxies: { values: [], types: [] },
  // A number or a sum reads the same in a mail and on the terminal.
  notify: { values: ['hedge', 'ui/format-number', 'ui/summarize-hedges'], types: ['engine'] },
  // Its own arithmetic: the simulator must not merely agree with us.
  sim: { values: ['lighter/signer'], types: ['lighter'] },
  ui: { values: [], types: ['hedge', 'engine', 'drill'] },
  system: { values: [], types: [] },
  // The user's program runs beside it, in processes of its own.
  drill: { values: ['hedge', 'config', 'sim'], types: [] },
  commands: {
    values: [
      'context',
      'engine',
      'hedge',
      'ui',
      'config',
      'sim',
      'drill',
      'system',
      'notify',
      'proxies',
    ],
    types: ['lighter', 'journal'],
  },
  context: {
    values: ['hedge', 'config', 'lighter', 'proxies', 'journal', 'notify', 'system', 'engine'],
    types: [],
  },
  cli: { values: ['ui', 'commands', 'config', 'system'], types: [] },
}

const PORTS = ['ports', 'journal-port', 'notify-port', 'transport-port']

function mayImport(file: SourceFile, line: ImportLine): boolean {
  const from = roomOf(file.path)
  const to = roomOf(line.target)
  if (to === from || to === 'errors' || (PORTS.includes(to) && line.isType)) return true
  const rule = TABLE[from]
  if (rule === undefined) return false
  const allowed = line.isType ? [...rule.values, ...rule.types] : rule.values
  const path = line.target.replace(/^src\//, '').replace(/\.ts$/, '')
  return allowed.some((room) => path === room || path.startsWith(`${room}/`))
}

/** Where each package lives; what is not listed here may not be imported at all. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  axios: ['src/proxies/http.ts'],
  'https-proxy-agent': ['src/proxies/'],
  ws: ['src/proxies/', 'src/sim/server/'],
  'better-sqlite3': ['src/journal/'],
  zod: ['src/config/', 'src/lighter/', 'src/notify/memory/'],
  yaml: ['src/config/'],
  'lossless-json': ['src/lighter/'],
  'decimal.js': ['src/hedge/'],
  pino: ['src/system/'],
  nodemailer: ['src/notify/'],
  'smtp-server': ['src/sim/stage/'],
  'postal-mime': ['src/sim/stage/'],
  '@noble/curves': ['src/lighter/signer/'],
  '@noble/hashes': ['src/lighter/signer/'],
  inquirer: ['src/ui/'],
  ora: ['src/ui/'],
  'cli-table3': ['src/ui/'],
  chalk: ['src/ui/', 'src/cli.ts', 'src/commands/'],
  commander: ['src/ui/', 'src/cli.ts', 'src/commands/'],
}

/** What a command line may load before it knows what is wanted (STYLE.md "A command is declaration + handler"). */
const LIGHT = ['chalk', 'commander']
/** Beside a command's own file nothing heavier than these may be loaded without being asked for. */
const HEAVY = Object.keys(ROOMS).filter((name) => !LIGHT.includes(name))

const isPackage = (target: string): boolean => !target.startsWith('src/') && !isNode(target)
const isNode = (target: string): boolean => target.startsWith('node:')

describe('imports', () => {
  it('follow the table of the design', () => {
    const wrong = findings(({ imports, ...file }) =>
      imports
        .filter(({ target }) => target.startsWith('src/'))
        .filter((line) => !mayImport({ imports, ...file }, line))
        .map((line) => `may not import ${line.target}${line.isType ? ' (even as a type)' : ''}`),
    )
    expect(wrong).toEqual([])
  })

  it('have a rule for every room', () => {
    const rooms = new Set(SOURCES.map((file) => roomOf(file.path)))
    expect([...rooms].filter((room) => TABLE[room] === undefined)).toEqual([])
  })

  it('of packages happen in the rooms of the packages', () => {
    const wrong = findings(({ path, imports }) =>
      imports
        .filter(({ target }) => isPackage(target))
        .filter(({ target }) => !(ROOMS[target] ?? []).some((room) => path.startsWith(room)))
        .map(({ target }) => `may not import ${target}`),
    )
    expect(wrong).toEqual([])
  })

  it('of the command line and of commands are light', () => {
    const entries = SOURCES.filter(({ path }) => /^src\/(cli\.ts|commands\/)/.test(path))
    const wrong = entries.flatMap(({ path }) =>
      [...loadedWith(path, SOURCES)]
        .filter((target) => HEAVY.includes(target))
        .map((target) => `${path} loads ${target}`),
    )
    expect(entries.length).toBeGreaterThan(5)
    expect(wrong).toEqual([])
  })

  it('of a command are types, errors and its own room, until it runs', () => {
    const wrong = findings(({ path, imports }) =>
      path.startsWith('src/commands/')
        ? imports
            .filter((line) => !line.isType && !line.isDynamic && !isNode(line.target))
            .filter(({ target }) => !LIGHT.includes(target))
            .filter(({ target }) => !/^src\/(errors\.ts|commands\/)/.test(target))
            .map(({ target }) => `loads ${target}`)
        : [],
    )
    expect(wrong).toEqual([])
  })

  it('never bring privileged transactions near a command', () => {
    const privileged = 'src/lighter/signer/privileged.ts'
    const wrong = SOURCES.filter(
      ({ path, imports }) =>
        /^src\/(cli\.ts|context\.ts|commands\/|engine\/|ui\/)/.test(path) &&
        (loadedWith(path, SOURCES).has(privileged) ||
          imports.some(({ target }) => target === privileged)),
    )
    expect(SOURCES.some(({ path }) => path === privileged)).toBe(true)
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('go by named exports only', () => {
    expect(findings(({ code }) => code.match(/^export default.*$/gm) ?? [])).toEqual([])
  })
})

describe('files', () => {
  it('have names that say something', () => {
    const forbidden = /(^|\/)(utils?|helpers?|common|misc|types|index)\.ts$/
    const shape = /\/[a-z0-9]+(-[a-z0-9]+)*\.ts$/
    const wrong = SOURCES.map(({ path }) => path).filter(
      (path) => forbidden.test(path) || !shape.test(path),
    )
    expect(wrong).toEqual([])
  })

  it('can be read in one go: 300 lines, 700 in the signer', () => {
    const wrong = findings(({ path, text }) => {
      const lines = text.split('\n').length - 1
      const most = path.startsWith('src/lighter/signer/') ? 700 : 300
      return lines > most ? [`${lines} lines`] : []
    })
    expect(wrong).toEqual([])
  })

  it('leave no work for later and switch no rule off without a reason', () => {
    const words = /\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck)|(ox|es)lint-disable(?!.* -- )/g
    expect(findings(({ text }) => text.match(words) ?? [])).toEqual([])
  })
})

describe('the outside world', () => {
  it.each([
    ['console', /\bconsole\s*\./g, /^src\/ui\//],
    ['process.exit', /\bprocess\.(exit|abort|kill)\(/g, /^src\/cli\.ts$/],
    // A Date of a known time is arithmetic; only the present is the outside world.
    [
      'the time',
      /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bprocess\.hrtime\b/g,
      /^src\/system\//,
    ],
    [
      'timers',
      /\b(setTimeout|setInterval)\s*\(|node:timers|AbortSignal\.timeout\b/g,
      /^src\/system\//,
    ],
    [
      'randomness',
      /\bMath\.random\b|\brandomBytes\(|\brandomUUID\(|\brandomInt\(|getRandomValues/g,
      /^src\/system\//,
    ],
    [
      'the environment',
      /\bprocess\.(env|argv|cwd|std(in|out|err))\b/g,
      /^src\/(cli\.ts|ui\/process-io\.ts)$/,
    ],
  ])('%s is only where it belongs', (_name, pattern, place) => {
    const wrong = findings(({ path, code }) =>
      place.test(path) ? [] : (code.match(pattern) ?? []),
    )
    expect(wrong).toEqual([])
  })
})

describe('docstrings', () => {
  it('stand above every export of hedge, lighter and ports', () => {
    const wrong = findings(({ path, text }) =>
      /^src\/(hedge\/|lighter\/|((journal|notify|transport)-)?ports?\.ts)/.test(path)
        ? undocumented(text)
        : [],
    )
    expect(wrong).toEqual([])
  })
})

function undocumented(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, at) => {
    const name = /^export (?:async )?(?:function|const|interface|type|class) (\w+)/.exec(line)?.[1]
    const isDocumented = lines[at - 1]?.trimEnd().endsWith('*/') === true
    return name === undefined || isDocumented ? [] : [`${name} has no docstring`]
  })
}

describe('these rules', () => {
  it('read imports of every kind', () => {
    const { imports } = readSource(
      'src/ui/a.ts',
      [
        "import Table from 'cli-table3'",
        "import type { A } from '../hedge/a.ts'",
        'import {',
        '  type B,',
        '  type C,',
        "} from '@scope/name/deep'",
        "import { type D, e } from './e.ts'",
        "import './effect.ts'",
        "export { f } from './f.ts'",
        "// import { g } from './g.ts'",
        "const h = await import('node:fs')",
        "type I = typeof import('./i.ts')",
      ].join('\n'),
    )
    const short = imports.map(
      ({ target, isType, isDynamic }) =>
        `${isDynamic ? 'later ' : ''}${isType ? 'type ' : ''}${target}`,
    )
    expect(short).toEqual([
      'cli-table3',
      'type src/hedge/a.ts',
      'type @scope/name',
      'src/ui/e.ts',
      'src/ui/effect.ts',
      'src/ui/f.ts',
      'later node:fs',
      'later type src/ui/i.ts',
    ])
  })

  it('would find a missing docstring and keep a documented export', () => {
    const text = '/** Says so. */\nexport const a = 1\n\nexport function b() {}\n'
    expect(undocumented(text)).toEqual(['b has no docstring'])
  })
})
