import { inspect } from 'node:util'

/** Where a secret came from; shown by `config show`. */
export type SecretSource = 'literal' | 'env' | 'file'

/** A password, token or key that does not print itself; only `reveal()` gives the text. */
export interface Secret {
  readonly source: SecretSource
  /** `***` for a literal, the reference (`env:NAME`, `file:PATH`) otherwise. */
  readonly masked: string
  /**
   * The text itself, for the one place that uses it.
   * @throws HedgebotError kind `config` when it belongs to something disabled and could not be read
   */
  reveal(): string
  /** Always `***`. */
  toString(): string
}

/** Description of a secret to be made. */
export interface SecretOptions {
  readonly source: SecretSource
  /** `env:NAME` or `file:PATH`; not for literals. */
  readonly reference?: string
  readonly reveal: () => string
}

const MASK = '***'

/** Wraps a secret so that printing, JSON and inspection show `***` and the text lives only in a closure. */
export function createSecret(options: SecretOptions): Secret {
  const secret: Secret = {
    source: options.source,
    masked: options.reference ?? MASK,
    reveal: options.reveal,
  }
  const show = (): string => MASK
  Object.defineProperties(secret, {
    toString: { value: show },
    toJSON: { value: show },
    [Symbol.toPrimitive]: { value: show },
    [inspect.custom]: { value: show },
  })
  return Object.freeze(secret)
}
