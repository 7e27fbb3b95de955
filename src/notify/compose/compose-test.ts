import type { Message } from '../message.ts'
import type { ComposeContext } from './words.ts'
import { messageOf } from './words.ts'

/** What a test says of the configuration that it was sent with. */
export interface TestView {
  readonly channel: string
  readonly configFile: string
  readonly accounts: number
  readonly minLevel: string
  /** `every 6 h`, or `off`. */
  readonly reports: string
}

/** The message of `notify test`. */
export function composeTest(context: ComposeContext, view: TestView): Message {
  return messageOf(context, {
    kind: 'test',
    severity: 'info',
    title: `this channel works (${view.channel})`,
    blocks: [
      {
        kind: 'text',
        text: 'hedgebot can reach you here. Trades, stops, alerts and reports will look like this.',
      },
      {
        kind: 'facts',
        rows: [
          { label: 'Configuration', value: view.configFile },
          { label: 'Accounts', value: String(view.accounts) },
          { label: 'Alerts from', value: view.minLevel },
          { label: 'Reports', value: view.reports },
        ],
      },
    ],
  })
}
