import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { createFakeSignals, runLine } from './sim-cli.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hedgebot-sim-'))
  const candles = 'time,open,high,low,close\n1760130000,64000,64100,63900,64050\n'
  await writeFile(join(folder, 'btc.csv'), candles)
  await writeFile(join(folder, 'broken.csv'), `${candles}1760130060,64000,x,63900,64050\n`)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Starts `hedgebot sim <line>`, hands over the documents of its exchange, stops it, and gives its output. */
async function serve<T>(line: string, look: (url: string) => Promise<T>) {
  const signals = createFakeSignals()
  let stdout = ''
  let looked: Promise<T> | undefined
  const exit = await runCli(['sim', '--port', '0', '--json', ...line.split(' ')], {
    stdout: {
      write(text) {
        stdout += text
        const url = /"url":\s*"(http:[^"]+)"/.exec(stdout)?.[1]
        if (url === undefined || looked !== undefined) return
        looked = look(url).finally(() => signals.emit('SIGINT'))
      },
    },
    stderr: { write: () => undefined },
    isTerminal: false,
    columns: 100,
    env: {},
    cwd: folder,
    signals,
  })
  return {
    exit,
    document: JSON.parse(stdout) as Readonly<Record<string, unknown>>,
    looked: await looked,
  }
}

async function btcDetails(url: string) {
  const response = await fetch(`${url}/api/v1/orderBookDetails?market_id=1`)
  const body = (await response.json()) as {
    readonly order_book_details: readonly { readonly last_trade_price: number }[]
  }
  const orders = await fetch(`${url}/api/v1/orderBookOrders?market_id=1&limit=1`)
  const book = (await orders.json()) as { readonly asks: readonly { readonly price: string }[] }
  return { details: body.order_book_details[0], ask: book.asks[0]?.price }
}

describe('hedgebot sim', () => {
  it('follows a file of candles on one market, at the pace it is told, and says so', async () => {
    const { exit, document, looked } = await serve(
      '--path btc.csv --market ETH=crash --speed 60 --accounts 2 --owners 1 --seed 3',
      btcDetails,
    )
    expect(exit).toBe(0)
    expect(document).toMatchObject({
      markets: { ETH: 'crash', BTC: 'btc.csv', SOL: 'calm' },
      speed: 60,
      accounts: 2,
    })
    expect(Number(looked?.ask)).toBeGreaterThan(63_850)
    expect(Number(looked?.ask)).toBeLessThan(64_150)
  })

  it.each([
    ['--market panic', 'scenario_unknown', 'calm, trend, jump, crash'],
    ['--market DOGE=crash', 'market_unknown', 'ETH, BTC, SOL'],
    ['--market BTC=crash --path btc.csv', 'market_chosen_twice', 'one --path'],
    ['--path missing.csv', 'candles_unreadable', 'CSV'],
    ['--path broken.csv', 'candles_invalid', 'time,open,high,low,close'],
    ['--speed 1000000', 'speed_out_of_range', '--speed 60'],
    ['--fault quake', 'fault_syntax', 'thin-book'],
    ['--fault drop@at=30s,until=10s', 'fault_syntax', 'drop'],
  ])('%s is a usage error that says what is possible', async (line, code, hint) => {
    const words = line.replace(/(\w+\.csv)/, join(folder, '$1'))
    const { exit, json } = await runLine(['--json'], `sim --port 0 ${words}`)
    expect(exit).toBe(2)
    expect(json.error?.code).toBe(code)
    expect(json.error?.hint).toContain(hint)
  })

  it.each(['0', '-1', 'fast'])('--speed %s is no speed', async (speed) => {
    const { exit, stderr } = await runLine([], `sim --port 0 --speed ${speed}`)
    expect(exit).toBe(2)
    expect(stderr).toContain('--speed')
  })

  it('names file and line of a broken candle', async () => {
    const { json } = await runLine(['--json'], `sim --path ${join(folder, 'broken.csv')}`)
    expect(json.error?.message).toContain('broken.csv, line 3: "x" is no price')
  })
})
