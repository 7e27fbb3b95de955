/**
 * Checks the form of option values while the command line is read; every mistake is a usage error (exit 2).
 * @module
 */
import { InvalidArgumentError } from 'commander'

/** A whole number within limits, both allowed. */
export function wholeNumber(limits: { readonly min: number; readonly max: number }) {
  const { min, max } = limits
  return (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** A positive decimal number, kept as text so that no digit is lost. */
export function positiveDecimal(text: string): string {
  if (/^\d+(?:\.\d+)?$/.test(text) && /[1-9]/.test(text)) return text
  throw new InvalidArgumentError('Expected a positive decimal number such as 0.001.')
}

/** Names between commas, each once. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) {
    throw new InvalidArgumentError('Expected names between commas, such as account_1,account_2.')
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new InvalidArgumentError(`"${twice}" is named twice.`)
  return names
}

/** A text that says something. */
export function someText(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It is empty.')
}

/** Adds one more value of an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, someText(text)]
}
