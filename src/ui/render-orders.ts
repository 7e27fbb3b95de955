import type { ListedOrder, OrderList } from '../engine/venue-orders.ts'
import { countOf, formatPrice, formatSize } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import type { Column } from './render-table.ts'
import { renderTable } from './render-table.ts'
import { cleanText, wrapText } from './text-width.ts'

const GROUPS = [
  ['ours', 'orders of this journal'],
  ['other_instance', 'orders of another hedgebot journal'],
  ['foreign', 'foreign orders'],
] as const

/** Live orders in three groups, never mixed: ours, another journal's, foreign. */
export function renderOrders(list: OrderList, style: RenderStyle): string {
  const groups = GROUPS.flatMap(([origin, title]) => {
    const rows = list.orders.filter((order) => order.origin === origin)
    if (rows.length === 0) return []
    return [style.chalk.bold(title), renderTable({ columns: COLUMNS, rows, style }), '']
  })
  const unread = list.unknown.flatMap(({ account, reason }) =>
    wrapText(cleanText(`? ${account}: ${reason}`), style.columns, '  '),
  )
  return [...groups, ...unread, ...wrapText(concludeOrders(list), style.columns, '  ')].join('\n')
}

/** For example "40 live orders of ours, 0 of another journal, 1 foreign"; unread accounts are counted. */
function concludeOrders({ orders, unknown }: OrderList): string {
  const count = (origin: ListedOrder['origin']): number =>
    orders.filter((order) => order.origin === origin).length
  return [
    `${countOf(count('ours'), 'live order')} of ours`,
    `${count('other_instance')} of another journal`,
    `${count('foreign')} foreign`,
    ...(unknown.length === 0 ? [] : [`${countOf(unknown.length, 'account')} could not be read`]),
  ].join(', ')
}

const COLUMNS: readonly Column<ListedOrder>[] = [
  { header: 'id', align: 'left', priority: 1, cell: ({ order }) => order.orderIndex },
  { header: 'account', align: 'left', priority: 1, canShrink: true, cell: (row) => row.account },
  { header: 'market', align: 'left', priority: 2, cell: (row) => row.symbol },
  { header: 'side', align: 'left', priority: 1, cell: ({ order }) => order.side },
  { header: 'type', align: 'left', priority: 2, cell: ({ order }) => order.type },
  { header: 'status', align: 'left', priority: 5, cell: ({ order }) => order.status },
  {
    header: 'size',
    align: 'right',
    priority: 1,
    // Orders that follow the position carry no size of their own.
    cell: ({ order }) => (order.initialBase.isZero() ? 'position' : formatSize(order.initialBase)),
  },
  {
    header: 'filled',
    align: 'right',
    priority: 4,
    cell: ({ order }) => formatSize(order.filledBase),
  },
  {
    header: 'price USD',
    align: 'right',
    priority: 3,
    cell: ({ order }) => formatPrice(order.price),
  },
  {
    header: 'trigger USD',
    align: 'right',
    priority: 2,
    cell: ({ order }) => (order.triggerPrice === undefined ? '-' : formatPrice(order.triggerPrice)),
  },
  {
    header: 'reduce-only',
    align: 'left',
    priority: 6,
    cell: ({ order }) => (order.isReduceOnly ? 'yes' : 'no'),
  },
]
