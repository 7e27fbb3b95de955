/**
 * Every command of the program, in a world whose every part sends back what it was sent: none of the secrets, and no
 * token made of them, may be found in anything that was said, written or sent.
 */
import { appendFile, readdir } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Received } from '../notify/channels/http-receiver.ts'
import { throwingRunners, uncaughtRun } from './planted/bugs.ts'
import type { EchoMode } from './planted/echo-exchange.ts'
import { createSpiedScreen } from './planted/screen.ts'
import { search } from './planted/search.ts'
import type { Hit } from './planted/search.ts'
import type { ProxyMode } from './planted/servers.ts'
import type { PlantedWorld, RunOptions } from './planted/world.ts'
import { startPlantedWorld } from './planted/world.ts'

let world: PlantedWorld

beforeAll(async () => {
  world = await startPlantedWorld()
}, 30_000)

afterAll(async () => {
  await world.close()
})

/** Side by side: most of their time is waiting. */
async function runAll(lines: readonly string[], options: RunOptions = {}): Promise<void> {
  await Promise.all(lines.map((line) => world.run(line, options)))
}

const secrets = () => [...world.plants.all, ...world.exchange.tokens()]

async function hits(): Promise<readonly Hit[]> {
  return search(await world.places(), secrets())
}

const READING = [
  'check -v',
  'status --json -v',
  'orders list -v',
  'accounts list --json -v',
  'proxies test -v',
]
const TRADING = ['watch --once -v --timeout 1s', 'close --all --json -v --timeout 1s']

describe('secrets', () => {
  it('appear nowhere on a good day', async () => {
    await runAll([
      'config show -v',
      'config show --json',
      'check --offline -v',
      'check --json -v',
      'accounts list -v',
      'accounts list --json',
      'proxies list -v',
      'proxies list --json',
      'proxies test -v',
      'proxies test --json -v',
      'notify test -v',
      'notify test --json',
      'open --all --dry-run -v',
    ])
    expect((await world.run('open --all --json -v')).exit).toBe(0)
    await runAll([
      'status -v',
      'status --json -v',
      'orders list -v',
      'orders list --json -v',
      'explain h1 -v',
      'explain h1 --json',
      'explain h99 -v',
      'pause -v',
      'pause --json',
      'notify check -v',
      'notify check --json',
    ])
    await runAll(['resume -v', 'resume --json', 'adopt -v', 'adopt --json -v'], { state: 'lost' })
    await runAll(['resume -v', 'orders cancel 1 -v', 'orders cancel 1 --json'])
    await world.run('watch --once -v')
    await world.run('watch --for 1s --json -v')
    await world.run('close --accounts account_1 -v')
    expect((await world.run('close --all --json -v')).exit).toBe(0)
    expect(await hits()).toEqual([])
    const { exchange, smtp, telegram, hooks } = world
    const counts = [exchange.tokens(), exchange.signatures(), smtp.mails, telegram.bodies]
    for (const list of [...counts, hooks.received]) expect(list.length).toBeGreaterThan(3)
  }, 60_000)

  it('appear nowhere when every channel answers with what it was sent', async () => {
    const { smtp, telegram, hooks } = world
    smtp.setMode('reject')
    telegram.setMode('refuse')
    hooks.answer = echo
    await runAll(['notify test -v', 'notify test --json -v', 'open --all -v'])
    await world.run('notify check --json -v')
    smtp.setMode('drop')
    await world.run('notify test -v')
    await world.run('close --all --json -v')
    smtp.setMode('accept')
    telegram.setMode('accept')
    hooks.answer = (response) => response.end('{"ok":true}')
    await world.run('notify check -v')
    expect(await hits()).toEqual([])
  }, 60_000)

  it.each<readonly ProxyMode[]>([
    ['refuse', 'garbage', 'pretend'],
    ['pretend', 'refuse', 'garbage'],
    ['hang', 'hang', 'hang'],
  ])(
    'appear nowhere when proxies %s, %s and %s',
    async (...modes) => {
      expect((await world.run('open --all -v')).exit).toBe(0)
      world.proxies.forEach((proxy, at) => proxy.setMode(modes[at] ?? 'normal'))
      // Whoever waits for a proxy that hangs waits long.
      const more = modes[0] === 'hang' ? [] : ['notify test -v', ...TRADING]
      await runAll([...READING, ...more])
      for (const proxy of world.proxies) proxy.setMode('normal')
      expect((await world.run('close --all -v')).exit).toBe(0)
      expect(await hits()).toEqual([])
    },
    60_000,
  )

  it('appear nowhere when the exchange answers accounts with what it was sent', async () => {
    expect((await world.run('open --all')).exit).toBe(0)
    world.exchange.setMode('mixed')
    await runAll([...READING, 'close --all --json -v'].map((line) => `${line} --timeout 1s`))
    world.exchange.setMode('sends')
    const screen = createSpiedScreen()
    const watching = world.run('watch --until-flat', { io: screen.io })
    await world.run('close --all -v --timeout 1s')
    await expect.poll(() => screen.drawn(), { timeout: 10_000 }).toContain('refused')
    world.exchange.setMode('off')
    await watching
    expect((await world.run('close --all -v')).exit).toBe(0)
    expect(search([{ where: 'screen', text: screen.drawn() }], secrets())).toEqual([])
    expect(await hits()).toEqual([])
  }, 60_000)

  it('appear nowhere when the exchange answers everybody so', async () => {
    for (const mode of REFUSALS) {
      world.exchange.setMode(mode)
      // What it says of limits is remembered for a minute.
      const state = `state-${mode}`
      await runAll(['check -v', 'accounts list --json', 'open --all -v --timeout 1s'], { state })
    }
    world.exchange.setMode('off')
    expect(await hits()).toEqual([])
  }, 60_000)

  it('appear nowhere when a bug throws them, whether somebody catches it or not', async () => {
    for (const flags of ['', ' --json -v']) {
      const runs = throwingRunners(world.plants).map((runners): RunOptions => ({ runners }))
      for (const options of [...runs, uncaughtRun(world.plants)]) {
        expect((await world.run(`status${flags}`, options)).exit).toBe(70)
      }
    }
    expect(await hits()).toEqual([])
  })

  it('would be found: each one is in a line that nobody cleaned', async () => {
    const logs = join(world.folder, 'state', 'logs')
    const [file = ''] = await readdir(logs)
    for (const { text } of secrets()) {
      const login = Buffer.from(`somebody:${text}`).toString('base64')
      await appendFile(join(logs, file), `${JSON.stringify({ msg: `Basic ${login}` })}\n`)
    }
    const found = new Set((await hits()).map(({ secret }) => secret))
    expect([...found].toSorted()).toEqual(
      [...new Set(secrets().map(({ name }) => name))].toSorted(),
    )
  })
})

const REFUSALS: readonly EchoMode[] = [
  'coded',
  'key',
  'unavailable',
  'forbidden',
  'garbage',
  'restricted',
]

function echo(response: ServerResponse, { url, headers, body }: Received): void {
  response.statusCode = 500
  response.end(`${url} ${decodeURIComponent(url)} ${JSON.stringify(headers)} ${body}`)
}
