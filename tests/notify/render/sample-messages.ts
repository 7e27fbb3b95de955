/**
 * One realistic message of every kind.
 * @module
 */
import type { Bar, Cell, Message, Tone } from '../../../src/notify/message.ts'

const AT_MS = Date.UTC(2026, 11, 1, 14, 3, 22)

function cell(text: string, tone?: Tone): Cell {
  return tone === undefined ? { text } : { text, tone }
}

function gain(text: string): Cell {
  return cell(text, text.startsWith('-') ? 'bad' : 'good')
}

const OPENED: Message = {
  kind: 'opened',
  severity: 'info',
  title: '10 hedges opened on BTC, 20 accounts, net exposure 0',
  network: 'mainnet',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'text',
      text: 'All ten hedges of the plan are open and verified with the exchange. Every stop rests.',
    },
    {
      kind: 'facts',
      rows: [
        { label: 'Size per account', value: '0.0125 BTC' },
        { label: 'Leverage', value: '10x' },
        { label: 'Notional, both sides', value: '24,370.13 USD' },
        { label: 'Net exposure', value: '0 BTC', tone: 'good' },
        { label: 'Largest gap between legs', value: '41 ms' },
        { label: 'Fees', value: '-2.44 USD' },
      ],
    },
    { kind: 'heading', text: 'Hedges' },
    {
      kind: 'table',
      columns: [
        { label: 'hedge', align: 'left' },
        { label: 'long / short', align: 'left' },
        { label: 'size BTC', align: 'right' },
        { label: 'entry USD', align: 'right' },
        { label: 'gap ms', align: 'right' },
      ],
      rows: Array.from({ length: 10 }, (_, at) => [
        cell(`h${at + 1}`),
        cell(`account_${2 * at + 1} / account_${2 * at + 2}`),
        cell('0.0125'),
        cell(`97,4${80 + at}.5`),
        cell(String(3 + 4 * at)),
      ]),
      foot: [cell('all'), cell(''), cell('0.125'), cell(''), cell('39')],
    },
    {
      kind: 'advice',
      text: 'Keep hedgebot watch running: the loss limit of each hedge works only while it runs.',
    },
  ],
}

const CLOSED: Message = {
  kind: 'closed',
  severity: 'info',
  title: 'h1 to h3 closed on request, net -7.32 USD',
  network: 'mainnet',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'text',
      text: 'Closed by hedgebot close --all. The exchange shows all six accounts flat.',
    },
    {
      kind: 'table',
      columns: [
        { label: 'hedge', align: 'left' },
        { label: 'P&L USD', align: 'right' },
        { label: 'fees USD', align: 'right' },
        { label: 'funding USD', align: 'right' },
        { label: 'net USD', align: 'right' },
      ],
      rows: [
        [cell('h1'), gain('-1.20'), cell('-2.44'), cell('+0.03'), gain('-3.61')],
        [cell('h2'), gain('+0.75'), cell('-2.44'), cell('-0.11'), gain('-1.80')],
        [cell('frankfurt_desk_main'), gain('+0.52'), cell('-2.44'), cell('+0.01'), gain('-1.91')],
      ],
      foot: [cell('total'), gain('+0.07'), cell('-7.32'), cell('-0.07'), gain('-7.32')],
    },
    { kind: 'text', text: 'Held 6 h 12 min. Nothing stood alone at any time.', tone: 'muted' },
  ],
}

const STOP: Message = {
  kind: 'stop',
  severity: 'warning',
  title: 'h3 reached its loss limit and is closed, net -104.20 USD',
  network: 'testnet',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'text',
      text: 'account_5 was 101.37 USD in the red, its limit is 100. Both legs are closed and verified flat.',
    },
    {
      kind: 'facts',
      rows: [
        { label: 'Floating P&L, account_5', value: '-101.37 USD', tone: 'bad' },
        { label: 'Floating P&L, account_6', value: '+1.22 USD', tone: 'good' },
        { label: 'Fees', value: '-4.88 USD' },
        { label: 'Funding', value: '+0.83 USD' },
        { label: 'Net result of h3', value: '-104.20 USD', tone: 'bad' },
        { label: 'Trigger to flat', value: '812 ms' },
      ],
    },
    { kind: 'heading', text: 'Legs', tone: 'muted' },
    {
      kind: 'table',
      columns: [
        { label: 'account', align: 'left' },
        { label: 'side', align: 'left' },
        { label: 'size BTC', align: 'right' },
        { label: 'exit USD', align: 'right' },
        { label: 'P&L USD', align: 'right' },
      ],
      rows: [
        [cell('account_5'), cell('long'), cell('0.0125'), cell('89,370.9'), gain('-101.37')],
        [cell('account_6'), cell('short'), cell('0.0125'), cell('89,371.1'), gain('+1.22')],
      ],
    },
    {
      kind: 'advice',
      text: 'Nothing needs to be done. hedgebot explain h3 tells why each order was sent.',
    },
  ],
}

const ALERT: Message = {
  kind: 'alert',
  severity: 'critical',
  title: 'account_7 stands alone: long 0.0125 BTC without its short',
  network: 'mainnet',
  atMs: AT_MS,
  thread: 'exposed-h4',
  blocks: [
    { kind: 'heading', text: 'h4 is exposed', tone: 'bad' },
    {
      kind: 'text',
      text: 'account_8 was liquidated at 97,480.5. Two attempts to close account_7 did not reach the exchange.',
      tone: 'bad',
    },
    {
      kind: 'facts',
      rows: [
        { label: 'Stands alone', value: 'account_7, long 0.0125 BTC', tone: 'bad' },
        { label: 'Since', value: '14:02:51 UTC (31 s)' },
        { label: 'Value', value: '1,218.51 USD' },
        { label: 'Stop on the exchange', value: 'UNPROTECTED', tone: 'bad' },
      ],
    },
    {
      kind: 'advice',
      text: 'Run hedgebot close --accounts account_7 --flatten, or close the position by hand on the exchange.',
    },
    { kind: 'heading', text: 'One proxy is left', tone: 'warning' },
    { kind: 'text', text: 'Two of three proxies do not work; all 20 accounts go over proxy_3.' },
    {
      kind: 'list',
      items: [
        'proxy_1: hangs after CONNECT since 13:58:10 UTC, tried 6 times',
        'proxy_2: answers 407, user name or password are not accepted',
        'proxy_3: ok, 212 ms',
      ],
    },
    { kind: 'advice', text: 'hedgebot proxies test tries them step by step.' },
    { kind: 'heading', text: 'Stops rest again', tone: 'good' },
    { kind: 'text', text: 'h2, h5: the stops that were missing at 13:40 rest on the exchange.' },
    { kind: 'text', text: 'Told at most once in 15 minutes until it is over.', tone: 'muted' },
  ],
}

const RECOVERED: Message = {
  kind: 'recovered',
  severity: 'info',
  title: 'account_7 is flat, nothing stands alone any more',
  network: 'mainnet',
  atMs: AT_MS + 94_000,
  thread: 'exposed-h4',
  blocks: [
    { kind: 'text', text: 'h4 is closed. account_7 stood alone for 2 min 5 s.', tone: 'good' },
    {
      kind: 'facts',
      rows: [
        { label: 'Net result of h4', value: '-18.07 USD', tone: 'bad' },
        { label: 'Proxies that work', value: '1 of 3', tone: 'warning' },
        { label: 'Open hedges', value: '9' },
      ],
    },
  ],
}

const HOURS: readonly string[] = (
  '0.00 -4.20 -12.10 -9.85 ? ? -2.40 0.00 3.11 8.75 14.02 21.40 ' +
  '19.96 27.31 34.20 30.08 ? 18.44 12.60 4.91 -1.75 2.26 6.83 11.47'
).split(' ')

function hourBars(values: readonly string[]): readonly Bar[] {
  return values.map((value, at) => {
    const label = `${String(at % 24).padStart(2, '0')}:00`
    return value === '?' ? { label } : { label, value }
  })
}

const REPORT: Message = {
  kind: 'report',
  severity: 'info',
  title: '9 hedges open, floating +11.47 USD, nearest limit 62 % away',
  network: 'mainnet',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'facts',
      rows: [
        { label: 'Floating P&L', value: '+11.47 USD', tone: 'good' },
        { label: 'Since opening, with fees', value: '-10.49 USD', tone: 'bad' },
        { label: 'Net exposure', value: '0 BTC', tone: 'good' },
        { label: 'Accounts that could not be read', value: '1 of 18', tone: 'warning' },
      ],
    },
    { kind: 'course', title: 'Net P&L of 24 hours', unit: 'USD', bars: hourBars(HOURS) },
    { kind: 'heading', text: 'Nearest to a limit' },
    {
      kind: 'table',
      columns: [
        { label: 'account', align: 'left' },
        { label: 'side', align: 'left' },
        { label: 'P&L USD', align: 'right' },
        { label: 'limit USD', align: 'right' },
        { label: 'liq. %', align: 'right' },
      ],
      rows: [
        [cell('account_11'), cell('short'), gain('-38.12'), cell('-100.00'), cell('8.41')],
        [
          cell('frankfurt_desk_market_making_account_019'),
          cell('long'),
          gain('-31.90'),
          cell('-100.00'),
          cell('8.78', 'warning'),
        ],
        [cell('account_12'), cell('long'), gain('+37.66'), cell('-100.00'), cell('12.1')],
        [
          cell('账户_十三_主要交易组'),
          cell('short'),
          gain('-1,204.55'),
          cell('-2,500.00'),
          cell('9.75'),
        ],
        [
          cell('account_14'),
          cell('?', 'warning'),
          cell('?', 'warning'),
          cell('-100.00'),
          cell('?', 'warning'),
        ],
      ],
    },
  ],
}

const DAILY: Message = {
  kind: 'daily',
  severity: 'info',
  title: '30 November: 12 hedges, net -41.77 USD, no incident',
  network: 'simulator',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'text',
      text: 'From 00:00 to 24:00 UTC. Everything that was opened is closed, the exchange shows all accounts flat.',
    },
    {
      kind: 'course',
      title: 'Net P&L',
      unit: 'USD',
      bars: Array.from({ length: 48 }, (_, at) => {
        const label = `${String(Math.floor(at / 2)).padStart(2, '0')}:${at % 2 === 0 ? '00' : '30'}`
        const value = -Math.round(4177 * (at / 47) ** 1.4 + 300 * Math.sin(at)) / 100
        return at === 17 ? { label } : { label, value: value.toFixed(2) }
      }),
    },
    {
      kind: 'facts',
      rows: [
        { label: 'Opened / closed', value: '12 / 12' },
        { label: 'Stops', value: '1' },
        { label: 'Volume', value: '120,378,687.45 USD' },
        { label: 'Fees', value: '-38.20 USD' },
        { label: 'Funding', value: '-3.05 USD' },
        { label: 'Net', value: '-41.77 USD', tone: 'bad' },
      ],
    },
    { kind: 'heading', text: 'What happened' },
    {
      kind: 'list',
      items: [
        '02:14 h7 reached its loss limit, closed in 0.8 s, net -12.40 USD',
        '09:00 proxy_2 refused connections for 4 minutes; its accounts went over proxy_1',
        '21:00 everything closed by cron',
      ],
    },
  ],
}

const TEST: Message = {
  kind: 'test',
  severity: 'info',
  title: 'This channel works',
  network: 'mainnet',
  atMs: AT_MS,
  blocks: [
    {
      kind: 'text',
      text: 'You asked for it with hedgebot notify test. Alerts will arrive in the same way.',
    },
  ],
}

/** One of every kind, by the kind's name. */
export const SAMPLE_MESSAGES = {
  opened: OPENED,
  closed: CLOSED,
  stop: STOP,
  alert: ALERT,
  recovered: RECOVERED,
  report: REPORT,
  daily: DAILY,
  test: TEST,
} as const satisfies Record<Message['kind'], Message>
