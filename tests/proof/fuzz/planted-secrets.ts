/**
 * Secrets that are planted in an input, and the look whether anything of them comes out again: whole, in the forms that
 * headers and addresses give them, or a piece of twelve characters.
 * @module
 */
import type { Draw } from './draw.ts'

/** What an input knows that nobody else may. */
export interface PlantedSecrets {
  /** 80 hex digits, as the private key of an API key. */
  readonly apiKey: string
  readonly password: string
  /** As the exchange's: deadline, account, key, signature. */
  readonly token: string
  /** The first secret that a text shows something of; undefined when it shows none. */
  leakIn(text: string): string | undefined
}

const WORD = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const PIECE = 9
/** Every piece of so many characters begins somewhere in a stretch of twelve. */
const STEP = 3

/** Makes them new for an input. */
export function plantSecrets(draw: Draw): PlantedSecrets {
  const apiKey = Buffer.from(draw.bytes(40)).toString('hex')
  const password = Array.from({ length: 18 }, () => draw.pick([...WORD])).join('')
  const signature = Buffer.from(draw.bytes(80)).toString('hex')
  const token = `1793491200:8:5:${signature}`
  const secrets = { apiKey, password, signature }
  const pieces = Object.entries(secrets).flatMap(([name, text]) =>
    [text, Buffer.from(text).toString('base64')].flatMap((form) => piecesOf(form, name)),
  )
  return {
    apiKey,
    password,
    token,
    leakIn: (text) => pieces.find(([piece]) => text.includes(piece))?.[1],
  }
}

function piecesOf(form: string, name: string): readonly (readonly [string, string])[] {
  const count = Math.floor((form.length - PIECE) / STEP) + 1
  return Array.from({ length: count }, (_, at) => [form.slice(at * STEP, at * STEP + PIECE), name])
}
