import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { ethereumAddressOf } from '../../src/lighter/signer/l1-signature.ts'
import { createFakeSignals, runLine } from './sim-cli.ts'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hedgebot-sim-'))
  const candles = 'time,open,high,low,close\n1760130000,64000,64100,63900,64050\n'
  await writeFile(join(folder, 'btc.csv'), candles)
  await writeFile(join(folder, 'broken.csv'), `${candles}1760130060,64000,x,63900,64050\n`)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** What `sim --json` prints. */
interface SimDocument {
  readonly url: string
  readonly accounts: number
  readonly control_url?: string
  readonly config_file?: string
  readonly owners_file?: string
}

/** Starts `hedgebot sim <line>`, hands over its document, stops it, and gives its output. */
async function serve<T>(line: string, look: (document: SimDocument) => Promise<T>) {
  const signals = createFakeSignals()
  let stdout = ''
  let stderr = ''
  let looked: Promise<T> | undefined
  const exit = await runCli(['sim', '--port', '0', '--json', ...line.split(' ')], {
    stdout: {
      write(text) {
        stdout += text
        if (looked !== undefined || !stdout.endsWith('}\n')) return
        looked = look(JSON.parse(stdout) as SimDocument).finally(() => signals.emit('SIGINT'))
      },
    },
    stderr: { write: (text) => (stderr += text) },
    isTerminal: false,
    columns: 100,
    env: {},
    cwd: folder,
    signals,
  })
  return {
    exit,
    stderr,
    document: JSON.parse(stdout) as SimDocument,
    looked: await looked,
  }
}

async function btcDetails({ url }: SimDocument) {
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
    ['--accounts 2 --owners 3', 'owners_without_accounts', '--accounts 3'],
    ['--owners 21', 'owners_without_accounts', '--accounts 21'],
    ['--fault drain:90', 'fault_account', 'drain:90@account=3'],
    ['--fault reject:21739@account=999', 'fault_account', 'account=3 (account_1)'],
    ['--write-config x.yaml --write-owners ./x.yaml', 'files_collide', 'different names'],
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

  it.each([
    ['missing.csv', 'there is no such file'],
    ['', 'it is a folder'],
  ])('says why it cannot read %j', async (name, reason) => {
    const { json } = await runLine(['--json'], `sim --path ${join(folder, name)}`)
    expect(json.error?.message).toContain(`cannot be read: ${reason}`)
  })
})

describe('hedgebot sim --control', () => {
  const headers = { 'x-hedgebot-control': '1', 'content-type': 'application/json' }

  it('moves prices, takes collateral and adds faults by request, as the exchange then shows', async () => {
    const { exit, looked } = await serve(
      '--control 0 --accounts 2 --owners 1 --no-limits',
      async (document) => {
        const post = async (path: string, body: unknown) => {
          const init = { method: 'POST', headers, body: JSON.stringify(body) }
          const response = await fetch(`${document.control_url}/${path}`, init)
          return { status: response.status, body: await response.text() }
        }
        const get = async (path: string) => (await fetch(`${document.url}/api/v1/${path}`)).text()
        const help = await (await fetch(`${document.control_url}/help`)).text()
        await post('price', { market: 'BTC', set: '90000' })
        await post('drain', { account: 'account_2', usd: '250' })
        const shown = {
          book: JSON.parse(await get('orderBookOrders?market_id=1&limit=1')) as {
            readonly asks: readonly { readonly price: string }[]
          },
          account: await get('account?by=index&value=281474976710653'),
        }
        const refused = await post('drain', { account: 'account_3', usd: '1' })
        await post('faults', { add: 'maintenance' })
        const down = await fetch(`${document.url}/api/v1/status`)
        return { help, shown, refused, down: down.status, url: document.control_url }
      },
    )
    expect(exit).toBe(0)
    expect(looked?.help).toContain(`curl -sS ${looked?.url}`)
    expect(Number(looked?.shown.book.asks[0]?.price)).toBeCloseTo(90_000, -2)
    expect(looked?.shown.account).toContain('"collateral":"750.000000"')
    expect(looked?.refused).toMatchObject({ status: 404 })
    expect(looked?.refused.body).toContain('account_3')
    expect(looked?.down).toBe(503)
  })

  it('is not there unless it is asked for, and gone with the exchange', async () => {
    const without = await serve('--accounts 1', () => Promise.resolve())
    expect(without.document.control_url).toBeUndefined()
    const { document } = await serve('--accounts 1 --control 0', () => Promise.resolve())
    await expect(fetch(`${document.control_url}/help`)).rejects.toThrow('fetch failed')
    await expect(fetch(document.url)).rejects.toThrow('fetch failed')
  })

  it('leaves no file behind when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const file = join(folder, 'never.yaml')
    try {
      const { exit, json } = await runLine(
        ['--json'],
        `sim --port 0 --control ${port} --write-config ${file}`,
      )
      expect([exit, json.error?.code]).toEqual([2, 'sim_port_in_use'])
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
    } finally {
      other.close()
    }
  })
})

describe('the files that hedgebot sim writes', () => {
  it('are a configuration that works and the keys of its owners, for nobody else to read', async () => {
    const line = '--accounts 5 --owners 3 --write-config five.yaml --write-owners five.json'
    const { document, stderr, looked } = await serve(line, async ({ owners_file = '' }) => {
      const written = JSON.parse(await readFile(owners_file, 'utf8')) as {
        readonly owners: readonly {
          readonly l1_address: string
          readonly ethereum_key: string
          readonly account_indexes: readonly number[]
        }[]
      }
      const check = await runLine(['-c', join(folder, 'five.yaml'), '--json'], 'check')
      return { written, check }
    })
    expect(document).toMatchObject({
      config_file: join(folder, 'five.yaml'),
      owners_file: join(folder, 'five.json'),
    })
    expect(looked?.check.exit).toBe(0)
    const owners = looked?.written.owners ?? []
    expect(owners.map((owner) => owner.account_indexes.length)).toEqual([2, 2, 1])
    for (const { l1_address, ethereum_key } of owners) {
      expect(ethereumAddressOf(ethereum_key)).toBe(l1_address)
      expect(stderr).not.toContain(ethereum_key.slice(2))
    }
    for (const name of ['five.yaml', 'five.json']) {
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    }
    expect(stderr).toContain('Ethereum keys of 3 owners written to')
  })

  it('are written both or not at all, and never over another file', async () => {
    const [config, owners] = [join(folder, 'both.yaml'), join(folder, 'taken.json')]
    await writeFile(owners, 'mine')
    const { exit, json } = await runLine(
      ['--json'],
      `sim --port 0 --write-config ${config} --write-owners ${owners}`,
    )
    expect([exit, json.error?.code]).toEqual([1, 'config_exists'])
    expect(await readFile(owners, 'utf8')).toBe('mine')
    await expect(stat(config)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([
    ['nowhere/x.yaml', 'its folder does not exist'],
    ['btc.csv/x.yaml', 'its folder is a file'],
    [`${'x'.repeat(300)}.yaml`, 'the name is too long'],
  ])('are refused, with the reason, where they cannot be: %s', async (name, reason) => {
    const { exit, json } = await runLine(
      ['--json'],
      `sim --port 0 --write-config ${join(folder, name)}`,
    )
    expect(exit).toBe(1)
    expect(json.error).toMatchObject({ code: 'config_unwritable' })
    expect(json.error?.message).toContain(reason)
  })

  it('belong to one exchange: two in one folder do not share a journal', async () => {
    const home = join(folder, 'two')
    await mkdir(home)
    for (const name of ['a', 'b']) {
      const { looked } = await serve(
        `--accounts 2 --owners 1 --write-config two/${name}.yaml`,
        ({ config_file = '' }) => runLine(['-c', config_file, '--json'], 'check'),
      )
      expect(looked?.exit).toBe(0)
    }
  })
})
