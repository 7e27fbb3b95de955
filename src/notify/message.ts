/**
 * What is told to the owner, before it becomes a mail or a chat message: plain data that survives JSON, since it waits in
 * the journal until every channel has taken it. Types only.
 * @module
 */

/** How much it matters. `critical`: somebody is needed now. */
export type Severity = 'info' | 'warning' | 'critical'

/** What it is about; the word that mail filters see. */
export type MessageKind =
  'opened' | 'closed' | 'stop' | 'alert' | 'recovered' | 'report' | 'daily' | 'test'

/** Colour of a text; never its only meaning, since plain text and the colour-blind have none. */
export type Tone = 'good' | 'bad' | 'warning' | 'muted'

/** One cell of a table. */
export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

/** One column of a table. */
export interface Column {
  readonly label: string
  readonly align: 'left' | 'right'
}

/** One bar of a course. */
export interface Bar {
  /** The time, short: `14:00`. */
  readonly label: string
  /** Decimal text; undefined where nobody looked, which is a gap and not zero. */
  readonly value?: string
}

/** A piece of a message, from top to bottom. All texts are plain: renderers escape them. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'text'; readonly text: string; readonly tone?: Tone }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Label and value, one pair a line. */
  | {
      readonly kind: 'facts'
      readonly rows: readonly {
        readonly label: string
        readonly value: string
        readonly tone?: Tone
      }[]
    }
  /** At most five columns, so that a phone can show it. Every row is as long as `columns`. */
  | {
      readonly kind: 'table'
      readonly columns: readonly Column[]
      readonly rows: readonly (readonly Cell[])[]
      /** The sum below a line. */
      readonly foot?: readonly Cell[]
    }
  /** A value over time, oldest first, as bars above and below zero. */
  | {
      readonly kind: 'course'
      readonly title: string
      readonly unit: string
      readonly bars: readonly Bar[]
    }
  /** What to do about it. */
  | { readonly kind: 'advice'; readonly text: string }

/** One message, the same for every channel. */
export interface Message {
  readonly kind: MessageKind
  readonly severity: Severity
  /** One line that says it all; the subject of a mail behind its fixed prefix. */
  readonly title: string
  /** `mainnet`, `testnet` or `simulator`: never to be mistaken for one another. */
  readonly network: string
  /** When it was composed, wall clock. */
  readonly atMs: number
  readonly blocks: readonly Block[]
  /** Messages with the same text here are one conversation for a mail program (an alert and its end). */
  readonly thread?: string
}
