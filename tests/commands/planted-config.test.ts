/** Configurations that cannot be used: what is said about a mistake never quotes the secrets around it. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStage } from '../../src/sim/stage/stage.ts'
import type { Stage } from '../../src/sim/stage/stage.ts'
import { createSystemClock } from '../../src/system/system-clock.ts'
import { createSystemRng } from '../../src/system/system-rng.ts'
import { search } from './planted/search.ts'
import type { Place } from './planted/search.ts'
import type { Form, Plants } from './planted/secrets.ts'
import { plantSecrets, writeConfig } from './planted/secrets.ts'
import { runLine } from './sim-cli.ts'

let folder = ''
let stage: Stage
let plants: Plants
let count = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hedgebot-planted-config-'))
  stage = createStage({
    clock: createSystemClock(),
    rng: createSystemRng(),
    accounts: 2,
    owners: 1,
  })
  plants = plantSecrets(stage, 'http://127.0.0.1:9')
})

afterAll(async () => {
  stage.close()
  await rm(folder, { recursive: true, force: true })
})

/** The lines of a good configuration; the secrets are in the file itself where nothing else is said. */
async function goodLines(form?: Form): Promise<{ lines: string[]; env: Record<string, string> }> {
  const places = { simUrl: 'http://127.0.0.1:9', proxyPorts: [1, 2, 3], smtpPort: 25, hookUrl: '' }
  const { text, env } = await writeConfig(folder, {
    stage,
    plants,
    places,
    form: form ?? 'literal',
  })
  return { lines: text.split('\n'), env: { ...env } }
}

/** Everything that a command says about a file with these lines. */
async function whatIsSaid(
  lines: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Place[]> {
  count += 1
  const file = join(folder, `config-${count}.yaml`)
  await writeFile(file, lines.join('\n'), { mode: 0o600 })
  const said = await Promise.all(
    ['check --offline -v', 'config show --json', 'status'].map(async (line) => {
      const { stdout, stderr, exit } = await runLine(['--config', file], line, { io: { env } })
      return { line, exit, text: `${stdout}\n${stderr}` }
    }),
  )
  return said.map(({ text }) => ({ where: lines.join('\n'), text }))
}

/** Without the file, which has them. */
function hitsIn(places: readonly Place[]): readonly string[] {
  return search(places, plants.all).map(({ secret, form, near }) => `${secret}, ${form}: ${near}`)
}

const SECRET_LINE = /^(\s*)(?:- )?(\w+): (".*")$/

/** What people do to a line. */
const MISTAKES: readonly (readonly [string, (line: string) => string])[] = [
  ['no closing quote', (line) => line.replace(/"$/, '')],
  ['no opening quote', (line) => line.replace('"', '')],
  ['no quotes', (line) => line.replace(/: "(.*)"$/, ': $1')],
  ['single quotes', (line) => line.replace(/: "(.*)"$/, ": '$1'")],
  ['no space', (line) => line.replace(': "', ':"')],
  ['no colon', (line) => line.replace(': "', ' "')],
  ['a tab', (line) => line.replace(/^ */, '\t')],
  ['too far left', (line) => line.trim()],
  ['too far right', (line) => `       ${line}`],
  ['another quote', (line) => `${line}"`],
  ['something behind it', (line) => `${line} ]`],
  ['a mistyped key', (line) => line.replace(/(\w+): "/, 'x$1: "')],
  ['twice', (line) => `${line}\n${line.replace('- ', '  ')}`],
  ['a list', (line) => line.replace(/: (".*")$/, ': [$1]')],
  ['a mapping', (line) => line.replace(/: (".*")$/, ': { value: $1 }')],
  ['a mapping with it as its key', (line) => line.replace(/: (".*")$/, ': { $1: 1 }')],
  ['key and value changed', (line) => line.replace(/(\w+): (".*")$/, '$2: $1')],
  ['an alias', (line) => line.replace(/: "(.*)"$/, ': *$1')],
  ['a tag', (line) => line.replace(/: "(.*)"$/, ': !$1 x')],
  ['a variable', (line) => line.replace(/: "(.*)"$/, ': "env:$1"')],
  ['a file', (line) => line.replace(/: "(.*)"$/, ': "file:$1"')],
  ['age', (line) => line.replace(/: "(.*)"$/, ': "age:$1"')],
  ['a piece missing', (line) => line.replace(/: "(.{9})(.*)"$/, ': "$2"')],
]

describe('a configuration with a mistake', () => {
  it.each(MISTAKES)('in the line of a secret (%s) does not quote it', async (_what, change) => {
    const { lines } = await goodLines()
    const secrets = plants.all.map(({ text }) => JSON.stringify(text).slice(1, -1))
    const places = await Promise.all(
      lines.flatMap((line, at) => {
        if (!SECRET_LINE.test(line) || !secrets.some((text) => line.includes(text))) return []
        return [whatIsSaid(lines.with(at, change(line)))]
      }),
    )
    expect(places.length).toBeGreaterThan(8)
    expect(hitsIn(places.flat())).toEqual([])
  })

  it('that is a secret in the place of something else does not quote it', async () => {
    const { lines } = await goodLines()
    const [proxy] = plants.proxies
    const [key] = plants.keys
    const places = await Promise.all(
      lines.flatMap((line, at) => {
        const match = /^(\s*(?:- )?\w+: ).+$/.exec(line)
        if (match === null) return []
        return [proxy, key].map((secret) =>
          whatIsSaid(lines.with(at, `${match[1]}${JSON.stringify(secret?.text)}`)),
        )
      }),
    )
    expect(hitsIn(places.flat())).toEqual([])
  }, 60_000)

  it('that names files which cannot be read quotes nothing of them', async () => {
    const { lines, env } = await goodLines('file')
    const path = /"file:(secrets\/[^"]+)"/.exec(lines.join('\n'))?.[1] ?? ''
    const file = join(folder, path)
    const places: Place[] = []
    await chmod(file, 0o644)
    places.push(...(await whatIsSaid(lines, env)))
    await writeFile(
      file,
      plants.all
        .map(({ text }) => text)
        .join('\n')
        .repeat(200),
      { mode: 0o600 },
    )
    await chmod(file, 0o600)
    places.push(...(await whatIsSaid(lines, env)))
    await rm(file)
    places.push(...(await whatIsSaid(lines, env)))
    await mkdir(file)
    places.push(...(await whatIsSaid(lines, env)))
    expect(search(places, plants.all)).toEqual([])
  })
})
