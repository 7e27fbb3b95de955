import type { ListedAccount } from '../engine/account-list.ts'
import type { Dec } from '../hedge/decimal.ts'
import { UNKNOWN, countOf, formatGainUsd, formatSize, formatUsd } from './format-number.ts'
import { paintGain, paintUnknown } from './paint.ts'
import type { RenderStyle } from './render-style.ts'
import type { Column } from './render-table.ts'
import { renderTable } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

/** One account of `accounts list`; undefined is unknown. */
export type AccountView = ListedAccount

/** The accounts as a table, what went wrong below it, and one line at the end. */
export function renderAccounts(accounts: readonly AccountView[], style: RenderStyle): string {
  if (accounts.length === 0) return 'no accounts'
  const wrap = (text: string): string => wrapText(text, style.columns, '  ').join('\n')
  const problems = accounts
    .filter((account) => account.problem !== undefined)
    .map((account) => wrap(cleanText(`${account.account}: ${account.problem ?? ''}`)))
  return [
    renderTable({ columns: columns(style), rows: accounts, style }),
    '',
    ...problems,
    wrap(concludeAccounts(accounts)),
  ].join('\n')
}

/** For example "20 accounts of 4 owners, 2 with positions"; what could not be read is counted apart. */
function concludeAccounts(accounts: readonly AccountView[]): string {
  const owners = new Set(accounts.map(({ ownerAddress }) => ownerAddress?.toLowerCase()))
  const holding = accounts.filter(({ positions }) => (positions?.length ?? 0) > 0).length
  const unread = accounts.filter(({ positions }) => positions === undefined).length
  return [
    `${countOf(accounts.length, 'account')} of ${owners.has(undefined) ? `${UNKNOWN} owners` : countOf(owners.size, 'owner')}`,
    `${holding} with positions`,
    ...(unread === 0 ? [] : [`${unread} could not be read`]),
  ].join(', ')
}

function columns(style: RenderStyle): readonly Column<AccountView>[] {
  const { chalk } = style
  return [
    {
      header: 'account',
      align: 'left',
      priority: 1,
      canShrink: true,
      cell: (row) => (row.isEnabled ? row.account : `${row.account} (off)`),
    },
    { header: 'index', align: 'right', priority: 1, cell: (row) => String(row.accountIndex) },
    { header: 'key', align: 'right', priority: 6, cell: (row) => String(row.apiKeyIndex) },
    {
      header: 'owner',
      align: 'left',
      priority: 4,
      cell: (row) => shortAddress(row.ownerAddress, style.columns),
    },
    { header: 'tier', align: 'left', priority: 3, cell: (row) => row.tier ?? UNKNOWN },
    ...moneyColumns(style),
    {
      header: 'positions',
      align: 'left',
      priority: 1,
      cell: positionsText,
      paint: (text) => paintUnknown(chalk, text),
    },
    { header: 'egress', align: 'left', priority: 5, canShrink: true, cell: (row) => row.egress },
  ]
}

function moneyColumns({ chalk }: RenderStyle): readonly Column<AccountView>[] {
  return [
    {
      header: 'balance USD',
      align: 'right',
      priority: 1,
      cell: (row) => formatUsd(row.balanceUsd),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'available USD',
      align: 'right',
      priority: 1,
      cell: (row) => formatUsd(row.availableUsd),
      paint: (text) => paintUnknown(chalk, text),
    },
    {
      header: 'P&L USD',
      align: 'right',
      priority: 2,
      cell: (row) => pnlText(row),
      paint: (text, row) => paintGain(chalk, text, pnlOf(row)),
    },
  ]
}

/** At least this wide a terminal shows whole addresses. */
const WHOLE_ADDRESS_COLUMNS = 160

function shortAddress(address: string | undefined, columnCount: number): string {
  if (address === undefined) return UNKNOWN
  if (columnCount >= WHOLE_ADDRESS_COLUMNS || address.length <= 13) return address
  return `${address.slice(0, 6)}…${address.slice(-4)}`
}

function positionsText({ positions }: AccountView): string {
  if (positions === undefined) return UNKNOWN
  if (positions.length === 0) return 'flat'
  return positions
    .map(({ side, baseSize, market }) => `${side} ${formatSize(baseSize)} ${market}`)
    .join(', ')
}

function pnlText(row: AccountView): string {
  return row.positions?.length === 0 ? '-' : formatGainUsd(pnlOf(row))
}

function pnlOf({ positions }: AccountView): Dec | undefined {
  const values = positions?.map((position) => position.unrealizedPnlUsd) ?? []
  const known = values.filter((value) => value !== undefined)
  if (known.length < values.length) return undefined
  const [first, ...others] = known
  return first && others.reduce((total, value) => total.plus(value), first)
}
