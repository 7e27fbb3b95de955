import { formatMs } from './format-number.ts'
import type { RenderStyle } from './render-style.ts'
import { renderTable } from './render-table.ts'
import type { Column } from './render-table.ts'
import { wrapText } from './text-width.ts'

/** One channel after a test. */
export interface ChannelView {
  readonly channel: string
  /** Where it leads: the server, the chat, the kind of webhook; no secret. */
  readonly to: string
  readonly isSent: boolean
  readonly tookMs: number
  /** Undefined when all is well. */
  readonly code: string | undefined
  readonly message: string | undefined
  readonly hint: string | undefined
}

/** The outcome of `notify test`. */
export function renderChannels(channels: readonly ChannelView[], style: RenderStyle): string {
  const troubles = channels.flatMap(({ channel, message, hint }) =>
    message === undefined
      ? []
      : [
          '',
          ...wrapText(`${channel}: ${message}`, style.columns, '  '),
          ...(hint === undefined ? [] : wrapText(`  → ${hint}`, style.columns, '    ')),
        ],
  )
  return [renderTable({ columns: columnsOf(style), rows: channels, style }), ...troubles].join('\n')
}

function columnsOf({ chalk }: RenderStyle): readonly Column<ChannelView>[] {
  return [
    { header: 'channel', align: 'left', priority: 1, cell: (row) => row.channel },
    { header: 'to', align: 'left', priority: 2, canShrink: true, cell: (row) => row.to },
    {
      header: 'result',
      align: 'left',
      priority: 1,
      cell: (row) => (row.isSent ? chalk.green('sent') : chalk.red(row.code ?? 'failed')),
    },
    { header: 'ms', align: 'right', priority: 3, cell: (row) => formatMs(row.tookMs) },
  ]
}
